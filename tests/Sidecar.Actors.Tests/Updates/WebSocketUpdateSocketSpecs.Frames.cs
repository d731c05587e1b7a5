using System.Text;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Updates;

public sealed partial class WebSocketUpdateSocketSpecs
{
    [Fact]
    public async Task Message_in_many_frames_is_one()
    {
        await using var both = await PairAsync();
        var euro = Encoding.UTF8.GetBytes("€");
        await both.Peer.SendFrameAsync(UpdateServerPeer.Text, "a"u8.ToArray(), isLast: false);
        await both.Peer.SendFrameAsync(UpdateServerPeer.Ping, "?"u8.ToArray());
        // Within a character, and between two frames that bring nothing.
        await both.Peer.SendFrameAsync(UpdateServerPeer.Continuation, euro.AsMemory(0, 1), isLast: false);
        await both.Peer.SendFrameAsync(UpdateServerPeer.Continuation, default, isLast: false);
        await both.Peer.SendFrameAsync(UpdateServerPeer.Continuation, euro.AsMemory(1), isLast: false);
        await both.Peer.SendFrameAsync(UpdateServerPeer.Continuation, default);

        (await ReceiveAsync(both.Socket)).Should().Be("a€");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_537)]
    public async Task Largest_message_may_come_in_frames(int lastFrame)
    {
        await using var both = await PairAsync();
        var message = Letters(UpdateSettings.MaxMessageBytes);
        var sending = SendInTwoAsync(both.Peer, message, lastFrame);

        var received = await both.Socket.ReceiveAsync(Patience);
        await sending;

        received.Span.SequenceEqual(message).Should().BeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(65_537)]
    public async Task Frames_of_one_byte_too_much_end_the_connection_and_the_cloud_is_told(int lastFrame)
    {
        await using var both = await PairAsync();
        var sending = SendInTwoAsync(both.Peer, Letters(UpdateSettings.MaxMessageBytes + 1), lastFrame);

        var fault = await FaultOfAsync(() => ReceiveAsync(both.Socket));
        await sending;

        fault.Fault.Should().Be(UpdateSocketFault.TooLarge);
        CodeOf(await both.Peer.ReadFrameAsync()).Should().Be(1009);
    }

    [Fact]
    public async Task Endless_message_ends_the_connection()
    {
        await using var both = await PairAsync();
        var sending = SendEndlesslyAsync(both.Peer);

        (await FaultOfAsync(() => ReceiveAsync(both.Socket))).Fault.Should().Be(UpdateSocketFault.TooLarge);

        (await sending.Awaiting(s => s).Should().ThrowAsync<Exception>()).Which.Should().BeAssignableTo<IOException>();

        static async Task SendEndlesslyAsync(UpdateServerPeer peer)
        {
            var piece = Letters(1024 * 1024);
            await peer.SendFrameAsync(UpdateServerPeer.Text, piece, isLast: false);
            while (true)
                await peer.SendFrameAsync(UpdateServerPeer.Continuation, piece, isLast: false);
        }
    }

    [Fact]
    public async Task Memory_of_a_large_message_is_given_back()
    {
        await using var both = await PairAsync();
        var saying = both.Peer.SayAsync(new string('x', UpdateSettings.MaxMessageBytes));
        var large = MemoryOf(await both.Socket.ReceiveAsync(Patience));
        await saying;

        await both.Peer.SayAsync("small");
        var small = MemoryOf(await both.Socket.ReceiveAsync(Patience));

        large.Should().BeGreaterThanOrEqualTo(UpdateSettings.MaxMessageBytes);
        small.Should().BeLessThanOrEqualTo(64 * 1024);

        static int MemoryOf(ReadOnlyMemory<byte> message)
        {
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray(message, out var bytes).Should().BeTrue();
            return bytes.Array!.Length;
        }
    }

    [Fact]
    public async Task Binary_message_ends_the_connection_and_the_cloud_is_told()
    {
        await using var both = await PairAsync();
        await both.Peer.SendFrameAsync(UpdateServerPeer.Binary, "{}"u8.ToArray());

        var fault = await FaultOfAsync(() => ReceiveAsync(both.Socket));

        (fault.Fault, fault.Message).Should().Be((UpdateSocketFault.Closed, "the cloud sent a binary message where only text is expected"));
        CodeOf(await both.Peer.ReadFrameAsync()).Should().Be(1003);
    }

    [Fact]
    public async Task Text_that_is_no_UTF_8_ends_the_connection()
    {
        await using var both = await PairAsync();
        await both.Peer.SendFrameAsync(UpdateServerPeer.Text, new byte[] { 0xC3, 0x28 });

        await FaultOfAsync(() => ReceiveAsync(both.Socket));
    }

    [Fact]
    public async Task Close_frame_without_a_code_is_told_too_and_is_answered()
    {
        await using var both = await PairAsync();
        await both.Peer.SendFrameAsync(UpdateServerPeer.Close, default);

        var fault = await FaultOfAsync(() => ReceiveAsync(both.Socket));

        fault.Fault.Should().Be(UpdateSocketFault.Closed);
        (await both.Peer.ReadFrameAsync()).Opcode.Should().Be(UpdateServerPeer.Close);
    }

    [Fact]
    public async Task Reset_is_a_network_error()
    {
        await using var both = await PairAsync();
        var receiving = FaultOfAsync(() => ReceiveAsync(both.Socket));

        both.Peer.Reset();

        (await receiving).Fault.Should().Be(UpdateSocketFault.Network);
    }

    [Fact]
    public async Task Connection_that_ends_within_a_message_is_a_network_error()
    {
        await using var both = await PairAsync();
        await both.Peer.SendFrameAsync(UpdateServerPeer.Text, "half of"u8.ToArray(), isLast: false);
        await both.Peer.BreakAsync();

        (await FaultOfAsync(() => ReceiveAsync(both.Socket))).Fault.Should().Be(UpdateSocketFault.Network);
    }

    [Fact]
    public async Task Peer_that_answers_no_ping_is_dead()
    {
        await using var both = await PairAsync(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100));

        var fault = await FaultOfAsync(() => ReceiveAsync(both.Socket));

        fault.Fault.Should().Be(UpdateSocketFault.Timeout, fault.ToString());
    }

    [Fact]
    public async Task Peer_whose_answers_wait_behind_messages_that_nobody_takes_is_given_up()
    {
        await using var both = await PairAsync(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100));
        await both.Peer.SayAsync("one");
        await both.Peer.SayAsync("two");

        var answering = AnswerPingsAsync(both.Peer);
        await answering.Awaiting(a => a).Should().ThrowAsync<IOException>("the connection is ended from the other side");

        (await FaultOfAsync(() => ReceiveAsync(both.Socket))).Message.Should().Contain("Pong");
        WebSocketUpdateSocket.MaxHoldUp.Should().BeGreaterThan(UpdateSettings.DeadAfter * 2, "nothing may hold messages up for so long");
    }

    [Fact]
    public async Task Peer_that_answers_pings_is_alive_though_what_it_says_is_taken_late()
    {
        await using var both = await PairAsync(TimeSpan.FromMilliseconds(50), Eventually.Patience);
        await both.Peer.SayAsync("one");
        await both.Peer.SayAsync("two");
        await AnswerPingAsync(both.Peer);

        (await ReceiveAsync(both.Socket)).Should().Be("one");
        (await ReceiveAsync(both.Socket)).Should().Be("two");
        var receiving = ReceiveAsync(both.Socket);
        await AnswerPingAsync(both.Peer);
        await both.Peer.SayAsync("three");
        (await receiving).Should().Be("three");
    }

    private static async Task AnswerPingsAsync(UpdateServerPeer peer)
    {
        while (true)
            await AnswerPingAsync(peer);
    }

    private static async Task AnswerPingAsync(UpdateServerPeer peer)
    {
        var (opcode, payload) = await peer.ReadFrameAsync();
        opcode.Should().Be(UpdateServerPeer.Ping);
        await peer.SendFrameAsync(UpdateServerPeer.Pong, payload);
    }

    private async Task<Pair> PairAsync(TimeSpan? pingInterval = null, TimeSpan? pongTimeout = null)
    {
        var (socket, peer) = await ConnectToPeerAsync(pingInterval, pongTimeout);
        return new Pair(socket, peer);
    }

    private static async Task SendInTwoAsync(UpdateServerPeer peer, byte[] message, int lastFrame)
    {
        await peer.SendFrameAsync(UpdateServerPeer.Text, message.AsMemory(0, message.Length - lastFrame), isLast: false);
        await peer.SendFrameAsync(UpdateServerPeer.Continuation, message.AsMemory(message.Length - lastFrame));
    }

    private static byte[] Letters(int count)
    {
        var letters = new byte[count];
        for (var i = 0; i < count; i++)
            letters[i] = (byte)('a' + (i % 23));
        return letters;
    }

    private static int CodeOf((int Opcode, byte[] Payload) frame)
    {
        frame.Opcode.Should().Be(UpdateServerPeer.Close);
        return (frame.Payload[0] << 8) | frame.Payload[1];
    }

    private sealed record Pair(WebSocketUpdateSocket Socket, UpdateServerPeer Peer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Socket.Dispose();
            await Peer.DisposeAsync();
        }
    }
}
