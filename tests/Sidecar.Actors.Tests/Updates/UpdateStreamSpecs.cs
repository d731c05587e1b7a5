using System.Globalization;
using Akka.Actor;
using Akka.TestKit;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Updates;

public sealed partial class UpdateStreamSpecs : ActorSpecs
{
    private const int UpLine = 400;
    private const int DownLine = 401;
    private const int BackLine = 402;
    private const int KeyRefusedLine = 403;
    private const int ThrottledLine = 404;
    private const int TooLargeLine = 405;
    private const int UnreadableLine = 406;
    private const int Opening = 5;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private readonly FakeUpdates _updates = new();
    private TestProbe _parent = null!;
    private IActorRef _stream = ActorRefs.Nobody;

    private StreamState State => Services.Cache.Stream;

    private int Tries => _updates.Sockets.Count;

    private FakeUpdateSocket Last => _updates.Sockets[^1];

    [Fact]
    public async Task At_the_start_it_connects_at_once_and_is_off_until_it_is_up()
    {
        Start();
        await TriesAsync(1);
        State.Should().Be(StreamState.Off);

        await ComeUpAsync();

        State.IsUp.Should().BeTrue();
        State.UpSince.Should().BeCloseTo(Services.Clock.Uptime, TimeSpan.FromMilliseconds(50));
        Services.Counters.Stream.IsUp.Should().BeTrue();
        Connections().Should().Equal(("up", 1));
        Services.Counters.Stream.Reconnects.Should().Be(0);
        Logged.Lines.Should().ContainSingle().Which.Should().Match<LogLine>(l => l.Event == UpLine && l.Level == LogLevel.Information);
    }

    [Fact]
    public async Task Each_time_it_comes_up_what_is_known_from_before_is_invalidated()
    {
        Start();
        Services.Cache.NodeEpoch.Should().Be(0);
        await ComeUpAsync();
        Services.Cache.NodeEpoch.Should().Be(1);
        Last.Drop();
        ExpectEnd(UpdateSocketFault.Network);
        Services.Cache.NodeEpoch.Should().Be(1, "what was heard up to then is as good as read");

        await ComeUpAsync();

        Services.Cache.NodeEpoch.Should().Be(2);
    }

    [Fact]
    public async Task A_drop_shows_at_once_with_the_last_sign_of_life_and_since_when_it_had_been_up()
    {
        Start();
        await ComeUpAsync();
        var up = State;
        Advance(TimeSpan.FromSeconds(5), _stream);
        var heard = Services.Clock.Uptime;
        Last.Say("news a", "pong");
        await BroughtAsync(1);
        await Eventually.HoldsAsync(() => Last.Taken == 4 && Last.IsWaiting, "both are taken");
        Advance(TimeSpan.FromSeconds(3), _stream, Child());

        Last.Drop();
        ExpectEnd(UpdateSocketFault.Network);

        State.Should().Be(new StreamState(IsUp: false, up.UpSince, heard));
        Services.Counters.Stream.IsUp.Should().BeFalse();
        Services.Counters.NetworkRequestErrors.Value.Should().Be(1);
        Connections().Should().Equal(("up", 1), ("network", 1));
    }

    [Fact]
    public async Task News_still_to_be_applied_when_it_drops_is_not_counted_as_heard()
    {
        Start();
        await ComeUpAsync();
        _updates.Desk.AppliesAtOnce = false;
        Advance(TimeSpan.FromSeconds(5), _stream);
        var before = Services.Clock.Uptime;
        Last.Say("news a", "pong", "news b", "pong");
        await BroughtAsync(2);

        Last.Drop();
        ExpectEnd(UpdateSocketFault.Network);

        State.LastSignOfLife.Should().BeLessThan(before);
    }

    [Theory]
    [InlineData(0.0, new[] { 0, 0.5, 1, 2, 4, 8, 10, 10 })]
    [InlineData(0.5, new[] { 0.5, 1, 2, 4, 8, 16, 20, 20 })]
    [InlineData(1.0, new[] { 1.0, 1.5, 3, 6, 12, 24, 30, 30 })]
    public async Task While_it_does_not_come_up_it_tries_again_within_a_second_and_then_more_and_more_seldom(double jitter, double[] pauses)
    {
        Jitter = jitter;
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.Network);
        Start();
        for (var i = 0; i < pauses.Length; i++)
        {
            ExpectEnd(UpdateSocketFault.Network);
            await ExpectPauseAsync(TimeSpan.FromSeconds(pauses[i]), i + 1);
        }

