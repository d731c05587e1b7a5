using System.Text;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Wire;

namespace Sidecar.Emulator.Updates;

/// <summary>
/// The real-time updates of the emulated cloud: what is told, to whom, and what goes wrong with that. Safe for many threads.
/// A push returns how many messages it has put on the way: one for each subscription to its kind and copy, none while updates
/// are held back.
/// </summary>
public sealed class UpdateStream
{
    /// <summary>How many messages may wait for one slow client before its connection is reset.</summary>
    public const int MostQueued = 20_000;

    /// <summary>How many updates may be held back.</summary>
    public const int MostHeld = 100_000;

    private readonly CustomerStore _store;
    private readonly TimeProvider _time;
    private volatile bool _isAutomatic = true;
    private int _invalidKeyCode = CloseFrame.InvalidKey.Code;

    internal UpdateStream(CustomerStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        Faults = new UpdateFaults(Hub);
        store.Changed = Follow;
    }

    /// <summary>What is open and what was counted.</summary>
    public UpdateCounters Counts { get; } = new();

    /// <summary>What goes wrong.</summary>
    public UpdateFaults Faults { get; }

    /// <summary>Whether every change of the data is told at once, in the order of the changes. Usually it is.</summary>
    public bool IsAutomatic
    {
        get => _isAutomatic;
        set => _isAutomatic = value;
    }

    /// <summary>How often each update is sent from now on; usually 1.</summary>
    public int Copies
    {
        get => Hub.Copies;
        set => Hub.Copies = value;
    }

    /// <summary>How long a new socket may stay without a <c>connection_init</c>.</summary>
    public TimeSpan InitTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The code with which a wrong key is told; clouds differ in it, the reason is what counts.</summary>
    public int InvalidKeyCode
    {
        get => _invalidKeyCode;
        set => _invalidKeyCode = CloseFrame.Of(value, CloseFrame.InvalidKey.Reason).Code;
    }

    /// <summary>How many updates are held back.</summary>
    public int Held => Hub.Held;

    internal UpdateHub Hub { get; } = new();

    /// <summary>Tells the present state of a customer, or of one of its resources, whether it is known or not.</summary>
    public int PushState(string customerId, string? resourceId = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(customerId);
        return _store.Read(data => Hub.Push(StateOf(data, customerId, resourceId)));
    }

    /// <summary>Tells an empty list without a reason, which says only that something has changed.</summary>
    public int PushChanged(string customerId, string? resourceId = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(customerId);
        return Hub.Push(Update.OfEntitlements(customerId, resourceId, EntitlementsState.Empty(reason: null)));
    }

    /// <summary>Tells any usage, whatever the data says.</summary>
    public int PushUsage(UsageUpdate usage)
    {
        ArgumentNullException.ThrowIfNull(usage);
        return Hub.Push(Update.OfUsage(usage));
    }

    /// <summary>Tells that a package was published.</summary>
    public int PushPackage(PackagePublication package)
    {
        ArgumentNullException.ThrowIfNull(package);
        return Hub.Push(Update.OfPackage(package));
    }

    /// <summary>Sends this text as the payload of an update, whatever was asked for. Where it is no JSON, the message is none.</summary>
    public int PushPayload(UpdateKind kind, string payload)
    {
        ArgumentException.ThrowIfNullOrEmpty(payload);
        return Hub.Push(new Update(kind, default, payload));
    }

    /// <summary>
    /// Sends this text as one message to every open socket, subscribed or not, and at once even while updates are held back.
    /// </summary>
    public int SendText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendAll(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Sends a ping to every open socket.</summary>
    public int SendPing() => SendAll(ServerMessage.Ping);

    /// <summary>Sends a ping whose payload makes it exactly so long to every open socket.</summary>
    public int SendPing(int bytes)
    {
        if (bytes < ServerMessage.LeastSize)
            throw new ArgumentException($"bytes: must be at least {ServerMessage.LeastSize}", nameof(bytes));
        return SendAll(ServerMessage.OfSize(bytes));
    }

    /// <summary>Ends all subscriptions by <c>complete</c>; the sockets stay open.</summary>
    public int CompleteSubscriptions() => Hub.Each(socket => socket.EndSubscriptions(ServerMessage.Complete));

    /// <summary>Ends all subscriptions by <c>error</c>; the sockets stay open.</summary>
    public int FailSubscriptions(string message) =>
        Hub.Each(socket => socket.EndSubscriptions(id => ServerMessage.Error(id, [message])));

    /// <summary>Holds all updates back from now on.</summary>
    public void Hold() => Hub.Hold();

    /// <summary>Tells what was held back to those who are subscribed now, and holds no longer.</summary>
    /// <param name="order">In which order.</param>
    /// <param name="seed">Which of the many shuffled orders.</param>
    public int Release(ReleaseOrder order = ReleaseOrder.Pushed, int seed = 0) => Hub.Release(order, seed);

    private int SendAll(ReadOnlyMemory<byte> text) => Hub.Each(socket => socket.Send(text) ? 1 : 0);

    private void Follow(DataChange change)
    {
        if (!_isAutomatic || !Hub.IsOfUse)
            return;
        if (change is DataChange.Usage usage)
            Hub.Push(UsageOf(usage));
        else
            foreach (var resourceId in ChangedEntries(change))
                Hub.Push(StateOf(change.After, change.CustomerId, resourceId));
    }

    private Update StateOf(EmulatorData data, string customerId, string? resourceId) =>
        Update.OfEntitlements(customerId, resourceId, StateComposer.Compose(data, customerId, resourceId, _time.GetUtcNow()));

    /// <summary>The customer's own entry, which is no resource, and the resources that are no longer what they were.</summary>
    private static IEnumerable<string?> ChangedEntries(DataChange change)
    {
        var before = change.Before.Customers.GetValueOrDefault(change.CustomerId);
        var after = change.After.Customers.GetValueOrDefault(change.CustomerId);
        var all = before is { Archived: false } != after is { Archived: false };
        var resources = (before?.Resources.Keys ?? []).Union(after?.Resources.Keys ?? [], StringComparer.Ordinal)
            .Where(id => all || !ReferenceEquals(before?.Resources.GetValueOrDefault(id), after?.Resources.GetValueOrDefault(id)));
        return [null, .. resources];
    }

    /// <summary>What a read tells of the usage; where it tells nothing of it, what is kept.</summary>
    private Update UsageOf(DataChange.Usage change)
    {
        var (data, now) = (change.After, _time.GetUtcNow());
        var customer = data.Customers[change.CustomerId];
        Entitled entitled = change.ResourceId is null ? customer : customer.Resources[change.ResourceId];
        var kept = (change.OfCredits ? entitled.CreditUsage : entitled.Usage)[change.Id];
        var feature = change.OfCredits || customer.Archived ? null : StateComposer.Feature(data, entitled, change.Id, now);
        var credit = change.OfCredits && !customer.Archived ? StateComposer.Credit(data, entitled, change.Id, now) : null;
        var period = feature?.Period ?? credit?.Period;
        return Update.OfUsage(new UsageUpdate
        {
            CustomerId = change.CustomerId,
            ResourceId = change.ResourceId,
            EntitlementId = change.Id,
            OfCredits = change.OfCredits,
            CurrentUsage = feature?.CurrentUsage ?? credit?.CurrentUsage ?? kept.CurrentUsage,
            UpdatedAt = kept.UpdatedAt,
            PeriodStart = period?.Start,
            PeriodEnd = period?.End,
        });
    }
}
