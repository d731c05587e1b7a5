using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Testing;

/// <summary>An authority of a spec's own, with one in between that signs.</summary>
public sealed class TestAuthority : IDisposable
{
    /// <summary>What a server's certificate is for.</summary>
    public const string Server = "1.3.6.1.5.5.7.3.1";

    /// <summary>What a client's certificate is for.</summary>
    public const string Client = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _between;
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    /// <summary>Makes one.</summary>
    public TestAuthority()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _root = Authority("CN=root", rootKey).CreateSelfSigned(_now - Day, _now + (100 * Day));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // As real ones do: two authorities of one name are told apart by their keys.
        var request = Authority("CN=between", key);
        request.CertificateExtensions.Add(KeyOf(_root));
        using var between = request.Create(_root, _now - Day, _now + (90 * Day), Serial());
        _between = between.CopyWithPrivateKey(key);
    }

    /// <summary>The root.</summary>
    public X509Certificate2 Root => _root;

    /// <summary>The root as a file has it.</summary>
    public string RootPem => _root.ExportCertificatePem();

    /// <summary>The one in between.</summary>
    public X509Certificate2 Between => _between;

    /// <summary>Issues a certificate of this machine.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="purpose">What it is for.</param>
    /// <param name="isPast">Whether its time is over.</param>
    public X509Certificate2 Issue(string name, string purpose, bool isPast = false) =>
        Issue(name, [purpose], ["localhost"], isPast, IPAddress.Loopback);

    /// <summary>Issues a certificate.</summary>
    /// <param name="name">The name of its subject.</param>
    /// <param name="purposes">What it is for.</param>
    /// <param name="hosts">The hosts that it names.</param>
    /// <param name="isPast">Whether its time is over.</param>
    /// <param name="addresses">The addresses that it names.</param>
    public X509Certificate2 Issue(
        string name, IReadOnlyList<string> purposes, IReadOnlyList<string> hosts, bool isPast = false, params IReadOnlyList<IPAddress> addresses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
            names.AddDnsName(host);
        foreach (var address in addresses)
            names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. purposes.Select(static purpose => new Oid(purpose))], critical: false));
        request.CertificateExtensions.Add(KeyOf(_between));
        using var certificate = request.Create(_between, _now - (Day / 2), isPast ? _now - (Day / 4) : _now + (30 * Day), Serial());
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>A certificate as a file has it, with the one in between.</summary>
    public string ChainPem(X509Certificate2 certificate) => $"{certificate.ExportCertificatePem()}\n{_between.ExportCertificatePem()}\n";

    /// <summary>A certificate's key as a file has it.</summary>
    public static string KeyPem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey();
        return key!.ExportPkcs8PrivateKeyPem();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _root.Dispose();
        _between.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static X509AuthorityKeyIdentifierExtension KeyOf(X509Certificate2 issuer) =>
        X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false);

    private static byte[] Serial() => RandomNumberGenerator.GetBytes(8);
}
