using System.Net;
using System.Text;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Updates;

/// <summary>What whoever is on top may rely on, whatever a connection is made of.</summary>
public abstract class UpdateSocketSpecs : IAsyncLifetime, IDisposable
{
    private readonly CancellationTokenSource _patience = new(Eventually.Patience);
    private readonly List<IAsyncDisposable> _peers = [];
    private readonly List<IDisposable> _sockets = [];

    /// <summary>Ends what hangs.</summary>
    protected CancellationToken Patience => _patience.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
        foreach (var peer in _peers)
            await peer.DisposeAsync();
    }

    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what a spec held.</summary>
    protected virtual void Dispose(bool isDisposing) => _patience.Dispose();

    /// <summary>A connection that stands, and its other end.</summary>
    protected abstract Task<(IUpdateSocket Socket, IUpdatePeer Peer)> NewConnectionAsync();

    /// <summary>A connection of which the cloud will answer the request with a status.</summary>
    protected abstract IUpdateSocket NewRefused(HttpStatusCode status);

    [Fact]
    public async Task Messages_come_whole_and_in_order()
    {
        var (socket, peer) = await ConnectAsync();
        string[] messages = ["one", "", "drei: äöü€😀", new string('x', 70_000), "five"];
        foreach (var message in messages)
            await peer.SayAsync(message);

        foreach (var message in messages)
            (await ReceiveAsync(socket)).Should().Be(message);
    }

    [Fact]
    public async Task What_is_sent_arrives()
    {
        var (socket, peer) = await ConnectAsync();

        await SendAsync(socket, "one");
        await SendAsync(socket, "zwei: ä");

        (await peer.HearAsync()).Should().Be("one");
        (await peer.HearAsync()).Should().Be("zwei: ä");
    }

    [Fact]
    public async Task Sending_goes_on_while_a_message_is_waited_for()
    {
        var (socket, peer) = await ConnectAsync();
        var receiving = ReceiveAsync(socket);

        await SendAsync(socket, "question");
        (await peer.HearAsync()).Should().Be("question");
        await peer.SayAsync("answer");

        (await receiving).Should().Be("answer");
    }

    [Fact]
    public async Task Largest_message_is_received()
    {
        var (socket, peer) = await ConnectAsync();
        var saying = peer.SayAsync(new string('x', UpdateSettings.MaxMessageBytes));

        (await socket.ReceiveAsync(Patience)).Length.Should().Be(UpdateSettings.MaxMessageBytes);

        await saying;
        await peer.SayAsync("and a small one");
        (await ReceiveAsync(socket)).Should().Be("and a small one");
    }

    [Fact]
    public async Task Message_of_one_byte_more_ends_the_connection()
    {
        var (socket, peer) = await ConnectAsync();
        var saying = peer.SayAsync(new string('x', UpdateSettings.MaxMessageBytes + 1));

        var fault = await FaultOfAsync(() => ReceiveAsync(socket));
        await saying;

        fault.Fault.Should().Be(UpdateSocketFault.TooLarge);
        fault.Message.Should().Contain("4194304");
        await FaultOfAsync(() => ReceiveAsync(socket));
    }

    [Theory]
    [InlineData(4403, "Invalid API key", UpdateSocketFault.InvalidKey)]
    [InlineData(1008, "ThrottlerException: Too Many Requests", UpdateSocketFault.Throttled)]
    [InlineData(1001, "going away", UpdateSocketFault.Closed)]
    public async Task Closing_tells_why(int code, string reason, UpdateSocketFault expected)
    {
        var (socket, peer) = await ConnectAsync();
        await peer.CloseAsync(code, reason);

        var fault = await FaultOfAsync(() => ReceiveAsync(socket));

        fault.Fault.Should().Be(expected);
        fault.Message.Should().Contain(reason).And.Contain($"{code}");
    }

    [Fact]
    public async Task Messages_before_the_closing_are_received()
    {
        var (socket, peer) = await ConnectAsync();
        await peer.SayAsync("last words");
        await peer.CloseAsync(1000, "");

        (await ReceiveAsync(socket)).Should().Be("last words");
        (await FaultOfAsync(() => ReceiveAsync(socket))).Fault.Should().Be(UpdateSocketFault.Closed);
    }

    [Fact]
    public async Task Connection_that_breaks_ends_a_wait_and_whatever_comes_after()
    {
        var (socket, peer) = await ConnectAsync();
        var receiving = FaultOfAsync(() => ReceiveAsync(socket));

        await peer.BreakAsync();

        (await receiving).Fault.Should().Be(UpdateSocketFault.Network);
        await FaultOfAsync(() => ReceiveAsync(socket));
        await FaultOfAsync(() => SendAsync(socket, "anyone?"));
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, UpdateSocketFault.InvalidKey)]
    [InlineData(HttpStatusCode.Forbidden, UpdateSocketFault.InvalidKey)]
    [InlineData(HttpStatusCode.TooManyRequests, UpdateSocketFault.Throttled)]
    [InlineData(HttpStatusCode.BadRequest, UpdateSocketFault.Closed)]
    [InlineData(HttpStatusCode.NotFound, UpdateSocketFault.Closed)]
    [InlineData(HttpStatusCode.BadGateway, UpdateSocketFault.Closed)]
    [InlineData(HttpStatusCode.OK, UpdateSocketFault.Closed)]
    public async Task Refusal_tells_why(HttpStatusCode status, UpdateSocketFault expected)
    {
        var socket = Kept(NewRefused(status));

        var fault = await FaultOfAsync(() => socket.ConnectAsync(Patience));

        fault.Fault.Should().Be(expected);
        fault.Message.Should().Contain($"{(int)status}");
    }

    [Fact]
    public async Task Wait_for_a_message_can_be_ended_and_the_connection_with_it()
    {
        var (socket, _) = await ConnectAsync();
        using var end = new CancellationTokenSource();
        var receiving = socket.ReceiveAsync(end.Token).AsTask();

        await end.CancelAsync();

        await receiving.Awaiting(r => r).Should().ThrowAsync<OperationCanceledException>();
        await FaultOfAsync(() => ReceiveAsync(socket));
    }

    [Fact]
    public async Task Nothing_begins_whose_wait_has_been_ended()
    {
        var ended = new CancellationToken(canceled: true);
        var (connected, _) = await ConnectAsync();
        var socket = Kept(NewRefused(HttpStatusCode.OK));

        await FluentActions.Awaiting(() => socket.ConnectAsync(ended)).Should().ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(() => connected.SendAsync("x"u8.ToArray(), ended).AsTask())
            .Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Abort_by_another_thread_ends_a_wait()
    {
        var (socket, _) = await ConnectAsync();
        var receiving = socket.ReceiveAsync(Patience).AsTask();

        await Task.Run(socket.Abort);

        (await FaultOfAsync(() => receiving)).Message.Should().Contain("from this side");
    }

    [Fact]
    public async Task After_an_abort_nothing_goes_and_another_abort_does_no_harm()
    {
        var (socket, _) = await ConnectAsync();

        socket.Abort();
        socket.Abort();

        await FaultOfAsync(() => ReceiveAsync(socket));
        await FaultOfAsync(() => SendAsync(socket, "x"));
        socket.Dispose();
        socket.Abort();
        socket.Dispose();
        await FaultOfAsync(() => ReceiveAsync(socket));
    }

    [Fact]
    public async Task Connection_that_was_aborted_before_it_stood_never_does()
    {
        var socket = Kept(NewRefused(HttpStatusCode.OK));

        socket.Abort();

        await FaultOfAsync(() => socket.ConnectAsync(Patience));
    }

    /// <summary>A connection that stands, and its other end, both ended with the spec.</summary>
    protected async Task<(IUpdateSocket Socket, IUpdatePeer Peer)> ConnectAsync()
    {
        var (socket, peer) = await NewConnectionAsync();
        _sockets.Add(socket);
        _peers.Add(peer);
        return (socket, peer);
    }

    /// <summary>Lets a connection end with the spec.</summary>
    protected T Kept<T>(T socket)
        where T : IDisposable
    {
        _sockets.Add(socket);
        return socket;
    }

    /// <summary>Receives a message as text.</summary>
    protected async Task<string> ReceiveAsync(IUpdateSocket socket) => Encoding.UTF8.GetString((await socket.ReceiveAsync(Patience)).Span);

    /// <summary>Sends text.</summary>
    protected async Task SendAsync(IUpdateSocket socket, string text) => await socket.SendAsync(Encoding.UTF8.GetBytes(text), Patience);

    /// <summary>The fault that something ends with.</summary>
    protected static async Task<UpdateSocketException> FaultOfAsync(Func<Task> act) =>
        (await act.Should().ThrowExactlyAsync<UpdateSocketException>()).Which;
}

/// <summary>The double keeps what it stands for.</summary>
public sealed class ScriptedUpdateSocketSpecs : UpdateSocketSpecs
{
    protected override async Task<(IUpdateSocket Socket, IUpdatePeer Peer)> NewConnectionAsync()
    {
        var both = new ScriptedUpdateSocket();
        await both.ConnectAsync(Patience);
        return (both, both);
    }

    protected override IUpdateSocket NewRefused(HttpStatusCode status) => new ScriptedUpdateSocket(status);
}
