using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cache;

/// <summary>A view as it stands in the cache, with the mark that keeps many questions from asking for the same re-read.</summary>
/// <param name="view">The view.</param>
public sealed class PublishedView(EntitlementView view)
{
    private const long Never = long.MinValue;
    private long _refreshAskedAt = Never;

    /// <summary>The view.</summary>
    public EntitlementView View => view;

    /// <summary>Takes the right to ask for a re-read: true for one caller an interval.</summary>
    /// <param name="tick">The present, in ticks of the cache.</param>
    /// <param name="interval">Ticks until somebody else may ask again.</param>
    public bool TryAskRefresh(long tick, long interval)
    {
        var asked = Volatile.Read(ref _refreshAskedAt);
        return (asked == Never || tick - asked >= interval)
            && Interlocked.CompareExchange(ref _refreshAskedAt, tick, asked) == asked;
    }
}

/// <summary>
/// All views of one customer, its own and its resources': one object, replaced as a whole and evicted as a whole. Nothing in it changes
/// but the tick of its last use, which stands here and not behind a reference: a question is to touch as little memory as can be.
/// </summary>
public sealed class CustomerViews
{
    private const long EntryBytes = 176;
    private const long ResourceBytes = 240;
    private long _lastUsed;

    private CustomerViews(
        string customerId, PublishedView? own, ImmutableDictionary<string, PublishedView> resources, long lastUsed, long size)
    {
        CustomerId = customerId;
        Own = own;
        OwnView = own?.View;
        Resources = resources;
        _lastUsed = lastUsed;
        Size = size;
    }

    /// <summary>The customer.</summary>
    public string CustomerId { get; }

    /// <summary>The customer's own view, or null.</summary>
    public PublishedView? Own { get; }

    /// <summary>The view in <see cref="Own"/>, at hand.</summary>
    public EntitlementView? OwnView { get; }

    /// <summary>The resources' views, by resource id.</summary>
    public ImmutableDictionary<string, PublishedView> Resources { get; }

    /// <summary>What all this occupies, in bytes.</summary>
    public long Size { get; }

    /// <summary>How many entitlements the views hold.</summary>
    public int Entitlements { get; private init; }

    /// <summary>True where the cloud knows neither the customer nor one of the resources: such views have a bound of their own.</summary>
    public bool IsUnknown => Own is { View.State.IsUnknown: true } or null && Resources.Values.All(r => r.View.State.IsUnknown);

    /// <summary>The tick of the last use.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>An empty set of views.</summary>
    public static CustomerViews Empty(string customerId) => new(
        customerId,
        null,
        ImmutableDictionary.Create<string, PublishedView>(StringComparer.Ordinal),
        lastUsed: 0,
        EntryBytes + StateSize.Of(customerId));

    /// <summary>The view of an entry, or null.</summary>
    public PublishedView? Find(string? resourceId) =>
        resourceId is null ? Own : Resources.GetValueOrDefault(resourceId);

    /// <summary>The same with one view replaced.</summary>
    public CustomerViews With(string? resourceId, EntitlementView view)
    {
        var replaced = Find(resourceId)?.View;
        var size = Size - (replaced is null ? 0 : SizeOf(resourceId, replaced)) + SizeOf(resourceId, view);
        var entitlements = Entitlements - (replaced?.State.Count ?? 0) + view.State.Count;
        return resourceId is null
            ? new CustomerViews(CustomerId, new PublishedView(view), Resources, LastUsed, size) { Entitlements = entitlements }
            : new CustomerViews(CustomerId, Own, Resources.SetItem(resourceId, new PublishedView(view)), LastUsed, size)
            {
                Entitlements = entitlements,
            };
    }

    /// <summary>Notes a use. Writes only when the tick is a new one, so that cores don't fight over the cell.</summary>
    public void Touch(long tick)
    {
        if (Volatile.Read(ref _lastUsed) != tick)
            Volatile.Write(ref _lastUsed, tick);
    }

    private static long SizeOf(string? resourceId, EntitlementView view) =>
        StateSize.Of(view.State) + (resourceId is null ? 0 : ResourceBytes + StateSize.Of(resourceId));
}
