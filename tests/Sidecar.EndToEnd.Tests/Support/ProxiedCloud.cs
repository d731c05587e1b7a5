using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>
/// A cloud behind a proxy, at an address that no name service knows, with a certificate that only an authority of its own vouches for.
/// </summary>
public sealed class ProxiedCloud : IAsyncDisposable
{
    private const string Host = "cloud.test";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly TcpListener _proxy = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<string> _tunnels = [];
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly X509Certificate2 _certificate;
    private readonly Uri _emulator;
    private readonly Task _accepting;

    /// <summary>Opens the proxy.</summary>
    /// <param name="emulator">The cloud behind it.</param>
    public ProxiedCloud(Uri emulator)
    {
        _emulator = emulator;
        _certificate = Certify(AuthorityFile);
        _proxy.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What the tunnels lead to that were asked for.</summary>
    public IReadOnlyCollection<string> Tunnels => _tunnels;

    /// <summary>The file with the authority's certificate.</summary>
    public string AuthorityFile => Path.Combine(_folder.FullName, "authority.pem");

    /// <summary>Variables of a service that reaches the cloud by this way alone.</summary>
    public Dictionary<string, string?> Variables => new(StringComparer.Ordinal)
    {
        ["EDGE_API_URL"] = $"https://{Host}",
        ["API_URL"] = $"https://{Host}",
        ["WS_URL"] = $"wss://{Host}",
        ["HTTPS_PROXY"] = $"http://127.0.0.1:{((IPEndPoint)_proxy.LocalEndpoint).Port}",
        ["NO_PROXY"] = null,
        ["SSL_CERT_FILE"] = AuthorityFile,
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _proxy.Stop();
        foreach (var client in _clients)
            client.Dispose();
        await _accepting;
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    private static X509Certificate2 Certify(string authorityFile)
    {
        var (from, to) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var asking = new CertificateRequest("CN=authority of the specs", authorityKey, HashAlgorithmName.SHA256);
        asking.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var authority = asking.CreateSelfSigned(from, to);
        File.WriteAllText(authorityFile, authority.ExportCertificatePem());

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        var leaf = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256);
        leaf.CertificateExtensions.Add(names.Build());
        using var certificate = leaf.Create(authority, from, to, [1]).CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _proxy.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was closed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        _clients.Add(client);
        using var cloud = new TcpClient();
        _clients.Add(cloud);
        try
        {
            var stream = client.GetStream();
            var head = await ReadHeadAsync(stream);
            _tunnels.Add(head.Split(' ')[1]);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(_certificate);
            await cloud.ConnectAsync(_emulator.Host, _emulator.Port);
            await Task.WhenAny(tls.CopyToAsync(cloud.GetStream()), cloud.GetStream().CopyToAsync(tls));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // One of the two is gone, or does not trust the certificate.
        }
        finally
        {
            client.Dispose();
        }
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
