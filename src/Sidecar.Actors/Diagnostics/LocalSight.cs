using Akka.Actor;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Sees the customers' actors of a process by itself.</summary>
/// <param name="time">The source of time.</param>
/// <param name="place">Where they are, once it is there.</param>
public sealed class LocalSight(TimeProvider time, Func<CancellationToken, Task<IActorRef>> place) : ICustomerSight
{
    private const string Here = "this process";

    /// <inheritdoc/>
    public async Task<(string Owner, ActorDescription Actor)> DescribeAsync(EntryKey key, TimeSpan patience) =>
        (Here, await AskAsync<ActorDescription>(new Describe(key), patience) ?? ActorDescription.Silent);

    /// <inheritdoc/>
    public async Task<ShardsSeen> ShardsAsync(TimeSpan patience)
    {
        var counted = await AskAsync<ActorsCounted>(CountActors.Instance, patience);
        var actors = counted?.ByShard.ToDictionary(one => one.Key, one => ((string?)null, (int?)one.Value)) ?? [];
        return new ShardsSeen(actors, static _ => true, counted is null ? "the shards did not answer in time" : null);
    }

    /// <inheritdoc/>
    public ClusterReport? Cluster() => null;

    // Null where there was no answer in time.
    internal async Task<TAnswer?> AskAsync<TAnswer>(object message, TimeSpan patience)
        where TAnswer : class
    {
        try
        {
            var known = await place(CancellationToken.None).WaitAsync(patience, time);
            return await SightAsk.AskAsync<TAnswer>(known, message, patience, time);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
