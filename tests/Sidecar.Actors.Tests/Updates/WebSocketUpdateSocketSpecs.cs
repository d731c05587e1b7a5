using System.Net;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Tests.Updates;

/// <summary>The real connection, against a server that shows what really goes over the wire.</summary>
public sealed partial class WebSocketUpdateSocketSpecs : UpdateSocketSpecs
{
    private static readonly TimeSpan NeverInASpec = TimeSpan.FromMinutes(5);
    private readonly UpdateServer _server = new();

    [Fact]
    public async Task Request_asks_for_the_protocol_and_carries_no_secret_no_cookie_and_no_compression()
    {
        var socket = NewSocket($"ws://127.0.0.1:{_server.Port}/base/");
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();

        var head = await peer.AgreeAsync();
        await connecting;

        head[0].Should().Be("GET /base/graphql HTTP/1.1");
        head.Should().Contain("Sec-WebSocket-Protocol: graphql-transport-ws");
        head.Select(line => line.Split(':')[0]).Skip(1).Should().BeEquivalentTo(
            "Host", "Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("graphql-ws")]
    public async Task Server_that_speaks_another_protocol_is_none(string? subprotocol)
    {
        var fault = await FaultOfAnswerAsync(peer => peer.AgreeAsync(subprotocol));

        fault.Fault.Should().Be(UpdateSocketFault.Closed);
        fault.Message.Should().Contain("subprotocol graphql-transport-ws");
    }

    [Fact]
    public async Task Server_that_cannot_prove_that_it_speaks_the_protocol_is_none() =>
        (await FaultOfAnswerAsync(peer => peer.AgreeAsync(proof: "bm8gcHJvb2Y="))).Fault.Should().Be(UpdateSocketFault.Closed);

    [Theory]
    [InlineData("220 smtp.example.com ESMTP\n\n")]
    [InlineData("HTTP/1.1 abc\n\n")]
    [InlineData("")]
    public async Task Server_that_speaks_no_HTTP_is_a_network_error(string answer)
    {
        var fault = await FaultOfAnswerAsync(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.AnswerAsync(answer);
            // A connection that ends without an answer is tried again by the transport.
            _server.Dispose();
            await peer.BreakAsync();
        });

        fault.Fault.Should().Be(UpdateSocketFault.Network);
        fault.Message.Should().NotBeNullOrWhiteSpace();
    }

    [Fact]
    public async Task Redirect_is_not_followed()
    {
        using var other = new UpdateServer();

        var fault = await FaultOfAnswerAsync(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.AnswerAsync($"HTTP/1.1 302 Found\nLocation: http://127.0.0.1:{other.Port}/graphql\nContent-Length: 0\n\n");
        });

        fault.Fault.Should().Be(UpdateSocketFault.Closed);
        fault.Message.Should().Contain("302");
        other.IsCalled.Should().BeFalse();
    }

    [Fact]
    public async Task Port_that_nobody_listens_on_is_a_network_error()
    {
        var socket = NewSocket($"ws://127.0.0.1:{_server.Port}");
        _server.Dispose();

        var fault = await FaultOfAsync(() => socket.ConnectAsync(Patience));

        fault.Fault.Should().Be(UpdateSocketFault.Network);
        fault.Message.Should().Contain("refused");
    }

    [Fact]
    public async Task Host_that_has_no_address_is_a_network_error() =>
        (await FaultOfAsync(() => NewSocket("ws://nowhere.invalid").ConnectAsync(Patience))).Fault.Should().Be(UpdateSocketFault.Network);

    [Fact]
    public async Task Connection_that_does_not_come_up_in_time_is_a_timeout()
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(50),
            ConnectCallback = async (_, cancellation) =>
            {
                await Task.Delay(Timeout.Infinite, cancellation);
                return Stream.Null;
            },
        };
        var socket = Kept(new WebSocketUpdateSocket(Settings("ws://127.0.0.1:1"), handler, NeverInASpec, NeverInASpec));

        (await FaultOfAsync(() => socket.ConnectAsync(Patience))).Fault.Should().Be(UpdateSocketFault.Timeout);
    }

    [Fact]
    public async Task Wait_for_an_answer_can_be_ended()
    {
        var socket = NewSocket($"ws://127.0.0.1:{_server.Port}");
        using var end = new CancellationTokenSource();
        var connecting = socket.ConnectAsync(end.Token);
        await using var peer = await _server.AcceptAsync();
        await peer.ReadHeadAsync();

        await end.CancelAsync();

        await connecting.Awaiting(c => c).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Abort_ends_the_wait_for_an_answer()
    {
        var socket = NewSocket($"ws://127.0.0.1:{_server.Port}");
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();
        await peer.ReadHeadAsync();

        socket.Abort();

        (await FaultOfAsync(() => connecting)).Message.Should().Contain("from this side");
    }

    protected override async Task<(IUpdateSocket Socket, IUpdatePeer Peer)> NewConnectionAsync() => await ConnectToPeerAsync();

    protected override IUpdateSocket NewRefused(HttpStatusCode status)
    {
        _ = RefuseAsync();
        return NewSocket($"ws://127.0.0.1:{_server.Port}");

        async Task RefuseAsync()
        {
            try
            {
                await using var peer = await _server.AcceptAsync();
                await peer.ReadHeadAsync();
                await peer.AnswerAsync($"HTTP/1.1 {(int)status} Refused\nContent-Length: 0\n\n");
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or System.Net.Sockets.SocketException)
            {
                // Nobody came, or nobody stayed.
            }
        }
    }

    protected override void Dispose(bool isDisposing)
    {
        _server.Dispose();
        base.Dispose(isDisposing);
    }

    private static UpdateSettings Settings(string url) => new()
    {
        Url = new Uri(url),
        Identity = new ClientIdentity(Guid.Empty, "host", 1, DateTimeOffset.UnixEpoch),
    };

    private WebSocketUpdateSocket NewSocket(string url) => Kept(new WebSocketUpdateSocket(Settings(url)));

    private async Task<(WebSocketUpdateSocket Socket, UpdateServerPeer Peer)> ConnectToPeerAsync(
        TimeSpan? pingInterval = null, TimeSpan? pongTimeout = null)
    {
#pragma warning disable CA2000 // The socket disposes of it.
        var socket = new WebSocketUpdateSocket(
            Settings($"ws://127.0.0.1:{_server.Port}"),
            new SocketsHttpHandler(),
            pingInterval ?? NeverInASpec,
            pongTimeout ?? NeverInASpec);
#pragma warning restore CA2000
        var connecting = socket.ConnectAsync(Patience);
        var peer = await _server.AcceptAsync();
        await peer.AgreeAsync();
        await connecting;
        return (socket, peer);
    }

    private async Task<UpdateSocketException> FaultOfAnswerAsync(Func<UpdateServerPeer, Task> answer)
    {
        var socket = NewSocket($"ws://127.0.0.1:{_server.Port}");
        var connecting = socket.ConnectAsync(Patience);
        await using var peer = await _server.AcceptAsync();
        await answer(peer);
        return await FaultOfAsync(() => connecting);
    }
}