        State.Should().Be(StreamState.Off);
        Services.Counters.NetworkRequestErrors.Value.Should().BeGreaterThanOrEqualTo(pauses.Length);
        Logged.Lines.Should().ContainSingle().Which.Should().Match<LogLine>(l => l.Event == DownLine && l.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task Failures_are_forgotten_once_it_has_been_up_for_10_seconds_and_not_before()
    {
        Start();
        for (var i = 0; i < 3; i++)
        {
            await ComeUpAsync();
            Advance(StreamPause.SteadyAfter - Moment, _stream);
            Last.Drop();
            ExpectEnd(UpdateSocketFault.Closed, UpdateSocketFault.Network);
            // Half a second at first, then 1 s, 2 s.
            await ExpectPauseAsync(TimeSpan.FromSeconds(0.5 * Math.Pow(2, i)), i + 1);
        }

        await ComeUpAsync();
        Advance(StreamPause.SteadyAfter, _stream);
        Last.Drop();
        ExpectEnd(UpdateSocketFault.Network);

        await ExpectPauseAsync(TimeSpan.FromSeconds(0.5), 4);
        Services.Counters.Stream.Reconnects.Should().Be(3);
    }

    [Fact]
    public async Task A_refused_key_is_tried_again_once_a_minute()
    {
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.InvalidKey);
        Start();
        for (var i = 1; i <= 3; i++)
        {
            ExpectEnd(UpdateSocketFault.InvalidKey);
            await ExpectPauseAsync(TimeSpan.FromMinutes(1), i);
        }

        Services.Counters.InvalidApiKeyErrors.Value.Should().BeGreaterThanOrEqualTo(3);
        Services.Counters.NetworkRequestErrors.Value.Should().Be(0);
        Logged.Lines.Should().ContainSingle().Which.Should().Match<LogLine>(l => l.Event == KeyRefusedLine && l.Level == LogLevel.Error);
    }

    [Fact]
    public void A_key_that_the_cloud_quotes_is_masked()
    {
        _updates.OnSocket = socket => socket.Refuse(new UpdateSocketException(UpdateSocketFault.Closed, $"reason '{TestCloud.Key}'"));

        Start();
        ExpectEnd(UpdateSocketFault.Closed);

        Logged.Lines.Should().ContainSingle().Which.Text.Should().Contain("***").And.NotContain(TestCloud.Key);
    }

    [Fact]
    public async Task A_refused_key_that_is_replaced_heals_at_once()
    {
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.InvalidKey);
        Start();
        ExpectEnd(UpdateSocketFault.InvalidKey);
        _updates.OnSocket = socket => socket.Open();

        ReplaceKey("another-key");
        await ComeUpAsync();

