using System.Text;
using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Tests.Updates;

public sealed partial class UpdateConnectionSpecs : ActorSpecs
{
    private const long Number = 7;
    private const int Opening = 5;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private readonly FakeUpdates _updates = new();
    private readonly SignOfLife _life = new();
    private readonly Secret _key = new(TestCloud.Key);
    private TestProbe _owner = null!;
    private IActorRef _connection = ActorRefs.Nobody;

    private FakeUpdateSocket Socket => _updates.Sockets[0];

    [Fact]
    public async Task It_sends_its_headers_then_after_the_acknowledgement_the_three_subscriptions_and_a_ping()
    {
        Start();
        await SentAsync(1);
        Advance(TimeSpan.FromSeconds(9), _connection);
        Socket.Sent.Should().ContainSingle();

        await HearAsync("ack");
        await SentAsync(Opening);

        Socket.Sent.Should().Equal(
            new[] { StreamRequests.ConnectionInit(TestCloud.Key, TestCloud.Identity) }
                .Concat(StreamRequests.Subscribes).Append(StreamRequests.Ping).Select(m => Encoding.UTF8.GetString(m.Span)));
        Socket.MostSending.Should().Be(1);
    }

    [Fact]
    public async Task It_is_up_one_second_after_the_pong_that_follows_the_subscriptions()
    {
        Start();
        await SentAsync(1);
        await HearAsync("pong");
        await HearAsync("ack");
        await SentAsync(Opening);
        Advance(TimeSpan.FromSeconds(5), _connection);
        _owner.HasMessages.Should().BeFalse("no pong came since");

        await HearAsync("pong");
        Advance(UpdateSettings.SettlingTime - Moment, _connection);
        _owner.HasMessages.Should().BeFalse();
        Advance(Moment, _connection);

        _owner.ExpectMsg<ConnectionUp>().Number.Should().Be(Number);
    }

    [Fact]
    public void A_connection_that_does_not_come_to_stand_is_given_up_after_10_seconds()
    {
        _updates.OnSocket = _ => { };
        Start();
        Advance(UpdateSettings.ConnectTimeout - Moment, _connection);
        _owner.HasMessages.Should().BeFalse();
        Advance(Moment);

        ExpectEnd(UpdateSocketFault.Timeout).Should().Contain("no connection");
    }

    [Fact]
    public async Task A_connection_that_is_not_acknowledged_is_given_up_after_10_seconds()
    {
        Start();
        await SentAsync(1);
        Settle(_connection);
        Advance(UpdateSettings.AcknowledgeTimeout - Moment, _connection);
        _owner.HasMessages.Should().BeFalse();
        Advance(Moment);

        ExpectEnd(UpdateSocketFault.Timeout).Should().Contain("acknowledged");
    }

    [Theory]
    [InlineData(UpdateSocketFault.Network)]
    [InlineData(UpdateSocketFault.InvalidKey)]
    [InlineData(UpdateSocketFault.Throttled)]
    [InlineData(UpdateSocketFault.Closed)]
    public void What_keeps_it_from_connecting_is_told(UpdateSocketFault fault)
    {
        _updates.OnSocket = socket => socket.Refuse(fault);
        Start();

        ExpectEnd(fault).Should().Be($"refused: {fault}");
    }

    [Theory]
    [InlineData(UpdateSocketFault.Network)]
    [InlineData(UpdateSocketFault.InvalidKey)]
    [InlineData(UpdateSocketFault.Throttled)]
    [InlineData(UpdateSocketFault.Closed)]
    [InlineData(UpdateSocketFault.TooLarge)]
    public async Task What_ends_it_later_is_told(UpdateSocketFault fault)
    {
        await StartUpAsync();

        Socket.Drop(fault);

        ExpectEnd(fault).Should().Be($"dropped: {fault}");
    }

    [Fact]
    public async Task An_end_that_the_cloud_makes_is_a_sign_that_it_was_alive_until_then()
    {
        await StartUpAsync();
        Advance(TimeSpan.FromSeconds(5), _connection);

        Socket.Close();

        ExpectEnd(UpdateSocketFault.Closed);
        _life.Last.Should().Be(Services.Clock.Uptime);
    }

    [Fact]
    public async Task A_connection_that_only_fails_shows_nothing_of_the_cloud()
    {
        await StartUpAsync();
        var last = _life.Last;
        Advance(TimeSpan.FromSeconds(5), _connection);

        Socket.Drop();

        ExpectEnd(UpdateSocketFault.Network);
        _life.Last.Should().Be(last);
    }

    [Fact]
    public void A_fault_within_shows_its_type_and_not_its_words()
    {
        _updates.OnSocket = socket => socket.Refuse(new InvalidOperationException($"customer-1 {TestCloud.Key}"));
        Start();

        ExpectEnd(UpdateSocketFault.Network).Should().Contain("InvalidOperationException").And.NotContain("customer-1");
    }

    [Theory]
    [InlineData("ended", UpdateSocketFault.Closed)]
    [InlineData("ended UnexpectedError", UpdateSocketFault.Closed)]
    [InlineData("ended Unauthenticated", UpdateSocketFault.InvalidKey)]
    [InlineData("ended RateLimitExceeded", UpdateSocketFault.Throttled)]
    public async Task The_end_of_a_subscription_is_its_end(string said, UpdateSocketFault fault)
    {
        await StartUpAsync();

        Socket.Say(said);

        ExpectEnd(fault).Should().Contain("OnSomething");
    }

