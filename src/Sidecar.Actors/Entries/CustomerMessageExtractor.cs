using System.Globalization;
using Akka.Cluster.Sharding;

namespace Sidecar.Actors.Entries;

/// <summary>Finds the actor and the shard of a customer's message.</summary>
public sealed class CustomerMessageExtractor : HashCodeMessageExtractor
{
    /// <summary>The number of shards. Never changed between releases: nodes of both would look for a customer in different places.</summary>
    public const int Shards = 100;

    // In front of the id, so that no id is a name with a meaning of its own, such as "..".
    private const string Mark = "c";

    /// <summary>Makes the extractor.</summary>
    public CustomerMessageExtractor()
        : base(Shards)
    {
    }

    /// <inheritdoc/>
    public override string? EntityId(object message) =>
        message is ICustomerMessage customer ? Mark + customer.Key.CustomerId : null;

    /// <summary>The number of a customer's shard.</summary>
    public int ShardOf(string customerId) => int.Parse(ShardId(Mark + customerId, null), CultureInfo.InvariantCulture);
}
