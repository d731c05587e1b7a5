using System.Net;
using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cloud;

public sealed class EntitlementFetcherSpecs : ActorSpecs
{
    private const int AtOnce = CloudSettings.MaxConcurrentReads;
    private const int Waiting = 5;
    private static readonly TimeSpan Guard = CloudSettings.ReadGuard;
    private readonly SemaphoreSlim _gate = new(0);
    private readonly TestProbe _asker;
    private TestProbe _parent = null!;
    private IActorRef _fetcher = ActorRefs.Nobody;
    private int _asked;

    public EntitlementFetcherSpecs() => _asker = CreateTestProbe("asker");

    [Fact]
    public void A_read_is_answered_with_its_entry_its_number_and_the_state()
    {
        Start(ScriptedHandler.Answering(States.Body("feature")));
        var key = new EntryKey("customer", "resource");

        _fetcher.Tell(new ReadEntry(key, 17, Guard, _asker.Ref), ActorRefs.NoSender);

        var read = _asker.ExpectMsg<EntryRead>();
        (read.Key == key).Should().BeTrue();
        read.Number.Should().Be(17);
        read.Result.State!.FindFeature("feature").Should().NotBeNull();
    }

    [Fact]
    public async Task Only_so_many_reads_are_under_way_at_once_and_the_rest_wait_their_turn()
    {
        using var edge = Start(Gated());
        Ask(2 * AtOnce);
        await edge.ArrivedAsync(AtOnce);
        Settle(_fetcher);
        edge.Count.Should().Be(AtOnce);

        _gate.Release(1);
        await edge.ArrivedAsync(AtOnce + 1);
        _gate.Release((2 * AtOnce) - 1);

        ExpectEachOnce(2 * AtOnce);
        edge.MostAtOnce.Should().Be(AtOnce);
        edge.Count.Should().Be(2 * AtOnce);
    }

