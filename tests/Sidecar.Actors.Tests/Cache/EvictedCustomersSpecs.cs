using Sidecar.Actors.Cache;

namespace Sidecar.Actors.Tests.Cache;

/// <summary>Who comes back soon after an eviction.</summary>
public sealed class EvictedCustomersSpecs
{
    private readonly EvictedCustomers _evicted = new(EntitlementCache.SmallestMaxBytes);

    [Fact]
    public void One_that_was_evicted_and_comes_is_counted_once()
    {
        _evicted.Went("customer");

        _evicted.Came("customer");
        _evicted.Came("customer");

        _evicted.Returns.Should().Be(1);
    }

    [Fact]
    public void One_that_comes_for_the_first_time_is_not_counted()
    {
        _evicted.Came("other");
        _evicted.Went("customer");
        _evicted.Came("other");

        _evicted.Returns.Should().Be(0);
    }

    [Fact]
    public void So_many_are_remembered_at_most_and_most_of_the_last_ones_are()
    {
        for (var i = 0; i < 100_000; i++)
            _evicted.Went($"customer-{i}");
        for (var i = 0; i < 100_000 - EvictedCustomers.Fewest; i++)
            _evicted.Came($"customer-{i}");
        _evicted.Returns.Should().BeLessThanOrEqualTo(EvictedCustomers.Fewest);
        var before = _evicted.Returns;

        for (var i = 100_000 - EvictedCustomers.Fewest; i < 100_000; i++)
            _evicted.Came($"customer-{i}");

        (_evicted.Returns - before).Should().BeInRange(EvictedCustomers.Fewest / 2, EvictedCustomers.Fewest);
    }

    [Theory]
    [InlineData(0, EvictedCustomers.Fewest)]
    [InlineData(2048L * 513, 1024)]
    [InlineData(long.MaxValue, EvictedCustomers.Most)]
    public void Its_size_follows_the_bound_within_limits(long maxBytes, int size) => new EvictedCustomers(maxBytes).Size.Should().Be(size);
}
