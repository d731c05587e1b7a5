using Akka.Actor;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cache;

public sealed class CacheKeeperSpecs : ActorSpecs
{
    private const long MaxBytes = EntitlementCache.SmallestMaxBytes;
    private readonly EntitlementCache _cache = new(MaxBytes);
    private IActorRef _keeper = ActorRefs.Nobody;

    [Fact]
    public void It_begins_at_ninety_five_hundredths_and_ends_at_ninety()
    {
        CacheKeeper.StartEvictingAt(1_000).Should().Be(950);
        CacheKeeper.EvictDownTo(1_000).Should().Be(900);
    }

    [Fact]
    public void Nothing_is_evicted_before_the_cache_is_nearly_full()
    {
        StartKeeper();
        var published = FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "customer");

        Settle(_keeper);

        _cache.Count.Should().Be(published);
    }

    [Fact]
    public void A_nearly_full_cache_is_emptied_to_nine_tenths_the_least_recently_used_first()
    {
        StartKeeper();
        var published = FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "customer");
        // The first ones to come are used last.
        for (var i = 0; i < 100; i++)
            _cache.Find($"customer-{i}")!.Touch(1_000_000 + i);

        Overfill();

        _cache.Bytes.Should().BeLessThanOrEqualTo(CacheKeeper.EvictDownTo(MaxBytes))
            .And.BeGreaterThan(CacheKeeper.EvictDownTo(MaxBytes) - (2 * SizeOfOne));
        var kept = _cache.All().Select(v => v.LastUsed).ToList();
        var evicted = Enumerable.Range(0, published).Where(i => _cache.Find($"customer-{i}") is null).ToList();
        evicted.Should().NotBeEmpty().And.NotContain(i => i < 100);
        evicted.Max().Should().BeLessThan((int)kept.Where(tick => tick < 1_000_000).Min(), "what was used earlier goes first");
    }

    [Fact]
    public void A_customer_that_is_published_again_after_its_eviction_has_come_back()
    {
        StartKeeper();
        var published = FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "customer");
        Overfill();
        var evicted = Enumerable.Range(0, published).Where(i => _cache.Find($"customer-{i}") is null).ToList();

        _cache.Publish(new EntryKey("never-there-before"), States.ViewOf(States.Granting("feature")), 0);
        _cache.Returns.Should().Be(0);
        foreach (var i in evicted)
            _cache.Publish(new EntryKey($"customer-{i}"), States.ViewOf(States.Granting("feature")), 0);

        // Two may share a place in the table.
        _cache.Returns.Should().BeInRange(evicted.Count / 2, evicted.Count);
    }

    [Fact]
    public void A_customer_of_whom_redis_is_owed_an_entry_goes_after_all_others()
    {
        _cache.Publish(new EntryKey("first", "resource"), States.ViewOf(States.Granting("feature")), 0);
        _cache.Publish(new EntryKey("first"), States.ViewOf(States.Granting("feature")), 0);
        _cache.IsOwed = new EntryKey("first", "resource").Equals;
        StartKeeper();
        FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "customer");

        Overfill();

        _cache.Find("first").Should().NotBeNull();
    }

    [Fact]
    public void A_resource_goes_with_its_customer()
    {
        _cache.Publish(new EntryKey("first", "resource"), States.ViewOf(States.Granting("feature")), 0);
        _cache.Publish(new EntryKey("first"), States.ViewOf(States.Granting("feature")), 0);
        StartKeeper();
        FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "customer");

        Overfill();

        _cache.Find("first").Should().BeNull();
        _cache.Bytes.Should().Be(Charges.OfViews(_cache));
    }

    [Fact]
    public void Unknown_customers_over_their_share_go_and_nobody_else()
    {
        StartKeeper();
        for (var i = 0; i < 50; i++)
            _cache.Publish(new EntryKey($"known-{i}"), States.ViewOf(States.Granting("feature")), tick: 0);
        var unknown = 0;
        while (_cache.UnknownBytes <= CacheKeeper.StartEvictingAt(_cache.MaxUnknownBytes))
        {
            _cache.Publish(new EntryKey($"unknown-{unknown}"), States.ViewOf(States.Unknown), tick: 1_000 + unknown);
            unknown++;
        }

        Settle(_keeper);

        _cache.UnknownBytes.Should().BeLessThanOrEqualTo(CacheKeeper.EvictDownTo(_cache.MaxUnknownBytes)).And.BeGreaterThan(0);
        _cache.Find("unknown-0").Should().BeNull();
        _cache.Find($"unknown-{unknown - 1}").Should().NotBeNull();
        Enumerable.Range(0, 50).Should().OnlyContain(i => _cache.Find($"known-{i}") != null, "they are used less recently, but known");
    }

    [Fact]
    public void Unknown_customers_within_their_share_go_in_their_turn()
    {
        _cache.Publish(new EntryKey("unknown"), States.ViewOf(States.Unknown), tick: 10_000_000);
        StartKeeper();
        FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "customer");

        Overfill();

        _cache.Find("unknown").Should().NotBeNull("it was used last");
    }

    [Fact]
    public void Live_actors_count()
    {
        StartKeeper();
        FillTo(MaxBytes / 2, "customer");

        _cache.Charge(MaxBytes * 6 / 10);
        Settle(_keeper);

        _cache.Bytes.Should().BeLessThanOrEqualTo(CacheKeeper.EvictDownTo(MaxBytes));
        _cache.Count.Should().BePositive();
    }

    [Fact]
    public void Where_live_actors_alone_fill_the_cache_every_view_goes_and_the_keeper_lives_on()
    {
        StartKeeper();
        FillTo(MaxBytes / 2, "customer");
        _cache.Charge(MaxBytes);
        Settle(_keeper);
        _cache.Count.Should().Be(0);

        _cache.Charge(-MaxBytes);
        FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "later");
        Overfill();

        _cache.Bytes.Should().BeLessThanOrEqualTo(CacheKeeper.EvictDownTo(MaxBytes));
    }

    [Fact]
    public void Room_that_was_asked_for_before_the_keeper_came_is_made_when_it_comes()
    {
        FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "customer");
        _cache.Publish(new EntryKey("one-more"), States.ViewOf(States.Granting("feature")), long.MaxValue);
        _cache.Bytes.Should().BeGreaterThan(CacheKeeper.StartEvictingAt(MaxBytes));

        StartKeeper();
        Settle(_keeper);

        _cache.Bytes.Should().BeLessThanOrEqualTo(CacheKeeper.EvictDownTo(MaxBytes));
    }

    [Fact]
    public void It_goes_on_after_a_restart()
    {
        StartKeeper();
        _keeper.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_keeper);
        FillTo(CacheKeeper.StartEvictingAt(MaxBytes), "customer");

        Overfill();

        _cache.Bytes.Should().BeLessThanOrEqualTo(CacheKeeper.EvictDownTo(MaxBytes));
    }

    [Fact]
    public void Stopped_it_is_not_asked_any_more()
    {
        StartKeeper();
        Settle(_keeper);
        Watch(_keeper);
        Sys.Stop(_keeper);
        ExpectTerminated(_keeper);
        var deadLetters = CreateTestProbe();
        Sys.EventStream.Subscribe(deadLetters.Ref, typeof(Akka.Event.DeadLetter));

        FillTo(MaxBytes, "customer");

        deadLetters.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void Nearly_as_many_questions_find_their_customer_as_with_exact_order_and_no_spare_room()
    {
        const int Customers = 20_000;
        const int Questions = 200_000;
        var random = new Random(4711);
        // The n-th customer is asked about 1/n times as often as the first.
        var weights = new double[Customers];
        for (var i = 0; i < Customers; i++)
            weights[i] = (i == 0 ? 0 : weights[i - 1]) + (1.0 / (i + 1));
        StartKeeper();
        var isRoomNeeded = false;
        _cache.RoomNeeded += (_, _) => isRoomNeeded = true;
        var exact = new LinkedList<int>();
        var places = new Dictionary<int, LinkedListNode<int>>();
        var room = (int)(MaxBytes / SizeOfOne);
        var (hits, exactHits) = (0, 0);

        for (var i = 0; i < Questions; i++)
        {
            var customer = Array.BinarySearch(weights, random.NextDouble() * weights[^1]) is var at && at < 0 ? ~at : at;
            // A thousand questions a second.
            var tick = i / 100;
            if (_cache.Find($"customer-{customer}") is { } views)
            {
                views.Touch(tick);
                hits++;
            }
            else
            {
                _cache.Publish(new EntryKey($"customer-{customer}"), States.ViewOf(States.Granting("feature")), tick).Should().BeTrue();
                if (isRoomNeeded)
                    Settle(_keeper);
                isRoomNeeded = false;
            }

            if (places.Remove(customer, out var place))
            {
                exact.Remove(place);
                exactHits++;
            }

            places[customer] = exact.AddFirst(customer);
            if (exact.Count > room)
            {
                places.Remove(exact.Last!.Value);
                exact.RemoveLast();
            }
        }

        var (rate, exactRate) = (100.0 * hits / Questions, 100.0 * exactHits / Questions);
        exactRate.Should().BeInRange(50, 95, "the trace tells good from bad");
        rate.Should().BeGreaterThan(exactRate - 2, $"of an exact order {exactRate:F1} % are found");
    }

    private static long SizeOfOne =>
        CustomerViews.Empty("customer-1000").With(null, States.ViewOf(States.Granting("feature"))).Size;

    private void StartKeeper()
    {
        var services = Services with { Cache = _cache };
        (_keeper, _) = Supervised(Props.Create(() => new CacheKeeper(services)), "cache");
    }

    // Publishes customers, each used a tick after the one before, up to a charge and not beyond.
    private int FillTo(long bytes, string name)
    {
        var count = 0;
        while (_cache.Bytes + SizeOfOne <= bytes)
        {
            _cache.Publish(new EntryKey($"{name}-{count}"), States.ViewOf(States.Granting("feature")), count).Should().BeTrue();
            count++;
        }

        return count;
    }

    // One customer of more than the room that FillTo left: with a second one the keeper might make room between the two.
    private void Overfill()
    {
        _cache.Publish(new EntryKey("overfill" + new string('-', 100)), States.ViewOf(States.Granting("feature")), 20_000_000);
        Settle(_keeper);
    }
}
