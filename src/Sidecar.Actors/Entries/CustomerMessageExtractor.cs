using System.Globalization;
using Akka.Cluster.Sharding;

namespace Sidecar.Actors.Entries;

/// <summary>Finds the actor and the shard of a customer's message in a cluster, as <see cref="CustomerShards"/> does in a process by itself.</summary>
public sealed class CustomerMessageExtractor : HashCodeMessageExtractor
{
    /// <summary>Makes the extractor.</summary>
    public CustomerMessageExtractor()
        : base(CustomerShards.Count)
    {
    }

    /// <inheritdoc/>
    public override string? EntityId(object message) =>
        message is ICustomerMessage customer ? CustomerShards.EntityOf(customer.Key.CustomerId) : null;

    /// <inheritdoc/>
    public override string ShardId(string entityId, object? messageHint = null) =>
        CustomerShards.NumberOfEntity(entityId).ToString(CultureInfo.InvariantCulture);
}
