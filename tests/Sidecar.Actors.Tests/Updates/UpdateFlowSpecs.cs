using System.Text;
using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Updates;

/// <summary>Each part of the receiving side by itself.</summary>
public sealed class UpdateFlowSpecs : ActorSpecs
{
    private readonly FakeUpdateSocket _socket = new();
    private readonly FakeNewsDesk _desk = new();
    private readonly SocketWatch _watch = new();
    private readonly SidecarCounters _counters = new();

    [Fact]
    public async Task The_socket_is_asked_on_demand_alone()
    {
        _socket.Say("news a", "news b", "news c");

        var first = await Received().Select(received => Encoding.UTF8.GetString(received.Text.Span))
            .RunWith(Sink.First<string>(), Sys.Materializer()).WaitAsync(Eventually.Patience);

        first.Should().Be("news a");
        _socket.Taken.Should().Be(1);
        _watch.WaitingSince.Should().BeNull("nothing is waited for");
    }

    [Fact]
    public async Task While_it_waits_for_the_socket_the_watch_tells_since_when()
    {
        Advance(TimeSpan.FromSeconds(3));
        var since = Services.Clock.Uptime;
        _ = Received().RunWith(Sink.Ignore<ReceivedText>(), Sys.Materializer());
        await Eventually.HoldsAsync(() => _socket.IsWaiting, "it waits");

        Advance(TimeSpan.FromSeconds(5));

        _watch.WaitingSince.Should().Be(since);
    }

    [Fact]
    public async Task Messages_are_read_before_the_socket_overwrites_them()
    {
        _socket.Say("news a", "ping", "news b", "bad c");

        var heard = await Received().Via(UpdateFlow.Decoded(FakeUpdates.Read)).Take(4)
            .RunWith(Sink.Seq<Heard>(), Sys.Materializer()).WaitAsync(Eventually.Patience);

        heard.Select(h => h.Message.GetType().Name).Should().Equal("Told", "Ping", "Told", "Unreadable");
    }

    [Fact]
    public async Task Pings_are_answered_and_go_on_like_everything_else()
    {
        var answers = 0;

        var heard = await Said(new StreamMessage.Ping(), new StreamMessage.Pong(), new StreamMessage.Ping())
            .Via(UpdateFlow.PingsAnswered(() => answers++))
            .RunWith(Sink.Seq<Heard>(), Sys.Materializer()).WaitAsync(Eventually.Patience);

        heard.Should().HaveCount(3);
        answers.Should().Be(2);
    }

    [Fact]
    public async Task Messages_leave_in_the_order_in_which_they_came_whatever_is_applied_first()
    {
        _desk.AppliesAtOnce = false;
        var leaving = Said(Told("a"), new StreamMessage.Pong(), Told("b"))
            .Via(UpdateFlow.Brought(_desk, _counters.News))
            .RunWith(Sink.Seq<Heard>(), Sys.Materializer());
        await Eventually.HoldsAsync(() => _desk.Brought.Count == 2, "both are brought");

        _desk.Apply(1);
        leaving.IsCompleted.Should().BeFalse();
        _desk.Apply(0);

        (await leaving.WaitAsync(Eventually.Patience)).Select(heard => heard.At.Ticks).Should().Equal(0, 1, 2);
    }

    private static StreamMessage.Told Told(string customer) =>
        new(new EntryChanged(new EntryKey(customer), NewsKind.Usage));

    private static Source<Heard, NotUsed> Said(params StreamMessage[] messages) =>
        Source.From(messages.Select((message, index) => new Heard(message, TimeSpan.FromTicks(index))));

    private Source<ReceivedText, NotUsed> Received() =>
        UpdateFlow.Received(_socket, _watch, Services.Clock, _counters.Stream, CancellationToken.None);
}
