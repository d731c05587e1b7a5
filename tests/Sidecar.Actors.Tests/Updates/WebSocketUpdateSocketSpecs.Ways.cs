using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Updates;

// The way to the cloud: TLS and proxies.
public sealed partial class WebSocketUpdateSocketSpecs
{
    [Fact]
    public async Task Connection_over_TLS_stands()
    {
        using var certificate = NewCertificate("localhost");
        var socket = NewTrustingSocket($"wss://localhost:{_server.Port}", certificate);
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();

        await peer.StartTlsAsync(certificate);
        await peer.AgreeAsync();
        await connecting;

        await peer.SayAsync("hello");
        (await ReceiveAsync(socket)).Should().Be("hello");
    }

    [Fact]
    public async Task Certificate_that_nobody_vouches_for_is_refused_and_the_text_says_so()
    {
        using var certificate = NewCertificate("localhost");
        var socket = NewSocket($"wss://localhost:{_server.Port}");
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();

        await IgnoredAsync(() => peer.StartTlsAsync(certificate));
        var fault = await FaultOfAsync(() => connecting);

        fault.Fault.Should().Be(UpdateSocketFault.Network);
        fault.Message.Should().Contain("certificate");
    }

    [Fact]
    public async Task Server_without_TLS_is_a_network_error()
    {
        var socket = NewSocket($"wss://localhost:{_server.Port}");
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();

        await peer.AnswerAsync("HTTP/1.1 400 Bad Request\n\n");

        (await FaultOfAsync(() => connecting)).Fault.Should().Be(UpdateSocketFault.Network);
    }

    [Fact]
    public async Task Platforms_proxy_is_asked_for_a_tunnel_to_the_cloud_and_sees_nothing_of_what_goes_through()
    {
        using var certificate = NewCertificate("cloud.test");
        using var proxied = new PlatformsProxy(new Uri($"http://127.0.0.1:{_server.Port}"));
        var socket = NewTrustingSocket("wss://cloud.test/", certificate);
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();

        (await peer.ReadHeadAsync())[0].Should().Be("CONNECT cloud.test:443 HTTP/1.1");
        await peer.AnswerAsync("HTTP/1.1 200 Connection established\n\n");
        await peer.StartTlsAsync(certificate);
        (await peer.AgreeAsync())[0].Should().Be("GET /graphql HTTP/1.1");
        await connecting;

        await peer.SayAsync("hello");
        (await ReceiveAsync(socket)).Should().Be("hello");
    }

    [Fact]
    public async Task Platforms_proxy_is_asked_for_a_tunnel_without_TLS_too()
    {
        using var proxied = new PlatformsProxy(new Uri($"http://127.0.0.1:{_server.Port}"));
        var socket = NewSocket("ws://cloud.test:8080");
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();

        (await peer.ReadHeadAsync())[0].Should().Be("CONNECT cloud.test:8080 HTTP/1.1");
        await peer.AnswerAsync("HTTP/1.1 200 Connection established\n\n");
        await peer.AgreeAsync();

        await connecting;
    }

    [Theory]
    [InlineData(407)]
    [InlineData(403)]
    [InlineData(502)]
    public async Task Refusal_by_a_proxy_says_nothing_of_the_key_and_its_text_holds_no_password(int status)
    {
        using var proxied = new PlatformsProxy(new Uri($"http://somebody:let-me-through@127.0.0.1:{_server.Port}"));
        var socket = NewSocket("wss://cloud.test/");
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();

        await peer.ReadHeadAsync();
        await peer.AnswerAsync($"HTTP/1.1 {status} Refused\nContent-Length: 0\n\n");
        var fault = await FaultOfAsync(() => connecting);

        fault.Fault.Should().Be(UpdateSocketFault.Network);
        fault.Message.Should().Contain($"{status}").And.NotContain("let-me-through").And.NotContain("somebody");
    }

    private WebSocketUpdateSocket NewTrustingSocket(string url, X509Certificate2 certificate)
    {
#pragma warning disable CA2000 // The socket disposes of it.
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, shown, _, _) =>
                    shown is X509Certificate2 other && other.Thumbprint == certificate.Thumbprint,
            },
        };
#pragma warning restore CA2000
        return Kept(new WebSocketUpdateSocket(Settings(url), handler, NeverInASpec, NeverInASpec));
    }

    private static X509Certificate2 NewCertificate(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static async Task IgnoredAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (e is System.Security.Authentication.AuthenticationException or IOException)
        {
            // What this end sees of it is not what the spec is about.
        }
    }

    // Stands where the platform puts what HTTPS_PROXY and the like say, for one host alone.
    private sealed class PlatformsProxy : IWebProxy, IDisposable
    {
        private readonly IWebProxy _before = HttpClient.DefaultProxy;
        private readonly Uri _proxy;

        public PlatformsProxy(Uri proxy)
        {
            _proxy = proxy;
            HttpClient.DefaultProxy = this;
        }

        public ICredentials? Credentials { get; set; }

        public Uri GetProxy(Uri destination) => _proxy;

        public bool IsBypassed(Uri host) => host.Host != "cloud.test";

        public void Dispose() => HttpClient.DefaultProxy = _before;
    }
}
