using FsCheck.Xunit;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cache;

/// <summary>What is charged, and what is refused.</summary>
public sealed partial class EntitlementCacheSpecs
{
    [Fact]
    public void What_fits_exactly_is_kept()
    {
        var cache = new EntitlementCache(SizeOf(Own, "feature"));

        cache.Publish(Own, ViewOf("feature"), 0).Should().BeTrue();

        cache.Bytes.Should().Be(cache.MaxBytes);
    }

    [Fact]
    public void One_byte_too_many_is_refused()
    {
        var cache = new EntitlementCache(SizeOf(Own, "feature") - 1);

        cache.Publish(Own, ViewOf("feature"), 0).Should().BeFalse();

        cache.Find(Own.CustomerId).Should().BeNull();
        cache.Bytes.Should().Be(0);
        cache.Count.Should().Be(0);
        cache.Refusals.Should().Be(1);
    }

    [Fact]
    public void Where_a_view_is_refused_the_older_one_is_gone_too()
    {
        var cache = new EntitlementCache(SizeOf(Own, "feature") + 100);
        cache.Publish(Own, ViewOf("feature"), 0).Should().BeTrue();

        cache.Publish(Own, ViewOf("feature", "another"), 0).Should().BeFalse();

        cache.Find(Own.CustomerId).Should().BeNull("an older view must not answer in its place");
        cache.Bytes.Should().Be(0);
    }

    [Fact]
    public void A_view_that_does_not_grow_is_taken_even_beyond_the_bound()
    {
        var cache = new EntitlementCache(SizeOf(Own, "feature"));
        cache.Publish(Own, ViewOf("feature"), 0);
        cache.Charge(1_000);

        cache.Publish(Own, ViewOf("another"[..7]), 0).Should().BeTrue();
    }

    [Fact]
    public void A_full_cache_asks_for_room()
    {
        var cache = new EntitlementCache(SizeOf(Own, "feature"));
        var asked = 0;
        cache.RoomNeeded += (_, _) => asked++;

        cache.Publish(Own, ViewOf("feature"), 0);
        asked.Should().Be(1);
        cache.Publish(new EntryKey("other"), ViewOf("feature"), 0);

        asked.Should().Be(2);
    }

    [Fact]
    public void A_cache_asks_for_room_from_where_its_keeper_makes_some()
    {
        var asked = 0;
        _cache.RoomNeeded += (_, _) => asked++;
        _cache.Publish(Own, ViewOf("feature"), 0);
        _cache.Charge(CacheKeeper.StartEvictingAt(_cache.MaxBytes) - _cache.Bytes);
        asked.Should().Be(0);

        _cache.Charge(1);
        asked.Should().Be(1);
        _cache.Publish(Own, ViewOf("feature"), 0);
        asked.Should().Be(2);
        _cache.Charge(-1);

        asked.Should().Be(2);
    }

    [Fact]
    public void What_else_is_charged_counts()
    {
        var cache = new EntitlementCache(SizeOf(Own, "feature"));
        cache.Charge(1);

        cache.Publish(Own, ViewOf("feature"), 0).Should().BeFalse();
        cache.Charge(-1);
        cache.Publish(Own, ViewOf("feature"), 0).Should().BeTrue();
    }

    [Fact]
    public void What_customers_have_in_common_is_charged_once_until_the_last_of_them_has_gone()
    {
        var (first, second) = (new EntryKey("customer-1"), new EntryKey("customer-2"));
        _cache.Publish(first, ViewOf("a", "b"), 0);
        var one = _cache.Bytes;

        _cache.Publish(second, ViewOf("a", "b"), 0);
        (_cache.Bytes - one).Should().Be(_cache.Find(second.CustomerId)!.Size).And.BeLessThan(one);

        _cache.Remove(_cache.Find(first.CustomerId)!);
        _cache.Bytes.Should().Be(one, "the other one has it still");
        _cache.Publish(second, ViewOf("a"), 0);
        _cache.Bytes.Should().Be(SizeOf(second, "a"), "nobody has the rest any more");
        _cache.Remove(_cache.Find(second.CustomerId)!);
        _cache.Bytes.Should().Be(0);
    }

