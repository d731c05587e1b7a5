using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Http2;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>What each port answers to whoever speaks plainly to it, on the wire.</summary>
public sealed class PortSpecs(SharedService shared) : IClassFixture<SharedService>
{
    private const string Unimplemented = "12";
    private ServiceUnderTest It => shared.It;

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/")]
    public async Task Grpc_port_shows_nothing_of_the_metrics_port_whatever_the_authority_says(string path)
    {
        await using var connection = await RawHttp2Connection.ConnectAsync(It.Service.GrpcAddress);
        foreach (var authority in Authorities())
        {
            var response = await connection.SendAsync(
                [(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", authority), ("x-forwarded-host", authority)]);
            response.Status.Should().Be("404");
            response.Body.Should().BeEmpty();
        }
    }

    [Fact]
    public async Task It_listens_on_nothing_but_its_own_ports()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        await it.Client.GetEntitlementsAsync(new() { CustomerId = "customer-demo" });

        ListeningPortsOf(it.Service.Id).Should().BeEquivalentTo([it.Service.GrpcAddress.Port, it.Service.MetricsAddress.Port]);
    }

    [Fact]
    public async Task Of_two_that_start_at_once_and_want_the_same_ports_both_run()
    {
        var (metrics, diagnostics) = (Ports.Free(), Ports.Free());
        var variables = new Dictionary<string, string?>
        {
            ["OFFLINE"] = "true",
            ["METRICS_PORT"] = $"{metrics}",
            ["METRICS_BIND"] = "127.0.0.1",
            ["DIAGNOSTICS_PORT"] = $"{diagnostics}",
        };

        var both = await Task.WhenAll(SidecarProcess.StartAsync(variables), SidecarProcess.StartAsync(variables));

        try
        {
            both.Should().ContainSingle(service => service.MetricsAddress.Port == metrics);
            both.Should().ContainSingle(service => service.DiagnosticsAddress.Port == diagnostics);
            both.SelectMany(service => service.Lines).Should().ContainSingle(line => line.Contains($"METRICS_PORT {metrics} on METRICS_BIND 127.0.0.1 can't be opened"))
                .And.ContainSingle(line => line.Contains($"DIAGNOSTICS_PORT {diagnostics} on DIAGNOSTICS_BIND 127.0.0.1 can't be opened"));
        }
        finally
        {
            foreach (var service in both)
                await service.DisposeAsync();
        }
    }

    [Fact]
    public async Task Grpc_port_refuses_http_1()
    {
        foreach (var host in Authorities())
        {
            var answer = await SpeakAsync(It.Service.GrpcAddress, $"GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            answer.Should().StartWith("HTTP/1.1 400").And.NotContain("sidecar_");
        }
    }

    [Theory]
    [InlineData(Calls.Path)]
    [InlineData("/grpc.health.v1.Health/Check")]
    [InlineData("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")]
    public async Task Metrics_port_takes_no_calls_whatever_the_host_says(string path)
    {
        foreach (var host in Authorities())
        {
            var answer = await SpeakAsync(
                It.Service.MetricsAddress,
                $"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/grpc\r\nContent-Length: 5\r\nConnection: close\r\n\r\n\0\0\0\0\0");
            answer.Should().StartWith("HTTP/1.1 404").And.NotContain("grpc");
        }
    }

    [Fact]
    public async Task Metrics_port_does_not_speak_http_2()
    {
        // Which of its writes meets the end of the connection is a matter of time.
        var call = async () =>
        {
            await using var connection = await RawHttp2Connection.ConnectAsync(It.Service.MetricsAddress);
            await connection.AskAsync();
        };

        await call.Should().ThrowAsync<IOException>();
    }

    [Theory]
    [InlineData("/stigg.sidecar.v1.SidecarService/GetEverything")]
    [InlineData("/stigg.sidecar.v2.SidecarService/GetEntitlement")]
    public async Task Unknown_methods_and_services_are_unimplemented(string path)
    {
        await using var connection = await RawHttp2Connection.ConnectAsync(It.Service.GrpcAddress);

        (await connection.CallAsync(path, [])).GrpcStatus.Should().Be(Unimplemented);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Compressed_questions_are_read_and_answers_are_not_compressed(string encoding)
    {
        await using var connection = await RawHttp2Connection.ConnectAsync(It.Service.GrpcAddress);
        using var compressed = new MemoryStream();
        await using (Stream into = encoding == "gzip"
            ? new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            await into.WriteAsync(Calls.Question());
        byte[] body = [1, 0, 0, 0, 0, .. compressed.ToArray()];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), (int)compressed.Length);

        foreach (var accepted in (string[])["identity", "identity,deflate,gzip"])
        {
            var response = await connection.SendAsync(
                [
                    (":method", "POST"), (":scheme", "http"), (":path", Calls.Path), (":authority", "localhost"), ("te", "trailers"),
                    ("content-type", "application/grpc"), ("grpc-encoding", encoding), ("grpc-accept-encoding", accepted),
                ],
                body);
            response.GrpcStatus.Should().Be("0");
            response.Body[0].Should().Be(0, "an answer is compressed for nobody who did not ask for it");
            response.Answer().Entitlement.CurrentUsage.Should().Be(25);
        }
    }

    [Theory]
    [InlineData("0m")]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData("-1S")]
    [InlineData("99999999H")]
    [InlineData("999999999S")]
    public async Task Strange_timeouts_do_no_harm(string timeout)
    {
        await using var connection = await RawHttp2Connection.ConnectAsync(It.Service.GrpcAddress);

        var response = await connection.CallAsync(Calls.Path, Calls.Question(), ("grpc-timeout", timeout));

        response.GrpcStatus.Should().BeOneOf("0", "4");
        (await connection.AskAsync()).Answer().Entitlement.CurrentUsage.Should().Be(25);
    }

    private string[] Authorities() =>
    [
        "localhost", $"localhost:{It.Service.MetricsAddress.Port}", $"localhost:{It.Service.GrpcAddress.Port}",
        $"127.0.0.1:{It.Service.MetricsAddress.Port}", "example.org",
    ];

    private static async Task<string> SpeakAsync(Uri address, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        return await reader.ReadToEndAsync();
    }

    // "sl local_address rem_address st ... inode": state 0A is listening, the port stands behind the colon.
    private static IEnumerable<int> ListeningPortsOf(int processId)
    {
        var sockets = Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Select(fd => new FileInfo(fd).LinkTarget).ToHashSet();
        return ((string[])["tcp", "tcp6"]).SelectMany(family => File.ReadLines($"/proc/{processId}/net/{family}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words[3] == "0A" && sockets.Contains($"socket:[{words[9]}]"))
            .Select(words => int.Parse(words[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