        Tries.Should().Be(2);
        Last.Sent[0].Should().Contain("another-key");
        Logged.Lines.Select(line => line.Event).Should().Equal(KeyRefusedLine, BackLine);
    }

    [Fact]
    public async Task A_key_that_is_replaced_ends_the_connection_and_begins_one_with_the_new_key()
    {
        Start();
        await ComeUpAsync();
        var former = Last;

        ReplaceKey("another-key");
        await TriesAsync(2);

        State.IsUp.Should().BeFalse();
        await Eventually.HoldsAsync(() => former is { IsAborted: true, IsDisposed: true }, "the former socket is gone");
        await ComeUpAsync();
        State.IsUp.Should().BeTrue();
        Last.Sent[0].Should().Contain("another-key");
        Connections().Should().Equal([("up", 2L)], "what this process ends is no failure");
        Logged.Lines.Should().OnlyContain(line => line.Event == UpLine);
    }

    [Fact]
    public async Task A_key_that_is_replaced_while_a_try_with_the_one_before_is_under_way_is_tried_at_once_whatever_comes_of_it()
    {
        _updates.OnSocket = _ => { };
        Start();
        await TriesAsync(1);
        _updates.OnSocket = socket => socket.Open();
        Services.Cloud.ApiKey.Replace(new Secret("another-key"));

        _updates.Sockets[0].Refuse(UpdateSocketFault.InvalidKey);
        await TriesAsync(2);
        _stream.Tell(ConnectWithOtherKey.Instance, ActorRefs.NoSender);
        await ComeUpAsync();

        Tries.Should().Be(2);
        Services.Counters.InvalidApiKeyErrors.Value.Should().Be(0);
        Logged.Lines.Should().OnlyContain(line => line.Event == UpLine);
    }

    [Fact]
    public async Task Without_a_key_it_waits_for_one()
    {
        Start(key: null);
        Advance(TimeSpan.FromMinutes(5), _stream);
        Tries.Should().Be(0);

        ReplaceKey("late-key");

        await ComeUpAsync();
        Last.Sent[0].Should().Contain("late-key");
    }

    [Fact]
    public async Task A_cloud_with_too_many_requests_is_no_error_and_left_alone_for_a_while()
    {
        Jitter = 0;
        Start();
        await ComeUpAsync();

        Last.Drop(UpdateSocketFault.Throttled);
        ExpectEnd(UpdateSocketFault.Throttled);

        await ExpectPauseAsync(TimeSpan.FromSeconds(5), 1);
        Services.Counters.NetworkRequestErrors.Value.Should().Be(0);
        Services.Counters.InvalidApiKeyErrors.Value.Should().Be(0);
        Logged.Of(ThrottledLine).Should().ContainSingle().Which.Level.Should().Be(LogLevel.Information);
        await ComeUpAsync();
        Logged.Lines.Should().OnlyContain(line => line.Level == LogLevel.Information);
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_a_warning_that_names_the_bound()
    {
        Start();
        await ComeUpAsync();

        Last.Drop(UpdateSocketFault.TooLarge);
        ExpectEnd(UpdateSocketFault.TooLarge);

        Logged.Of(TooLargeLine).Should().ContainSingle().Which.Should().Match<LogLine>(
            l => l.Level == LogLevel.Warning && l.Text.Contains("4194304"));
        Connections().Should().Equal(("up", 1), ("too_large", 1));
        Services.Counters.NetworkRequestErrors.Value.Should().Be(0);
    }

    [Fact]
    public async Task A_connection_that_the_cloud_closes_is_no_error_but_one_that_it_refuses_is()
    {
        Start();
        await ComeUpAsync();
        Last.Drop(UpdateSocketFault.Closed);
        ExpectEnd(UpdateSocketFault.Closed);
        Services.Counters.NetworkRequestErrors.Value.Should().Be(0);
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.Closed);

        Advance(TimeSpan.FromSeconds(0.5), _stream);
        ExpectEnd(UpdateSocketFault.Closed);

        Services.Counters.NetworkRequestErrors.Value.Should().Be(1);
    }

    private void Start(string? key = TestCloud.Key)
    {
        Services = NewServices(ScriptedHandler.Hanging(), key);
        (_stream, _parent) = Supervised(UpdateStream.Props(Services, _updates.Services), "stream");
        Settle(_stream);
    }

    private void ReplaceKey(string key)
    {
        Services.Cloud.ApiKey.Replace(new Secret(key)).Should().BeTrue();
        _stream.Tell(ConnectWithOtherKey.Instance, ActorRefs.NoSender);
        Settle(_stream);
    }

    // Does all that a cloud does for a connection to come up, and lets the time pass.
    private async Task ComeUpAsync()
    {
        await Eventually.HoldsAsync(
            () =>
            {
                if (Tries == 0 || Last.IsAborted)
                    Advance(TimeSpan.FromMilliseconds(50), _stream);
                return Tries > 0 && !Last.IsAborted && Last.Sent.Count > 0;
            },
            "a connection");
        var socket = Last;
        socket.Say("ack");
        await Eventually.HoldsAsync(() => socket.Sent.Count == Opening, "it subscribes");
        socket.Say("pong");
        await Eventually.HoldsAsync(
            () =>
            {
                // To ask for the child lets the stream do what it was told: it may be up after that, at this instant.
                if (!State.IsUp && Child() is var child && !State.IsUp)
                    Advance(TimeSpan.FromMilliseconds(50), _stream, child);
                return State.IsUp;
            },
            "the stream is up");
        _parent.FishForMessage<StreamOutcome>(outcome => outcome.Fault is null, Eventually.Patience);
        Settle(_stream);
    }

    private async Task ExpectPauseAsync(TimeSpan pause, int tries)
    {
        Settle(_stream);
        if (pause > TimeSpan.Zero)
        {
            Tries.Should().Be(tries);
            Advance(pause - Moment, _stream);
            Tries.Should().Be(tries, $"the pause is {pause}");
        }

        Advance(Moment, _stream);
        await TriesAsync(tries + 1);
    }

    private void ExpectEnd(params UpdateSocketFault[] faults)
    {
        var outcome = _parent.FishForMessage<StreamOutcome>(_ => true, Eventually.Patience);
        outcome.Fault.Should().NotBeNull().And.Match(fault => faults.Contains(((UpdateSocketFault?)fault)!.Value));
        Settle(_stream);
    }

    private IActorRef Child()
    {
        Settle(_stream);
        return ((ActorRefWithCell)_stream).Children.MaxBy(NumberOf)!;
    }

    private static long NumberOf(IActorRef child) =>
        long.Parse(child.Path.Name[(child.Path.Name.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture);

    private Task TriesAsync(int count) => Eventually.HoldsAsync(() => Tries == count, $"{count} tries");

    private Task BroughtAsync(int count) => Eventually.HoldsAsync(() => _updates.Desk.Brought.Count >= count, $"{count} news are brought");

    private IEnumerable<(string Outcome, long Count)> Connections() =>
        Services.Counters.Stream.Connections.Where(c => c.Count.Value > 0).Select(c => (c.Outcome, c.Count.Value));
}
