using System.Net.Sockets;
using System.Runtime.Versioning;
using FluentAssertions;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Http2;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The service on a Unix socket.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnixSocketSpecs : IDisposable
{
    private const int BadConfiguration = 78;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-socket-").FullName;

    private string FilePath => Path.Combine(_folder, "grpc.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Service_answers_on_its_socket_alone_and_the_file_goes_with_it()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(Socket()) { ["GRPC_PORT"] = "off" });
        File.GetUnixFileMode(FilePath).Should().Be(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(FilePath), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using (var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler }))
        {
            (await new Stigg.Sidecar.V1.SidecarService.SidecarServiceClient(channel).GetMeteredEntitlementAsync(
                new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature })).Entitlement.CurrentUsage.Should().Be(25);
            (await new Health.HealthClient(channel).CheckAsync(new())).Status.Should().Be(HealthCheckResponse.Types.ServingStatus.Serving);
        }

        await using var connection = await RawHttp2Connection.ConnectAsync(FilePath);
        (await connection.AskAsync()).Answer().Entitlement.CurrentUsage.Should().Be(25);
        it.Service.SendTerminate();

        (await connection.FirstGoAway.WaitAsync(Patience)).LastStream.Should().Be(1);
        await connection.Ended.WaitAsync(Patience);
        (await it.Service.WaitForExitAsync()).Should().Be(0);
        Directory.GetFileSystemEntries(_folder).Should().BeEmpty();
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    public async Task Socket_shows_nothing_of_the_metrics_port_whatever_the_authority_says(string path)
    {
        await using var it = await ServiceUnderTest.StartAsync(Socket());
        await using var connection = await RawHttp2Connection.ConnectAsync(FilePath);
        foreach (var authority in (string[])["localhost", $"localhost:{it.Service.MetricsAddress.Port}", $"127.0.0.1:{it.Service.GrpcAddress.Port}"])
        {
            var response = await connection.SendAsync([(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", authority)]);
            response.Status.Should().Be("404");
            response.Body.Should().BeEmpty();
        }
    }

    [Fact]
    public async Task Connections_of_the_socket_are_closed_by_their_age_too()
    {
        await using var it = await ServiceUnderTest.StartAsync(new(Socket()) { ["GRPC_MAX_CONNECTION_AGE_SECONDS"] = "1" });
        await using var connection = await RawHttp2Connection.ConnectAsync(FilePath);

        await connection.FirstGoAway.WaitAsync(Patience);
    }

    [Fact]
    public async Task What_a_killed_process_has_left_is_in_nobodys_way()
    {
        await using (await ServiceUnderTest.StartAsync(Socket()))
        {
            // It is killed here.
        }

        File.Exists(FilePath).Should().BeTrue();
        await using var it = await ServiceUnderTest.StartAsync(new(Socket()) { ["GRPC_UNIX_SOCKET_MODE"] = "0600" });

        File.GetUnixFileMode(FilePath).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var connection = await RawHttp2Connection.ConnectAsync(FilePath);
        (await connection.AskAsync()).GrpcStatus.Should().Be("0");
    }

    [Fact]
    public async Task Socket_in_use_is_a_start_up_error_beside_a_port_and_stays_with_its_process()
    {
        await using var first = await ServiceUnderTest.StartAsync(Socket());
        await using var second = await ServiceUnderTest.StartAsync(Socket());

        (await Trouble.AskAsync(second)).IsFallback.Should().BeFalse();
        string.Join('\n', second.Service.Lines).Should().Contain($"GRPC_UNIX_SOCKET {FilePath} can't be opened: another process").And.NotContain("grpcSocket");
        (await second.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(1);
        second.Service.SendTerminate();
        (await second.Service.WaitForExitAsync()).Should().Be(0);
        await using var connection = await RawHttp2Connection.ConnectAsync(FilePath);
        (await connection.AskAsync()).GrpcStatus.Should().Be("0");
    }

    [Fact]
    public async Task File_in_the_way_of_the_only_way_in_ends_the_process()
    {
        await File.WriteAllTextAsync(FilePath, "a text");
        await using var service = SidecarProcess.Launch(new Dictionary<string, string?>(Socket()) { ["GRPC_PORT"] = "off" });

        (await service.WaitForExitAsync()).Should().Be(BadConfiguration);
        string.Join('\n', service.Lines).Should().Contain("no socket").And.NotContain("Sidecar is ready");
        (await File.ReadAllTextAsync(FilePath)).Should().Be("a text");
    }

    private Dictionary<string, string?> Socket() => new() { ["GRPC_UNIX_SOCKET"] = FilePath };
}
