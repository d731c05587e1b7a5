using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FluentAssertions;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Http2;
using Sidecar.Testing.Timed;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The service over TLS.</summary>
public sealed class TlsSpecs : IDisposable
{
    private const int BadConfiguration = 78;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-tls-").FullName;

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Service_answers_over_tls_with_a_certificate_that_it_makes(SslProtocols protocol)
    {
        await using var it = await ServiceUnderTest.StartAsync(Tls());
        var seen = new List<X509Certificate2>();

        foreach (var name in (string[])["localhost", "127.0.0.1", Dns.GetHostName()])
        {
            var tls = Client();
            tls.EnabledSslProtocols = protocol;
            tls.TargetHost = name;
            tls.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            {
                seen.Add(new X509Certificate2(certificate!));
                // It is for this name; but nobody has signed it.
                return errors == SslPolicyErrors.RemoteCertificateChainErrors;
            };
            await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.TlsAddress, tls);
            (await connection.AskAsync()).Answer().Entitlement.CurrentUsage.Should().Be(25);
        }

        seen.Select(certificate => certificate.Thumbprint).Distinct().Should().ContainSingle();
        var line = JsonDocument.Parse(it.Service.Lines.Single(line => line.Contains("Sidecar is ready", StringComparison.Ordinal))).RootElement;
        line.GetProperty("grpcAddress").GetString().Should().StartWith("http://[::]:");
        line.GetProperty("metricsAddress").GetString().Should().StartWith("http://[::]:");
        line.GetProperty("tlsAddress").GetString().Should().StartWith("https://[::]:");
    }

    [Fact]
    public async Task Tls_port_may_be_the_only_way_in()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(Tls()) { ["GRPC_PORT"] = "off" });
        using var handler = new SocketsHttpHandler { SslOptions = Client() };
        using var channel = GrpcChannel.ForAddress(it.Service.TlsAddress, new GrpcChannelOptions { HttpHandler = handler });

        (await new Stigg.Sidecar.V1.SidecarService.SidecarServiceClient(channel).GetMeteredEntitlementAsync(
            new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature })).Entitlement.CurrentUsage.Should().Be(25);
        (await new Health.HealthClient(channel).CheckAsync(new())).Status.Should().Be(HealthCheckResponse.Types.ServingStatus.Serving);
        (await it.Service.GetAsync("/readyz")).StatusCode.Should().Be(HttpStatusCode.OK);
        string.Join('\n', it.Service.Lines).Should().Contain("\"grpcAddress\":\"off\"");
    }

    [Fact]
    public async Task Certificate_of_files_is_shown_and_another_one_is_taken_over()
    {
        using var first = _authority.Issue("first", TestAuthority.Server);
        using var second = _authority.Issue("second", TestAuthority.Server);
        Put("1", first);
        Put("2", second);
        Directory.CreateSymbolicLink(In("..data"), "1");
        File.CreateSymbolicLink(In("tls.crt"), "..data/tls.crt");
        File.CreateSymbolicLink(In("tls.key"), "..data/tls.key");
        await using var it = await ServiceUnderTest.StartAsync(new(Tls()) { ["TLS_CERT_FILE"] = In("tls.crt"), ["TLS_KEY_FILE"] = In("tls.key") });
        (await ShownAsync(it)).Should().Be("CN=first");
        await using var old = await RawHttp2Connection.ConnectAsync(it.Service.TlsAddress, Trusting());

        Directory.CreateSymbolicLink(In("..new"), "2");
        Rename(In("..new"), In("..data"));
        await Eventually.HoldsAsync(async () => await ShownAsync(it) == "CN=second");

        (await old.AskAsync()).GrpcStatus.Should().Be("0", "connections that are there stay");
        File.WriteAllText(In("2/tls.key"), TestAuthority.KeyPem(first));
        await Eventually.HoldsAsync(async () => await ShownAsync(it) == "CN=second" && Count(it, "TLS_CERT_FILE and TLS_KEY_FILE can't be used") > 0);
        await Task.Delay(1500);
        (await ShownAsync(it)).Should().Be("CN=second", "the last good one stays");
        Count(it, "TLS_CERT_FILE and TLS_KEY_FILE can't be used").Should().Be(1);
        string.Concat(it.Service.Lines).Should().NotContain("PRIVATE");
    }

    [Fact]
    public async Task Files_that_come_late_are_a_start_up_error_until_then()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(Tls()) { ["TLS_CERT_FILE"] = In("a/tls.crt"), ["TLS_KEY_FILE"] = In("a/tls.key") });
        (await it.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(1);
        Count(it, "TLS_CERT_FILE and TLS_KEY_FILE can't be used: a file is missing").Should().Be(1);
        await FluentActions.Awaiting(() => ShownAsync(it)).Should().ThrowAsync<Exception>();

        using var certificate = _authority.Issue("late", TestAuthority.Server);
        Put("a", certificate);

        await Eventually.HoldsAsync(async () =>
        {
            try
            {
                return await ShownAsync(it) == "CN=late";
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task Clients_without_a_certificate_of_these_authorities_are_not_let_in_and_leave_no_line()
    {
        await File.WriteAllTextAsync(In("ca.crt"), _authority.RootPem);
        using var stranger = new TestAuthority();
        await using var it = await ServiceUnderTest.StartAsync(new(Tls()) { ["TLS_CLIENT_CA_FILE"] = In("ca.crt"), ["LOG_LEVEL"] = "warn" });

        (await IsLetInAsync(it, certificate: null)).Should().BeFalse();
        (await IsLetInAsync(it, Context(_authority, TestAuthority.Client))).Should().BeTrue();
        (await IsLetInAsync(it, Context(_authority, TestAuthority.Server))).Should().BeFalse();
        (await IsLetInAsync(it, Context(_authority, TestAuthority.Client, isPast: true))).Should().BeFalse();
        (await IsLetInAsync(it, Context(stranger, TestAuthority.Client))).Should().BeFalse();
        it.Service.Lines.Should().ContainSingle("of those that were refused nothing is told");

        await File.WriteAllTextAsync(In("ca.crt"), stranger.RootPem);
        await Eventually.HoldsAsync(() => IsLetInAsync(it, Context(stranger, TestAuthority.Client)));
        (await IsLetInAsync(it, Context(_authority, TestAuthority.Client))).Should().BeFalse();
    }

    [Fact]
    public async Task Whoever_does_not_speak_tls_and_http_2_is_sent_away_and_leaves_no_line()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(Tls()) { ["LOG_LEVEL"] = "warn" });
        var address = it.Service.TlsAddress;

        foreach (var text in (string[])["", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port);
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(text));
            if (text.Length > 0)
                (await ReadToEndAsync(client.GetStream())).Should().NotContain("sidecar_");
        }

        foreach (var protocols in (List<SslApplicationProtocol>[])[[], [SslApplicationProtocol.Http11]])
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port);
            await using var tls = new SslStream(client.GetStream());
            var options = Client();
            options.ApplicationProtocols = protocols.Count == 0 ? null : protocols;
            try
            {
                await tls.AuthenticateAsClientAsync(options);
                await tls.WriteAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
                (await ReadToEndAsync(tls)).Should().BeEmpty();
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                // That will do too.
            }
        }

        (await ShownAsync(it, Client())).Should().Contain("CN=localhost");
        it.Service.Lines.Should().ContainSingle("health checkers and port scanners come all day");
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    public async Task Tls_port_shows_nothing_of_the_metrics_port_whatever_the_authority_says(string path)
    {
        await using var it = await ServiceUnderTest.StartAsync(Tls());
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.TlsAddress, Client());
        foreach (var authority in (string[])["localhost", $"localhost:{it.Service.MetricsAddress.Port}", $"localhost:{it.Service.TlsAddress.Port}"])
        {
            var response = await connection.SendAsync([(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", authority)]);
            response.Status.Should().Be("404");
            response.Body.Should().BeEmpty();
        }
    }

    [Fact]
    public async Task End_gives_each_connection_its_goaway_and_waits_for_its_calls()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(Tls()) { ["LOG_LEVEL"] = "warn" });
        await using var idle = await RawHttp2Connection.ConnectAsync(it.Service.TlsAddress, Client());
        await using var busy = await RawHttp2Connection.ConnectAsync(it.Service.TlsAddress, Client());
        using var silent = new TcpClient();
        await silent.ConnectAsync(it.Service.TlsAddress.Host, it.Service.TlsAddress.Port);
        var hold = it.Control.HoldState(Trouble.Customer);
        var question = busy.AskAsync();
        using var limit = new CancellationTokenSource(Patience);
        await hold.WaitUntilHeldAsync(1, limit.Token);

        it.Service.SendTerminate();
        (await idle.FirstGoAway.WaitAsync(Patience)).LastStream.Should().Be(0);
        await idle.Ended.WaitAsync(Patience);
        busy.GoAways.Should().BeEmpty();
        hold.Dispose();

        (await question).Answer().IsFallback.Should().BeFalse();
        (await busy.FirstGoAway.WaitAsync(Patience)).LastStream.Should().Be(1);
        await busy.Ended.WaitAsync(Patience);
        busy.GoAways.Should().ContainSingle();
        (await it.Service.WaitForExitAsync()).Should().Be(0);
        it.Service.Lines.Should().ContainSingle("all of this is ordinary");
    }

    [TimedFact]
    public async Task End_does_not_wait_for_a_connection_that_says_nothing()
    {
        await using var it = await ServiceUnderTest.StartAsync(Tls());
        using var silent = new TcpClient();
        await silent.ConnectAsync(it.Service.TlsAddress.Host, it.Service.TlsAddress.Port);
        await using var other = await RawHttp2Connection.ConnectAsync(it.Service.TlsAddress, Client());

        var watch = System.Diagnostics.Stopwatch.StartNew();
        it.Service.SendTerminate();
        (await it.Service.WaitForExitAsync()).Should().Be(0);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Connections_of_the_tls_port_are_closed_by_their_age_too()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(Tls()) { ["GRPC_MAX_CONNECTION_AGE_SECONDS"] = "3" });
        await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.TlsAddress, Client());
        (await connection.AskAsync()).GrpcStatus.Should().Be("0");

        (await connection.FirstGoAway.WaitAsync(Patience)).LastStream.Should().Be(1);
        await connection.Ended.WaitAsync(Patience);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("off", true)]
    public async Task Tls_port_that_is_taken_is_a_start_up_error_and_the_end_where_it_is_the_only_way_in(string grpcPort, bool isOnly)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var variables = new Dictionary<string, string?> { ["PORT"] = $"{port}", ["GRPC_BIND"] = "127.0.0.1", ["GRPC_PORT"] = grpcPort };
        if (isOnly)
        {
            await using var service = SidecarProcess.Launch(variables);
            (await service.WaitForExitAsync()).Should().Be(BadConfiguration);
            string.Join('\n', service.Lines).Should().Contain($"PORT {port} on GRPC_BIND 127.0.0.1 can't be opened").And.NotContain("Sidecar is ready");
        }
        else
        {
            await using var it = await ServiceUnderTest.StartAsync(variables);
            (await Trouble.AskAsync(it)).IsFallback.Should().BeFalse();
            string.Join('\n', it.Service.Lines).Should().Contain($"PORT {port} on GRPC_BIND 127.0.0.1 can't be opened").And.NotContain("tlsAddress");
            (await it.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(1);
        }
    }

    private static Dictionary<string, string?> Tls() => new() { ["PORT"] = "0" };

    private static SslClientAuthenticationOptions Client() => new()
    {
        TargetHost = "localhost",
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        // Its own certificate is one that nobody has signed.
        RemoteCertificateValidationCallback = (_, _, _, errors) => errors is SslPolicyErrors.RemoteCertificateChainErrors,
    };

    private SslClientAuthenticationOptions Trusting()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority.Root);
        return new() { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2], CertificateChainPolicy = policy };
    }

    // The name in the certificate that a new connection sees, which has to be one of the authority's.
    private async Task<string> ShownAsync(ServiceUnderTest it, SslClientAuthenticationOptions? options = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(it.Service.TlsAddress.Host, it.Service.TlsAddress.Port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(options ?? Trusting());
        return tls.RemoteCertificate!.Subject;
    }

    private static async Task<bool> IsLetInAsync(ServiceUnderTest it, SslStreamCertificateContext? certificate)
    {
        var options = Client();
        options.ClientCertificateContext = certificate;
        try
        {
            await using var connection = await RawHttp2Connection.ConnectAsync(it.Service.TlsAddress, options);
            return (await connection.AskAsync()).GrpcStatus == "0";
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static SslStreamCertificateContext Context(TestAuthority authority, string purpose, bool isPast = false) =>
        SslStreamCertificateContext.Create(authority.Issue("client", purpose, isPast), [authority.Between], offline: true);

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        try
        {
            return await reader.ReadToEndAsync().WaitAsync(Patience);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static int Count(ServiceUnderTest it, string text) => it.Service.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));

    private static void Rename(string from, string to)
    {
        // As one step, which the platform offers for files alone.
        Directory.Delete(to);
        Directory.Move(from, to);
    }

    private string In(string name) => Path.Combine(_folder, name);

    private void Put(string folder, X509Certificate2 certificate)
    {
        Directory.CreateDirectory(In(folder));
        File.WriteAllText(In($"{folder}/tls.key"), TestAuthority.KeyPem(certificate));
        File.WriteAllText(In($"{folder}/tls.crt"), _authority.ChainPem(certificate));
    }
}
