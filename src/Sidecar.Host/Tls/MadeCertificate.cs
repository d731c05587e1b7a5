using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Host.Tls;

/// <summary>
/// The certificate that the TLS port shows where none was given: made at the first handshake, and anew in good time before it ends. Nobody
/// has signed it, so that clients have to be told to trust it, or to ask for none.
/// </summary>
/// <param name="hostName">The name of this machine.</param>
/// <param name="time">The source of time.</param>
internal sealed class MadeCertificate(string hostName, TimeProvider time)
{
    /// <summary>How long it is valid.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(365);

    /// <summary>With less than this left another one is made.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromDays(30);

    // A client's clock may be behind.
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);
    private const string LocalName = "localhost";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private readonly Lock _gate = new();
    private volatile Made? _made;

    /// <summary>The one in force.</summary>
    public SslStreamCertificateContext Current()
    {
        if (_made is { } made && !IsWorn(made))
            return made.Context;
        // Others wait for it rather than make one too.
        lock (_gate)
        {
            if (_made is { } other && !IsWorn(other))
                return other.Context;
            var certificate = Make(hostName, time.GetUtcNow());
            _made = new Made(SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true), new DateTimeOffset(certificate.NotAfter));
            return _made.Context;
        }
    }

    /// <summary>Makes one.</summary>
    /// <param name="hostName">The name of this machine.</param>
    /// <param name="now">From when on it is to be valid.</param>
    internal static X509Certificate2 Make(string hostName, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(LocalName);
        name.AddOrganizationName("Sidecar");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(LocalName);
        if (!hostName.Equals(LocalName, StringComparison.OrdinalIgnoreCase) && Uri.CheckHostName(hostName) == UriHostNameType.Dns)
            names.AddDnsName(hostName);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - Before, now + Life);
    }

    private bool IsWorn(Made made) => made.End - time.GetUtcNow() < Renewal;

    private sealed record Made(SslStreamCertificateContext Context, DateTimeOffset End);
}