    [Fact]
    public void Unknown_customers_take_at_most_a_tenth()
    {
        var size = CustomerViews.Empty("u0").With(null, States.ViewOf(States.Unknown)).Size;
        var cache = new EntitlementCache(size * 3 * EntitlementCache.UnknownShare);

        Enumerable.Range(0, 4).Select(i => cache.Publish(new EntryKey($"u{i}"), States.ViewOf(States.Unknown), 0))
            .Should().Equal(true, true, true, false);

        cache.UnknownBytes.Should().Be(cache.MaxUnknownBytes);
        cache.Publish(Own, ViewOf("feature"), 0).Should().BeTrue("others have the rest");
    }

    [Fact]
    public void An_unknown_customer_that_arrives_leaves_that_share()
    {
        _cache.Publish(Own, States.ViewOf(States.Unknown), 0);
        _cache.UnknownBytes.Should().Be(_cache.Bytes);

        _cache.Publish(Own, ViewOf("feature"), 0);

        _cache.UnknownBytes.Should().Be(0);
        _cache.Bytes.Should().Be(Charges.OfViews(_cache));
    }

    [Fact]
    public void A_customer_with_a_resource_that_is_known_is_not_unknown()
    {
        _cache.Publish(Own, States.ViewOf(States.Unknown), 0);
        _cache.Publish(Resource, ViewOf("feature"), 0);

        _cache.Find(Own.CustomerId)!.IsUnknown.Should().BeFalse();
        _cache.UnknownBytes.Should().Be(0);
    }

    [Fact]
    public void A_customer_whose_resources_are_all_unknown_is_unknown_until_it_is_known()
    {
        _cache.Publish(Resource, States.ViewOf(States.Unknown), 0);
        _cache.Find(Own.CustomerId)!.IsUnknown.Should().BeTrue();

        _cache.Publish(Own, ViewOf("feature"), 0);

        _cache.Find(Own.CustomerId)!.IsUnknown.Should().BeFalse();
    }

    [Property(MaxTest = 150)]
    public void Whatever_is_published_and_removed_what_is_charged_is_what_is_kept(
        (byte Customer, byte Resource, byte Features, bool IsRemoved)[] steps)
    {
        var cache = new EntitlementCache(20_000);
        foreach (var (customer, resource, features, isRemoved) in steps)
        {
            var key = KeyOf(customer, resource);
            if (!isRemoved)
                cache.Publish(key, StateOf(features), 0);
            else if (cache.Find(key.CustomerId) is { } views)
                cache.Remove(views).Should().BeTrue();
            ExpectConsistent(cache);
        }

        Empty(cache);
    }

    [Fact]
    public async Task Whatever_many_tasks_publish_and_remove_at_once_what_is_charged_is_what_is_kept()
    {
        var cache = new EntitlementCache(60_000);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 4_000; i++)
            {
                var key = KeyOf((byte)random.Next(256), (byte)random.Next(256));
                if (random.Next(4) > 0)
                    cache.Publish(key, StateOf((byte)random.Next(256)), i);
                else if (cache.Find(key.CustomerId) is { } views)
                    cache.Remove(views);
            }
        })));

        ExpectConsistent(cache);
        Empty(cache);
    }

    private static EntryKey KeyOf(byte customer, byte resource) =>
        new($"customer-{customer % 16}", resource % 4 == 0 ? null : $"resource-{resource % 4}");

    private static EntitlementView StateOf(byte features) => States.ViewOf(features % 5 == 0
        ? States.Unknown
        : States.Granting([.. Enumerable.Range(0, features % 40).Select(i => $"feature-{i}")]));

    private static void ExpectConsistent(EntitlementCache cache)
    {
        cache.Bytes.Should().Be(Charges.OfViews(cache)).And.Be(cache.ViewBytes).And.BeLessThanOrEqualTo(cache.MaxBytes);
        cache.UnknownBytes.Should().Be(cache.All().Where(v => v.IsUnknown).Sum(v => v.Size))
            .And.BeLessThanOrEqualTo(cache.MaxUnknownBytes);
    }

    private static void Empty(EntitlementCache cache)
    {
        foreach (var views in cache.All().ToList())
            cache.Remove(views).Should().BeTrue();
        (cache.Bytes, cache.ViewBytes, cache.UnknownBytes, cache.Count).Should().Be((0, 0, 0, 0));
    }

    private static long SizeOf(EntryKey key, params string[] features) =>
        Charges.Of(key, ViewOf(features));
}