    [Fact]
    public async Task It_pings_every_10_seconds()
    {
        await StartUpAsync();
        for (var ping = 1; ping <= 5; ping++)
        {
            Advance(UpdateSettings.PingInterval, _connection);
            await SentAsync(Opening + ping);
            await HearAsync("pong");
        }

        Socket.Sent.Skip(Opening).Should().Equal(Enumerable.Repeat(Encoding.UTF8.GetString(StreamRequests.Ping.Span), 5));
        _owner.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task It_answers_pings_also_while_news_waits_to_be_applied()
    {
        await StartUpAsync();
        _updates.Desk.AppliesAtOnce = false;

        Socket.Say("news a", "ping");
        await SentAsync(Opening + 1);

        Socket.Sent[^1].Should().Be(Encoding.UTF8.GetString(StreamRequests.Pong.Span));
    }

    [Fact]
    public async Task A_peer_from_which_nothing_comes_is_dead_within_25_seconds()
    {
        await StartUpAsync();
        // The pong came a settling time ago.
        Advance(UpdateSettings.DeadAfter - UpdateSettings.SettlingTime - Moment, _connection);
        _owner.HasMessages.Should().BeFalse();

        Advance(TimeSpan.FromSeconds(3));

        ExpectEnd(UpdateSocketFault.Timeout).Should().Contain("nothing came for 22 s");
    }

    [Fact]
    public async Task A_peer_is_alive_as_long_as_anything_comes()
    {
        await StartUpAsync();
        for (var round = 0; round < 5; round++)
        {
            Advance(TimeSpan.FromSeconds(20), _connection);
            await HearAsync("news a");
        }

        _owner.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task A_peer_that_brings_news_but_no_pong_is_given_up_before_it_is_up()
    {
        Start();
        await SentAsync(1);
        await HearAsync("ack");
        await SentAsync(Opening);
        Advance(TimeSpan.FromSeconds(20), _connection);
        await HearAsync("news a");

        Advance(TimeSpan.FromSeconds(4));

        ExpectEnd(UpdateSocketFault.Timeout).Should().Contain("no pong");
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_is_given_up_and_nothing_piles_up_before_it()
    {
        await StartUpAsync();
        Socket.TakesNothing = true;
        for (var i = 0; i < 1_000; i++)
            Socket.Say("ping");
        await SentAsync(Opening + 1);
        await Eventually.HoldsAsync(() => Socket.Taken == 1_002 && Socket.IsWaiting, "all pings are taken");
        Settle(_connection);

        Advance(TimeSpan.FromSeconds(10));

        ExpectEnd(UpdateSocketFault.Timeout).Should().Contain("nothing could be sent for 10 s");
        Socket.Sent.Should().HaveCount(Opening + 1);
    }

    [Fact]
    public async Task Its_socket_is_aborted_and_disposed_when_it_is_stopped()
    {
        await StartUpAsync();

        Watch(_connection);
        Sys.Stop(_connection);

        ExpectTerminated(_connection, Eventually.Patience);
        Socket.IsAborted.Should().BeTrue();
        Socket.IsDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task While_it_connects_too_it_can_be_stopped()
    {
        _updates.OnSocket = _ => { };
        Start();
        await Eventually.HoldsAsync(() => _updates.Sockets.Count == 1, "a socket");

        Watch(_connection);
        Sys.Stop(_connection);

        ExpectTerminated(_connection, Eventually.Patience);
        Socket.IsAborted.Should().BeTrue();
        Socket.IsDisposed.Should().BeTrue();
    }

    private void Start()
    {
        (_connection, _owner) = Supervised(
            UpdateConnection.Props(Services, _updates.Services, _updates.Desk, _key, Number, _life), "connection");
    }

    private async Task StartUpAsync()
    {
        Start();
        await SentAsync(1);
        await HearAsync("ack");
        await SentAsync(Opening);
        await HearAsync("pong");
        Advance(UpdateSettings.SettlingTime, _connection);
        _owner.ExpectMsg<ConnectionUp>();
    }

    private Task SentAsync(int count) => Eventually.HoldsAsync(
        () => _updates.Sockets.Count > 0 && Socket.Sent.Count >= count, $"{count} messages are sent");

    // Says something at an instant of its own, and waits until it has gone all the way.
    private async Task HearAsync(string text)
    {
        await Eventually.HoldsAsync(() => Socket.IsWaiting, "it receives");
        Advance(Moment, _connection);
        var now = Services.Clock.Uptime;
        Socket.Say(text);
        await Eventually.HoldsAsync(() => _life.Last == now, $"{text} is heard");
        await Eventually.HoldsAsync(() => Socket.IsWaiting, "it receives again");
        Settle(_connection);
    }

    private string ExpectEnd(UpdateSocketFault fault)
    {
        var ended = _owner.FishForMessage<ConnectionEnded>(_ => true, Eventually.Patience);
        ended.Number.Should().Be(Number);
        ended.Fault.Should().Be(fault);
        Watch(_connection);
        ExpectTerminated(_connection, Eventually.Patience);
        Socket.IsAborted.Should().BeTrue();
        Socket.IsDisposed.Should().BeTrue();
        return ended.Detail;
    }
}
