using Akka.Cluster.Sharding;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

public sealed class CustomerMessageExtractorSpecs
{
    private static readonly string[] Ids =
        ["a", "A", "a ", " a", ".", "..", "", "a/b", "a%2Fb", "%", "a:r_b", "c", "ca", "\U0001F600", "\0", "caf\u00e9", "cafe\u0301", "$"];

    private readonly CustomerMessageExtractor _extractor = new();

    [Fact]
    public void Each_customer_has_an_actor_of_its_own() =>
        Ids.Select(id => _extractor.EntityId(AskedOf(id))).Should().OnlyHaveUniqueItems().And.NotContainNulls();

    [Fact]
    public void No_actors_name_has_a_meaning_of_its_own() =>
        Ids.Select(id => _extractor.EntityId(AskedOf(id))).Should().OnlyContain(name => name!.StartsWith('c'));

    [Fact]
    public void A_customer_and_its_resources_share_the_actor_and_so_do_all_messages()
    {
        var key = new EntryKey("customer");
        var resource = new EntryKey("customer", "resource");
        var messages = new ICustomerMessage[]
        {
            new Question(key, TimeSpan.Zero), new Question(resource, TimeSpan.Zero), new Refresh(key), new Refresh(resource),
            new Invalidate(key), new Invalidate(resource),
        };

        messages.Select(_extractor.EntityId).Distinct(StringComparer.Ordinal).Should().ContainSingle();
        messages.Select(m => _extractor.ShardId(_extractor.EntityId(m)!, m)).Distinct(StringComparer.Ordinal).Should().ContainSingle();
    }

    [Fact]
    public void What_is_not_about_a_customer_has_no_actor() => _extractor.EntityId("anything").Should().BeNull();

    [Fact]
    public void Customers_are_spread_over_all_hundred_shards()
    {
        var shards = Enumerable.Range(0, 5_000).Select(i => AskedOf($"customer-{i}"))
            .Select(message => _extractor.ShardId(_extractor.EntityId(message)!, message))
            .ToList();

        shards.Distinct(StringComparer.Ordinal).Should().HaveCount(CustomerShards.Count).And.HaveCount(100);
    }

    [Fact]
    public void A_customer_is_in_the_same_shard_in_a_cluster_and_in_a_process_by_itself() =>
        Ids.Concat(Enumerable.Range(0, 1_000).Select(i => $"customer-{i}"))
            .Should().OnlyContain(id => _extractor.ShardId(_extractor.EntityId(AskedOf(id))!, null) == $"{CustomerShards.NumberOf(id)}");

    [Fact]
    public void The_number_of_a_shard_is_the_one_that_earlier_releases_knew()
    {
        var earlier = new EarlierExtractor();

        Ids.Concat(Enumerable.Range(0, 1_000).Select(i => $"customer-{i}"))
            .Should().OnlyContain(id => earlier.ShardId("c" + id, null) == $"{CustomerShards.NumberOf(id)}");
    }

    private static Question AskedOf(string customer) => new(new EntryKey(customer), TimeSpan.Zero);

    private sealed class EarlierExtractor() : HashCodeMessageExtractor(100)
    {
        public override string? EntityId(object message) => null;
    }
}
