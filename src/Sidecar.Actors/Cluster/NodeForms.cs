using Google.Protobuf;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Nodes;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// The form that each <see cref="INodeMessage"/> is sent in. A word that only a newer release knows gets the most careful meaning.
/// </summary>
internal static class NodeForms
{
    /// <summary>The form of a message; null for one that has none.</summary>
    public static IMessage? Write(object message) => message switch
    {
        AskOwner of => new Wire.AskOwner
        {
            Id = of.Id,
            Key = NodeEntries.Write(of.Key),
            MaxWaitTicks = of.MaxWait.Ticks,
            Holder = Write(of.Holder),
        },
        OwnerReads of => new Wire.OwnerReads { Id = of.Id },
        EntryGranted of => new Wire.EntryGranted
        {
            Id = of.Id,
            Owner = Write(of.Owner),
            Entry = of.Entry is { } entry ? Write(entry) : null,
            Customer = of.Customer is { } customer ? Write(customer) : null,
            Source = Write(of.Source),
            LeaseTicks = of.Lease.Ticks,
        },
        PushLease of => new Wire.PushLease { Push = of.Push, Owner = Write(of.Owner), Entry = Write(of.Entry) },
        LeasePushed of => new Wire.LeasePushed { Push = of.Push, IsHeld = of.IsHeld },
        RevokeLease of => new Wire.RevokeLease { Push = of.Push, Owner = Write(of.Owner), Key = NodeEntries.Write(of.Key) },
        BringNews of => new Wire.BringNews { Id = of.Id, News = NodeNews.Write(of.News) },
        NewsBrought of => new Wire.NewsBrought { Id = of.Id, Outcome = Write(of.Outcome) },
        InvalidateAtOwner of => new Wire.InvalidateAtOwner { Key = NodeEntries.Write(of.Key) },
        StoredChanged of => new Wire.StoredChanged { Key = NodeEntries.Write(of.Key) },
        ReloadAtOwner of => new Wire.ReloadAtOwner { Id = of.Id, Key = NodeEntries.Write(of.Key) },
        OwnerReloaded of => new Wire.OwnerReloaded { Id = of.Id, State = of.State is { } state ? NodeStates.Write(state) : null },
        _ => null,
    };

    public static AskOwner Read(Wire.AskOwner told) =>
        new(told.Id, NodeEntries.Read(told.Key), Length(told.MaxWaitTicks), Read(told.Holder));

    public static OwnerReads Read(Wire.OwnerReads told) => new(told.Id);

    public static EntryGranted Read(Wire.EntryGranted told) => new(
        told.Id,
        Read(told.Owner),
        told.Entry is { } entry ? Read(entry) : null,
        told.Customer is { } customer ? Read(customer) : null,
        Read(told.Source),
        Length(told.LeaseTicks));

    public static PushLease Read(Wire.PushLease told) =>
        new(told.Push, Read(told.Owner), Read(NodeBytes.Expect(told.Entry, "the entry that is pushed")));

    public static LeasePushed Read(Wire.LeasePushed told) => new(told.Push, told.IsHeld);

    public static RevokeLease Read(Wire.RevokeLease told) => new(told.Push, Read(told.Owner), NodeEntries.Read(told.Key));

    public static BringNews Read(Wire.BringNews told) => new(told.Id, NodeNews.Read(told.News));

    public static NewsBrought Read(Wire.NewsBrought told) => new(told.Id, Read(told.Outcome));

    public static InvalidateAtOwner Read(Wire.InvalidateAtOwner told) => new(NodeEntries.Read(told.Key));

    public static StoredChanged Read(Wire.StoredChanged told) => new(NodeEntries.Read(told.Key));

    public static ReloadAtOwner Read(Wire.ReloadAtOwner told) => new(told.Id, NodeEntries.Read(told.Key));

    public static OwnerReloaded Read(Wire.OwnerReloaded told) => new(told.Id, told.State is { } state ? NodeStates.Read(state) : null);

    private static Wire.Owner Write(OwnerId owner) => new() { Address = owner.Address, Uid = owner.Uid };

    private static OwnerId Read(Wire.Owner? told)
    {
        var owner = NodeBytes.Expect(told, "the node that speaks");
        return new OwnerId(NodeBytes.ExpectText(owner.Address, "a node's address"), owner.Uid);
    }

    private static Wire.LeasedEntry Write(LeasedEntry entry) => new()
    {
        Key = NodeEntries.Write(entry.Key),
        State = NodeStates.Write(entry.State),
        AgeTicks = entry.Age.Ticks,
        Version = entry.Version,
        IsUnconfirmed = entry.IsUnconfirmed,
    };

    private static LeasedEntry Read(Wire.LeasedEntry told) => new(
        NodeEntries.Read(told.Key),
        NodeStates.Read(NodeBytes.Expect(told.State, "an entry's state")),
        Length(told.AgeTicks),
        told.Version,
        told.IsUnconfirmed);

    // Below zero is no length of time, and would take whoever reckons with it out of bounds.
    private static TimeSpan Length(long ticks) => TimeSpan.FromTicks(Math.Max(0, ticks));

    private static Wire.AnswerSource Write(AnswerSource source) => source switch
    {
        AnswerSource.Memory => Wire.AnswerSource.Memory,
        AnswerSource.Redis => Wire.AnswerSource.Redis,
        AnswerSource.Upstream => Wire.AnswerSource.Upstream,
        AnswerSource.Stale => Wire.AnswerSource.Stale,
        AnswerSource.RequestFallback => Wire.AnswerSource.RequestFallback,
        AnswerSource.GlobalFallback => Wire.AnswerSource.GlobalFallback,
        AnswerSource.Default => Wire.AnswerSource.Default,
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "not a source"),
    };

    private static AnswerSource Read(Wire.AnswerSource source) => source switch
    {
        Wire.AnswerSource.Memory => AnswerSource.Memory,
        Wire.AnswerSource.Redis => AnswerSource.Redis,
        Wire.AnswerSource.Upstream => AnswerSource.Upstream,
        Wire.AnswerSource.RequestFallback => AnswerSource.RequestFallback,
        Wire.AnswerSource.GlobalFallback => AnswerSource.GlobalFallback,
        Wire.AnswerSource.Default => AnswerSource.Default,
        _ => AnswerSource.Stale,
    };

    private static Wire.NewsOutcome Write(NewsOutcome outcome) => outcome switch
    {
        NewsOutcome.Applied => Wire.NewsOutcome.Applied,
        NewsOutcome.Older => Wire.NewsOutcome.Older,
        NewsOutcome.NotHeld => Wire.NewsOutcome.NotHeld,
        NewsOutcome.Unreadable => Wire.NewsOutcome.Unreadable,
        NewsOutcome.Lost => Wire.NewsOutcome.Lost,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "not an outcome"),
    };

    private static NewsOutcome Read(Wire.NewsOutcome outcome) => outcome switch
    {
        Wire.NewsOutcome.Applied => NewsOutcome.Applied,
        Wire.NewsOutcome.Older => NewsOutcome.Older,
        Wire.NewsOutcome.NotHeld => NewsOutcome.NotHeld,
        Wire.NewsOutcome.Unreadable => NewsOutcome.Unreadable,
        _ => NewsOutcome.Lost,
    };
}
