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
    public async Task Sixty_four_reads_are_under_way_at_once_and_the_rest_wait_their_turn()
    {
        using var edge = Start(Gated());
        Ask(200);
        await edge.ArrivedAsync(AtOnce);
        Settle(_fetcher);
        edge.Count.Should().Be(AtOnce);

        _gate.Release(1);
        await edge.ArrivedAsync(AtOnce + 1);
        _gate.Release(199);

        ExpectEachOnce(200);
        edge.MostAtOnce.Should().Be(AtOnce);
        edge.Count.Should().Be(200);
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
    public async Task With_a_hanging_cloud_every_read_is_answered_at_its_deadline_whether_it_had_its_turn_or_not()
    {
        using var edge = Start(ScriptedHandler.Hanging());
        Ask(3 * AtOnce);
        await edge.ArrivedAsync(AtOnce);
        Settle(_fetcher);

        Advance(Guard - TimeSpan.FromMilliseconds(1), _fetcher);
        _asker.HasMessages.Should().BeFalse();
        Advance(TimeSpan.FromMilliseconds(1));

        ExpectEachOnce(3 * AtOnce, CloudFailureKind.Timeout);
        edge.Count.Should().Be(AtOnce);
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
        Ask(AtOnce + 1);
        await edge.ArrivedAsync(AtOnce);
        Advance(TimeSpan.FromSeconds(7), _fetcher);
        _gate.Release(AtOnce);
        await edge.ArrivedAsync(AtOnce + 1);
        for (var i = 0; i < AtOnce; i++)
            _asker.ExpectMsg<EntryRead>().Result.State.Should().NotBeNull();

        Advance(TimeSpan.FromSeconds(3), _fetcher);

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
        Ask(150);
        await edge.ArrivedAsync(AtOnce);
        Settle(_fetcher);

        _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
        Ask(50);
        Settle(_fetcher);
        Advance(TimeSpan.FromSeconds(0.5), _fetcher);
        edge.Count.Should().Be(AtOnce, "those of the former incarnation are still under way");
        _gate.Release(200);

        ExpectEachOnce(200);
        edge.MostAtOnce.Should().Be(AtOnce);
        edge.Count.Should().Be(200, "no read is sent twice");
    }

    [Fact]
    public async Task Killed_again_and_again_it_still_counts_what_is_under_way()
    {
        using var edge = Start(Gated());
        Ask(200);
        await edge.ArrivedAsync(AtOnce);
        for (var i = 0; i < 3; i++)
        {
            _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
            _fetcher.Tell(Kill.Instance, ActorRefs.NoSender);
            Settle(_fetcher);
            _gate.Release(5);
            for (var answer = 0; answer < 5; answer++)
                _asker.ExpectMsg<EntryRead>();
        }

        Advance(TimeSpan.FromSeconds(8), _fetcher);
        await edge.ArrivedAsync(AtOnce + 15);
        Settle(_fetcher);
        edge.Count.Should().Be(AtOnce + 15);
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

    private void Ask(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _asked++;
            _fetcher.Tell(
                new ReadEntry(new EntryKey($"customer-{_asked}"), _asked, Services.Clock.Uptime + Guard, _asker.Ref), ActorRefs.NoSender);
        }
    }

    private void ExpectEachOnce(int count, CloudFailureKind? failure = null)
    {
        var reads = Enumerable.Range(0, count).Select(_ => _asker.ExpectMsg<EntryRead>()).ToList();
        Settle(_fetcher);
        _asker.HasMessages.Should().BeFalse("a read is answered once");
        reads.Select(read => read.Number).Should().BeEquivalentTo(Enumerable.Range(1, count).Select(number => (long)number));
        reads.Should().OnlyContain(read => read.Result.Failure == null ? failure == null : read.Result.Failure.Kind == failure);
        reads.Should().OnlyContain(read => read.Key.CustomerId == $"customer-{read.Number}");
    }
}