    [Fact]
    public async Task Ten_thousand_reads_wait_and_the_next_is_refused_at_once()
    {
        using var edge = Start(ScriptedHandler.Hanging());
        Ask(AtOnce + CloudSettings.MaxQueuedReads);
        Settle(_fetcher);
        await edge.ArrivedAsync(AtOnce);
        _asker.HasMessages.Should().BeFalse();

        Ask(1);

        var refused = _asker.ExpectMsg<EntryRead>();
        refused.Number.Should().Be(_asked);
        refused.Result.Failure!.Kind.Should().Be(CloudFailureKind.Busy);
        Settle(_fetcher);
        _asker.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task With_a_hanging_cloud_every_read_is_answered_after_one_try_whether_it_had_its_turn_or_not()
    {
        using var edge = Start(ScriptedHandler.Hanging());
        Ask(3 * AtOnce);
        await edge.ArrivedAsync(AtOnce);
        Settle(_fetcher);

        Advance(CloudSettings.AttemptTimeout - TimeSpan.FromMilliseconds(1), _fetcher);
        _asker.HasMessages.Should().BeFalse();
        Advance(TimeSpan.FromMilliseconds(1));

        await Eventually.HoldsAsync(() => Services.Cloud.IsSuspended, "reads that hang suspend the rest");
        await EndAsync();
        var reads = ReceiveEachOnce(3 * AtOnce);
        reads.Count(read => read.Result.Failure!.Kind == CloudFailureKind.Timeout).Should().Be(AtOnce);
        reads.Count(read => read.Result.Failure!.Kind == CloudFailureKind.Suspended).Should().Be(2 * AtOnce);
        await edge.ArrivedAsync(AtOnce + 1);
        Settle(_fetcher);
        edge.Count.Should().Be(AtOnce + 1, "nothing but the probe is sent");
    }

    [Fact]
    public async Task While_a_path_is_suspended_a_read_on_it_is_answered_at_once_and_one_on_the_other_is_sent()
    {
        using var cloud = Start(new ScriptedHandler((request, number, cancellation) => request.Method == HttpMethod.Post
            ? Task.FromResult(ScriptedHandler.Json(States.Body("feature")))
            : ScriptedHandler.HangAsync(request, number, cancellation)));
        await SuspendAsync(cloud);

        Ask(1);
        Kinds().Should().Equal(CloudFailureKind.Suspended);
        Ask(1, CloudPath.Api);
        Kinds().Should().Equal([null]);
    }

    [Fact]
    public async Task A_suspended_path_is_probed_at_once_and_then_every_two_to_five_seconds_until_it_answers()
    {
        var isBack = false;
        using var edge = Start(new ScriptedHandler((request, number, cancellation) => isBack
            ? Task.FromResult(ScriptedHandler.Json(States.Body("feature")))
            : ScriptedHandler.HangAsync(request, number, cancellation)));
        await SuspendAsync(edge);
        await edge.ArrivedAsync(4);
        for (var read = 1; read <= 3; read++)
            _parent.FishForMessage<CloudOutcome>(_ => true);

        for (var probes = 1; probes <= 3; probes++)
        {
            // The probe's own limit, and then its pause: in the middle of its range.
            Advance(CloudSettings.AttemptTimeout, _fetcher);
            _parent.FishForMessage<CloudOutcome>(_ => true, Eventually.Patience);
            Services.Counters.NetworkRequestErrors.Value.Should().Be(3 + probes);
            Settle(_fetcher);
            Advance(TimeSpan.FromSeconds(1.9), _fetcher);
            edge.Count.Should().Be(3 + probes);
            isBack = probes == 3;
            Advance(TimeSpan.FromSeconds(1.7), _fetcher);
            await edge.ArrivedAsync(4 + probes);
        }

        await Eventually.HoldsAsync(() => !Services.Cloud.IsSuspended, "the probe succeeded");
        edge.Requests.Skip(3).Select(r => r.Address.AbsolutePath).Should().OnlyContain(
            path => path.StartsWith("/v1/c/customer-", StringComparison.Ordinal), "nothing else is known or asked for");
        Settle(_fetcher);
        Ask(1);
        Kinds().Should().Equal([null]);
        Advance(TimeSpan.FromMinutes(1), _fetcher);
        edge.Count.Should().Be(8, "it is probed no more");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Three_entries_whose_fault_is_their_own_do_not_suspend_reads_for_long(bool isOtherKnown)
    {
        using var edge = Start(new ScriptedHandler((request, _, _) => Task.FromResult(
            request.RequestUri!.AbsolutePath.Contains("/customer-", StringComparison.Ordinal)
                ? ScriptedHandler.Json("", HttpStatusCode.InternalServerError)
                : ScriptedHandler.Json(States.Body("feature")))));
        var sound = new EntryKey("sound");
        if (isOtherKnown)
            Services.Cache.Publish(sound, States.ViewOf(States.Granting("feature")), 0).Should().BeTrue();
        Ask(3);
        await Eventually.HoldsAsync(
            () =>
            {
                Advance(TimeSpan.FromSeconds(0.1), _fetcher);
                return isOtherKnown ? edge.Count > 3 : Services.Cloud.IsSuspended;
            },
            "three entries failed");
        if (!isOtherKnown)
            _fetcher.Tell(new ReadEntry(sound, 99, Services.Clock.Uptime + Guard, _asker.Ref), ActorRefs.NoSender);

        await Eventually.HoldsAsync(
            () =>
            {
                // In steps far below a probe's limit, which it must not meet while it is on its way between two threads.
                Advance(TimeSpan.FromSeconds(0.1), _fetcher);
                return !Services.Cloud.IsSuspended;
            },
            "a probe of another entry is answered");
        Services.Clock.Uptime.Should().BeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Reads_whose_time_is_over_take_no_turn_from_those_that_have_some()
    {
        var edge = ScriptedHandler.Answering(States.Body("feature"));
        Services = NewServices(edge, maxRequestsPerSecond: 10);
        Start();
        Ask(400);
        Advance(TimeSpan.FromSeconds(12), _fetcher);
        var sent = edge.Count;

        Ask(20);
        Advance(TimeSpan.FromSeconds(4), _fetcher);

        await Eventually.HoldsAsync(() => edge.Count >= sent + 20, "those that came last are read");
        ReceiveEachOnce(420);
        edge.Dispose();
    }

    [Fact]
    public async Task One_entry_that_always_fails_suspends_nothing_for_longer_than_the_probe_takes()
    {
        using var edge = Start(new ScriptedHandler((request, _, _) => Task.FromResult(
            request.RequestUri!.AbsolutePath.Contains("/customer-1/", StringComparison.Ordinal)
                ? ScriptedHandler.Json("", HttpStatusCode.InternalServerError)
                : ScriptedHandler.Json(States.Body("feature")))));

        Ask(1);
        // A try follows the one before it on another thread: time passes until it has.
        await Eventually.HoldsAsync(
            () =>
            {
                Advance(TimeSpan.FromSeconds(0.1), _fetcher);
                return _asker.HasMessages;
            },
            "the read's end");

        Kinds().Should().Equal(CloudFailureKind.ServerError);
        await Eventually.HoldsAsync(
            () =>
            {
                Advance(TimeSpan.FromMilliseconds(1), _fetcher);
                return edge.Requests.Any(r => r.Address.AbsolutePath.Contains("/config/", StringComparison.Ordinal));
            },
            "a probe of the cloud itself");
        await Eventually.HoldsAsync(() => !Services.Cloud.IsSuspended, "the cloud is well");
        Ask(1);
        Kinds().Should().Equal([null]);
    }

    [Fact]
    public async Task A_restart_while_a_path_is_suspended_goes_on_with_its_probes()
    {
        using var edge = Start(ScriptedHandler.Hanging());
        await SuspendAsync(edge);
        await edge.ArrivedAsync(4);

        _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_fetcher);
        Advance(TimeSpan.FromSeconds(1), _fetcher);

        await edge.ArrivedAsync(5);
    }

    [Fact]
    public async Task No_more_reads_are_started_in_a_second_than_allowed_and_first_reads_come_first()
    {
        const int PerSecond = 20;
        var edge = ScriptedHandler.Answering(States.Body("feature"));
        Services = NewServices(edge, maxRequestsPerSecond: PerSecond);
        Start();
        Ask(30, isFirst: false);
        Ask(5);
        Settle(_fetcher);
        await edge.ArrivedAsync(2);
        edge.Count.Should().Be(2, "a tenth of a second's share");

        // Requests begin on threads of their own: each is waited for, so that they arrive in the order of their turns.
        for (var step = 0; step < 10; step++)
        {
            Advance(TimeSpan.FromSeconds(0.05), _fetcher);
            await edge.ArrivedAsync(35 - (int)Services.Counters.ReadsWaiting.Value);
        }

        edge.Count.Should().BeInRange(11, 12, "half a second's share");
        edge.Requests.Skip(3).Take(5).Select(r => r.Address.AbsolutePath).Should().Equal(
            Enumerable.Range(31, 5).Select(i => $"/v1/c/customer-{i}/entitlements-state.json"), "they are first reads, and only the one whose turn was next comes before them");

        Advance(TimeSpan.FromSeconds(1.5), _fetcher);
        ReceiveEachOnce(35);
        edge.Dispose();
    }

    [Fact]
    public async Task A_first_read_finds_a_place_among_ten_thousand_re_reads()
    {
        using var edge = Start(ScriptedHandler.Hanging());
        Ask(AtOnce + CloudSettings.MaxQueuedReads, isFirst: false);
        Settle(_fetcher);
        await edge.ArrivedAsync(AtOnce);

        Ask(1);

        var refused = _asker.ExpectMsg<EntryRead>();
        refused.Number.Should().Be(_asked - 1, "the re-read that came last makes room");
        refused.Result.Failure!.Kind.Should().Be(CloudFailureKind.Busy);
    }

    [Fact]
    public async Task What_waits_and_what_is_under_way_is_shown()
    {
        using var edge = Start(Gated());
        Ask(AtOnce + 7);
        Ask(3, isFirst: false);
        await edge.ArrivedAsync(AtOnce);
        Settle(_fetcher);
        Shown().Should().Be((AtOnce, 10, 3));

        _gate.Release(AtOnce + 10);
        ReceiveEachOnce(AtOnce + 10);

        Shown().Should().Be((0, 0, 0));

        (long UnderWay, long Waiting, long Again) Shown() => (
            Services.Counters.ReadsUnderWay.Value, Services.Counters.ReadsWaiting.Value, Services.Counters.RereadsWaiting.Value);
    }

    [Fact]
    public async Task A_read_that_waited_has_only_what_is_left_of_its_time()
    {
        using var edge = Start(new ScriptedHandler(async (request, number, cancellation) =>
        {
            if (number <= AtOnce)
                await _gate.WaitAsync(cancellation);
            else
                await ScriptedHandler.HangAsync(request, number, cancellation);
            return ScriptedHandler.Json(States.Body());
        }));
        Ask(AtOnce);
        _asked++;
        _fetcher.Tell(new ReadEntry(new EntryKey($"customer-{_asked}"), _asked, TimeSpan.FromSeconds(4), _asker.Ref), ActorRefs.NoSender);
        await edge.ArrivedAsync(AtOnce);
        Advance(TimeSpan.FromSeconds(2.5), _fetcher);
        _gate.Release(AtOnce);
        await edge.ArrivedAsync(AtOnce + 1);
        for (var i = 0; i < AtOnce; i++)
            _asker.ExpectMsg<EntryRead>().Result.State.Should().NotBeNull();

        Advance(TimeSpan.FromSeconds(1.5), _fetcher);

        var late = _asker.ExpectMsg<EntryRead>();
        late.Number.Should().Be(AtOnce + 1);
        late.Result.Failure!.Kind.Should().Be(CloudFailureKind.Timeout);
    }

    [Fact]
    public void Without_a_key_nothing_is_sent_and_the_read_is_answered()
    {
        using var edge = ScriptedHandler.Hanging();
        Services = NewServices(edge, key: null);
        Start();

        Ask(3);

        ExpectEachOnce(3, CloudFailureKind.NoKey);
        edge.Count.Should().Be(0);
    }

    [Fact]
    public void A_fault_of_the_transport_itself_is_a_failed_read()
    {
        Start(new ScriptedHandler((_, _, _) => throw new NotSupportedException("a bug")));

        Ask(1);

        ExpectEachOnce(1, CloudFailureKind.Network);
    }

    [Fact]
    public void What_each_read_tells_of_the_cloud_is_passed_on()
    {
        Start(ScriptedHandler.Answering(
            () => ScriptedHandler.Json(States.Body()),
            () => ScriptedHandler.Json("", HttpStatusCode.Unauthorized),
            () => ScriptedHandler.Json(States.Envelope("""7, {"feature": {"refId": "f", "featureType": "BOOLEAN"}}"""))));

        AskAndGet().State.Should().NotBeNull();
        AskAndGet().Failure.Should().NotBeNull();
        AskAndGet().State.Should().NotBeNull();

        Outcome().Should().Be(new CloudOutcome(null, IsStartUp: false));
        Outcome().Failure!.Kind.Should().Be(CloudFailureKind.InvalidKey);
        Outcome().Should().Be(new CloudOutcome(null, IsStartUp: false, PassedOver: 1));

        CloudOutcome Outcome() => _parent.ExpectMsg<CloudOutcome>();
        CloudRead AskAndGet()
        {
            Ask(1);
            return _asker.ExpectMsg<EntryRead>().Result;
        }
    }

    [Fact]
    public async Task Killed_it_answers_each_read_once_those_under_way_and_those_waiting()
    {
        using var edge = Start(Gated());
        Ask(AtOnce + 86);
        await edge.ArrivedAsync(AtOnce);
        Settle(_fetcher);

        _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
        Ask(50);
        Settle(_fetcher);
        Advance(TimeSpan.FromSeconds(0.5), _fetcher);
        edge.Count.Should().Be(AtOnce, "those of the former incarnation are still under way");
        _gate.Release(AtOnce + 136);

        ExpectEachOnce(AtOnce + 136);
        edge.MostAtOnce.Should().Be(AtOnce);
        edge.Count.Should().Be(AtOnce + 136, "no read is sent twice");
    }

    [Fact]
    public async Task Killed_again_and_again_it_still_counts_what_is_under_way()
    {
        using var edge = Start(Gated());
        Ask(2 * AtOnce);
        await edge.ArrivedAsync(AtOnce);
        // Seldom enough that the pause is over before the tries of those under way are.
        for (var i = 0; i < 2; i++)
        {
            _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
            _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
            Settle(_fetcher);
            _gate.Release(5);
            for (var answer = 0; answer < 5; answer++)
                _asker.ExpectMsg<EntryRead>();
        }

        Advance(TimeSpan.FromSeconds(2.5), _fetcher);
        await edge.ArrivedAsync(AtOnce + 10);
        Settle(_fetcher);
        edge.Count.Should().Be(AtOnce + 10);
        edge.MostAtOnce.Should().Be(AtOnce);
    }

    // It reads the clock once for each read that it starts: at once, or when a result makes room.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(AtOnce)]
    [InlineData(AtOnce + 1)]
    [InlineData(AtOnce + 3)]
    [InlineData(AtOnce + Waiting)]
    public async Task Wherever_the_clock_fails_each_read_is_answered_once(int reading)
    {
        using var edge = Start(Gated());
        Time.Fault.StrikeAt(_fetcher, reading);
        Ask(AtOnce);
        Advance(TimeSpan.FromSeconds(0.5), _fetcher);
        await edge.ArrivedAsync(AtOnce);
        Ask(Waiting);
        Settle(_fetcher);

        // The results come, and with each one the next read's turn.
        _gate.Release(AtOnce + Waiting);
        await Eventually.HoldsAsync(
            () =>
            {
                Advance(TimeSpan.FromSeconds(0.1), _fetcher);
                return edge.Count == AtOnce + Waiting;
            },
            "every read has its turn");

        ExpectEachOnce(AtOnce + Waiting);
        Time.Fault.Count.Should().Be(1);
        edge.MostAtOnce.Should().Be(AtOnce);
    }

    [Fact]
    public async Task A_read_that_always_crashes_it_is_answered_and_costs_no_other_read_its_answer()
    {
        using var edge = Start(Gated());
        Ask(3);
        await edge.ArrivedAsync(3);
        Settle(_fetcher);
        Time.Fault.Strike((path, _) => path.Equals(_fetcher.Path));
        Ask(1);
        Settle(_fetcher);
        Advance(TimeSpan.FromSeconds(0.5), _fetcher);

        var poison = _asker.ExpectMsg<EntryRead>();
        poison.Number.Should().Be(4);
        poison.Result.Failure!.Kind.Should().Be(CloudFailureKind.Network);
        Time.Fault.Count.Should().Be(2, "it is tried twice");
        Time.Fault.Strike(null);
        _gate.Release(3);

        for (var i = 0; i < 3; i++)
            _asker.ExpectMsg<EntryRead>().Result.State.Should().NotBeNull();
        edge.Count.Should().Be(3);
        Settle(_fetcher);
        _asker.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task Crashes_while_a_read_waits_for_its_turn_are_none_of_its_doing()
    {
        using var edge = await StartWithOneReadASecondAsync();
        Ask(1);
        Settle(_fetcher);
        _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_fetcher);
        // It is in hand again, and its turn comes half a second later.
        Advance(TimeSpan.FromSeconds(0.5), _fetcher);
        _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_fetcher);
        // The first crash that may be of its doing.
        Time.Fault.StrikeAt(_fetcher, 1);

        Advance(TimeSpan.FromSeconds(5), _fetcher);
        await edge.ArrivedAsync(2);

        ExpectEachOnce(2);
        Time.Fault.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_read_that_a_crash_interrupted_goes_before_those_that_had_come_by_then()
    {
        using var edge = await StartWithOneReadASecondAsync();
        Time.Fault.Strike((path, _) =>
        {
            if (!path.Equals(_fetcher.Path))
                return false;
            // More come while it is at work on the second.
            Time.Fault.Strike(null);
            Ask(3);
            return true;
        });
        Ask(1);
        Settle(_fetcher);

        for (var count = 2; count <= 5; count++)
        {
            Advance(TimeSpan.FromSeconds(1), _fetcher);
            await edge.ArrivedAsync(count);
        }

        edge.Requests.Select(request => request.Address.AbsolutePath).Should().Equal(
            Enumerable.Range(1, 5).Select(i => $"/v1/c/customer-{i}/entitlements-state.json"));
        ReceiveEachOnce(5);
    }

    [Fact]
    public async Task After_a_crash_nothing_is_sent_for_half_a_second_doubling_with_each_crash()
    {
        using var edge = Start(Gated());
        foreach (var pause in new[] { 0.5, 1.0, 2.0 })
        {
            var sent = edge.Count;
            _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
            Settle(_fetcher);
            Ask(1);
            Advance(TimeSpan.FromSeconds(pause - 0.001), _fetcher);
            edge.Count.Should().Be(sent);
            Advance(TimeSpan.FromSeconds(0.001));
            await edge.ArrivedAsync(sent + 1);
        }
    }

    [Fact]
    public async Task A_read_that_succeeds_ends_the_series_of_crashes()
    {
        using var edge = Start(Gated());
        for (var i = 0; i < 3; i++)
            _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
        Ask(1);
        Settle(_fetcher);
        Advance(TimeSpan.FromSeconds(2), _fetcher);
        _gate.Release(1);
        _asker.ExpectMsg<EntryRead>().Result.State.Should().NotBeNull();
        Settle(_fetcher);

        _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_fetcher);
        Ask(1);
        Advance(TimeSpan.FromSeconds(0.5), _fetcher);

        await edge.ArrivedAsync(2);
    }

    [Fact]
    public async Task Re_reads_that_nobody_waits_for_stand_back_while_entries_are_loaded()
    {
        var areLoadsUnderWay = true;
        using var edge = ScriptedHandler.Answering(States.Body("feature"));
        Services = NewServices(edge);
        Services = Services with { Snapshots = Services.Snapshots! with { AreLoadsUnderWay = () => areLoadsUnderWay } };
        Start();
        Ask(3, isFirst: false, isAwaited: false);
        Advance(TimeSpan.FromSeconds(1), _fetcher);
        edge.Count.Should().Be(0);

        areLoadsUnderWay = false;
        Advance(TimeSpan.FromSeconds(0.1), _fetcher);

        await edge.ArrivedAsync(3);
        ReceiveEachOnce(3);
    }

    [Fact]
    public async Task They_stand_back_for_five_seconds_at_most_and_then_have_their_turns_until_none_waits()
    {
        using var edge = ScriptedHandler.Answering(States.Body("feature"));
        Services = NewServices(edge, maxRequestsPerSecond: 10);
        Services = Services with { Snapshots = Services.Snapshots! with { AreLoadsUnderWay = () => true } };
        Start();
        Ask(5, isFirst: false, isAwaited: false);
        Advance(TimeSpan.FromSeconds(4.9), _fetcher);
        edge.Count.Should().Be(0);

        Advance(TimeSpan.FromSeconds(0.2), _fetcher);
        await edge.ArrivedAsync(1);
        Ask(1, isFirst: false, isAwaited: false);
        Advance(TimeSpan.FromSeconds(1), _fetcher);

        await edge.ArrivedAsync(6);
        ReceiveEachOnce(6);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task What_somebody_waits_for_does_not_stand_back(bool isFirst, bool isAwaited)
    {
        using var edge = ScriptedHandler.Answering(States.Body("feature"));
        Services = NewServices(edge);
        Services = Services with { Snapshots = Services.Snapshots! with { AreLoadsUnderWay = () => true } };
        Start();
        Ask(1, isFirst: false, isAwaited: false);
        Settle(_fetcher);
        edge.Count.Should().Be(0);

        Ask(1, isFirst: isFirst, isAwaited: isAwaited);

        await edge.ArrivedAsync(1);
    }

    [Fact]
    public async Task One_that_somebody_waits_for_by_now_stands_back_no_longer_and_the_others_do()
    {
        using var edge = ScriptedHandler.Answering(States.Body("feature"));
        Services = NewServices(edge);
        Services = Services with { Snapshots = Services.Snapshots! with { AreLoadsUnderWay = () => true } };
        Start();
        Ask(3, isFirst: false, isAwaited: false);
        Settle(_fetcher);

        _fetcher.Tell(new ReadIsAwaited(2, _asker.Ref), ActorRefs.NoSender);

        await edge.ArrivedAsync(1);
        _asker.ExpectMsg<EntryRead>().Number.Should().Be(2);
        Settle(_fetcher);
        _fetcher.Tell(new ReadIsAwaited(2, _asker.Ref), ActorRefs.NoSender);
        _fetcher.Tell(new ReadIsAwaited(4, _asker.Ref), ActorRefs.NoSender);
        Advance(TimeSpan.FromSeconds(1), _fetcher);
        edge.Count.Should().Be(1);
    }

    // The first one has had its turn: the next comes a second later.
    private async Task<ScriptedHandler> StartWithOneReadASecondAsync()
    {
        var edge = ScriptedHandler.Answering(States.Body("feature"));
        Services = NewServices(edge, maxRequestsPerSecond: 1);
        Start();
        Ask(1);
        await edge.ArrivedAsync(1);
        Settle(_fetcher);
        return edge;
    }

    private ScriptedHandler Gated() => new(async (_, _, cancellation) =>
    {
        await _gate.WaitAsync(cancellation);
        return ScriptedHandler.Json(States.Body("feature"));
    });

    private ScriptedHandler Start(ScriptedHandler edge)
    {
        Services = NewServices(edge);
        Start();
        return edge;
    }

    private void Start()
    {
        _asked = 0;
        (_fetcher, _parent) = Supervised(EntitlementFetcher.Props(Services), "fetcher");
    }

    private void Ask(int count, CloudPath path = CloudPath.Edge, bool isFirst = true, bool isAwaited = true)
    {
        for (var i = 0; i < count; i++)
        {
            _asked++;
            _fetcher.Tell(
                new ReadEntry(new EntryKey($"customer-{_asked}"), _asked, Services.Clock.Uptime + Guard, _asker.Ref, path, isFirst, isAwaited),
                ActorRefs.NoSender);
        }
    }

    // Lets the reads under way end, those too that wait for a next try.
    private Task EndAsync() => Eventually.HoldsAsync(
        () =>
        {
            Advance(TimeSpan.FromSeconds(0.1), _fetcher);
            return Services.Counters.ReadsUnderWay.Value == 0;
        },
        "no read is under way");

    // Three reads that end with no answer.
    private async Task SuspendAsync(ScriptedHandler cloud)
    {
        Ask(3);
        await cloud.ArrivedAsync(3);
        Advance(CloudSettings.AttemptTimeout, _fetcher);
        await Eventually.HoldsAsync(() => Services.Cloud.IsSuspended, "three reads that hang suspend the rest");
        await EndAsync();
        ReceiveEachOnce(3);
        Settle(_fetcher);
    }

    private List<CloudFailureKind?> Kinds() => [_asker.ExpectMsg<EntryRead>().Result.Failure?.Kind];

    private void ExpectEachOnce(int count, CloudFailureKind? failure = null)
    {
        var reads = ReceiveEachOnce(count);
        reads.Should().OnlyContain(read => read.Result.Failure == null ? failure == null : read.Result.Failure.Kind == failure);
    }

    private List<EntryRead> ReceiveEachOnce(int count)
    {
        var reads = Enumerable.Range(0, count).Select(_ => _asker.ExpectMsg<EntryRead>()).ToList();
        Settle(_fetcher);
        _asker.HasMessages.Should().BeFalse("a read is answered once");
        reads.Select(read => read.Number).Should().BeEquivalentTo(Enumerable.Range(1, count).Select(number => (long)number));
        reads.Should().OnlyContain(read => read.Key.CustomerId == $"customer-{read.Number}");
        return reads;
    }
}
