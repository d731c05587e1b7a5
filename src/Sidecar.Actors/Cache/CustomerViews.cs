using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cache;

/// <summary>
/// All views of one customer, its own and its resources': one object, replaced as a whole and evicted as a whole. Nothing in it changes
/// but two ticks, that of its last use and that of the last request to read again, which stand here and not behind a reference: a
/// question is to touch as little memory as can be.
/// </summary>
public sealed class CustomerViews
{
    private const long Never = long.MinValue;

    // Longer ids are rare, and cost more to copy than is saved.
    private const int LongestCopied = 64;

    // Its place in the table, 16 bytes, with its share of those that are empty, mostly a quarter to three quarters of all. And this object.
    private const long EntryBytes = 32 + HeapSize.Head + (7 * HeapSize.Field);

    // A resource's node in the tree, and the mark.
    private const long ResourceBytes = 64 + MarkBytes;
    private const long TreeBytes = 40;
    private const long MarkBytes = HeapSize.Head + (2 * HeapSize.Field);

    private static readonly ImmutableDictionary<string, ResourceView> NoResources =
        ImmutableDictionary.Create<string, ResourceView>(StringComparer.Ordinal);

    private readonly ImmutableDictionary<string, ResourceView> _resources;
    private readonly int _entitlements;
    private long _lastUsed;
    private long _refreshAskedAt = Never;

    private CustomerViews(
        string customerId,
        EntitlementView? own,
        ImmutableDictionary<string, ResourceView> resources,
        long lastUsed,
        long size,
        int entitlements)
    {
        // Made here, it stands beside this object, also after a collection: a question that compares it waits for one place in memory and not for two.
        CustomerId = customerId.Length <= LongestCopied ? new string(customerId) : customerId;
        Own = own;
        _resources = resources;
        _lastUsed = lastUsed;
        Size = size;
        _entitlements = entitlements;
    }

    /// <summary>The customer.</summary>
    public string CustomerId { get; }

    /// <summary>The customer's own view, or null.</summary>
    public EntitlementView? Own { get; }

    /// <summary>The resources' views, with the resources' ids, in no order.</summary>
    public IEnumerable<(string ResourceId, EntitlementView View)> Resources =>
        _resources.IsEmpty ? [] : _resources.Select(static pair => (pair.Key, pair.Value.View));

    /// <summary>What all this occupies, in bytes, without what it may have in common with other customers.</summary>
    public long Size { get; }

    /// <summary>How many entitlements the views hold.</summary>
    public int Entitlements => _entitlements;

    /// <summary>True where the cloud knows neither the customer nor one of the resources: such views have a bound of their own.</summary>
    public bool IsUnknown => Own is { State.IsUnknown: true } or null
        && (_resources.IsEmpty || _resources.Values.All(r => r.View.State.IsUnknown));

    /// <summary>The tick of the last use.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>An empty set of views.</summary>
    public static CustomerViews Empty(string customerId) =>
        new(customerId, null, NoResources, lastUsed: 0, EntryBytes + HeapSize.Of(customerId), entitlements: 0);

    /// <summary>The view of an entry, or null.</summary>
    public EntitlementView? Find(string? resourceId) =>
        resourceId is null ? Own : _resources.GetValueOrDefault(resourceId)?.View;

    /// <summary>The same with one view replaced.</summary>
    public CustomerViews With(string? resourceId, EntitlementView view)
    {
        var replaced = Find(resourceId);
        var entitlements = _entitlements - (replaced?.State.Count ?? 0) + view.State.Count;
        var size = Size - (replaced is null ? 0 : SizeOf(replaced)) + SizeOf(view);
        if (resourceId is null)
            return new CustomerViews(CustomerId, view, _resources, LastUsed, size, entitlements);
        if (replaced is null)
            size += ResourceBytes + HeapSize.Of(resourceId) + (_resources.IsEmpty ? TreeBytes : 0);
        // Its own view is the same as before, and has been asked to be read again or not.
        return new CustomerViews(CustomerId, Own, _resources.SetItem(resourceId, new ResourceView(view)), LastUsed, size, entitlements)
        {
            _refreshAskedAt = Volatile.Read(ref _refreshAskedAt),
        };
    }

    /// <summary>Notes a use. Writes only when the tick is a new one, so that cores don't fight over the cell.</summary>
    public void Touch(long tick)
    {
        if (Volatile.Read(ref _lastUsed) != tick)
            Volatile.Write(ref _lastUsed, tick);
    }

    /// <summary>Takes the right to ask for a re-read of a view that is here: true for one caller an interval.</summary>
    /// <param name="resourceId">The resource, or null for the customer's own view.</param>
    /// <param name="tick">The present, in ticks of the cache.</param>
    /// <param name="interval">Ticks until somebody else may ask again.</param>
    public bool TryAskRefresh(string? resourceId, long tick, long interval) =>
        TryAskRefresh(ref (resourceId is null ? ref _refreshAskedAt : ref _resources[resourceId].RefreshAskedAt), tick, interval);

    private static bool TryAskRefresh(ref long askedAt, long tick, long interval)
    {
        var asked = Volatile.Read(ref askedAt);
        return (asked == Never || tick - asked >= interval) && Interlocked.CompareExchange(ref askedAt, tick, asked) == asked;
    }

    private static long SizeOf(EntitlementView view) => view.OwnSize + view.State.OwnSize;

    // A resource's view, and the mark that keeps many questions from asking for the same re-read.
    private sealed class ResourceView(EntitlementView view)
    {
        public long RefreshAskedAt = Never;

        public EntitlementView View => view;
    }
}
