using FsCheck;
using FsCheck.Fluent;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>Random messages between nodes.</summary>
public static class RandomNodeMessages
{
    private static readonly Gen<string> Id = Gen.Elements("a", "customer-1", " ", "c:r_d", "ä日😀", new string('x', 3000));

    private static readonly Gen<EntryKey> Key =
        from customer in Id
        from resource in Gen.OneOf(Gen.Constant<string?>(null), Id.Select(string? (id) => id))
        select new EntryKey(customer, resource);

    private static readonly Gen<long> Number = Gen.OneOf(
        Gen.Elements(0, 1, -1, long.MaxValue, long.MinValue), Gen.Choose(0, int.MaxValue).Select(n => (long)n * 4_294_967));

    private static readonly Gen<TimeSpan> Duration = Number.Where(static ticks => ticks >= 0).Select(TimeSpan.FromTicks);

    private static readonly Gen<bool> Flag = Gen.Elements(true, false);

    private static readonly Gen<OwnerId> Owner =
        from address in Gen.Elements("akka.tcp://sidecar@10.0.0.7:5054", "akka.ssl.tcp://sidecar@[::1]:1")
        from uid in Gen.Elements(0, 1, -1, int.MaxValue, int.MinValue)
        select new OwnerId(address, uid);

    private static readonly Gen<EntitlementState> State = Gen.Elements(
        States.Unknown, States.Denied, States.Granting(), States.Granting("a", "b"), States.Granting(States.Day(3), "a"),
        States.Metered(day: 2, used: 7), NodeMessageSamples.Everything);

    private static readonly Gen<LeasedEntry> Entry =
        from key in Key
        from state in State
        from age in Duration
        from version in Number
        from isUnconfirmed in Flag
        select new LeasedEntry(key, state, age, version, isUnconfirmed);

    private static readonly Gen<LeasedEntry?> OptionalEntry =
        Gen.OneOf(Gen.Constant<LeasedEntry?>(null), Entry.Select(LeasedEntry? (e) => e));

    private static readonly Gen<EntryNews> News = Gen.OneOf(
        from key in Key from state in State select (EntryNews)new EntitlementsReplaced(key, state),
        from key in Key from kind in Gen.Elements(Enum.GetValues<NewsKind>()) select (EntryNews)new EntryChanged(key, kind),
        from key in Key
        from id in Id
        from isCredit in Flag
        from used in Gen.Elements(0, 1.5, -1, double.PositiveInfinity, double.NaN)
        from day in Gen.Choose(0, 100)
        from isReported in Flag
        from start in Gen.Elements<DateTimeOffset?>(null, States.Day(1))
        select (EntryNews)new UsageSet(key, new UsageNews(
            new EntitlementReference(id, isCredit), new Usage(used, start, start?.AddDays(30), States.Day(day), isReported))));

    /// <summary>A message of any kind.</summary>
    public static Arbitrary<INodeMessage> Messages() => Arb.From(Gen.OneOf(
        from id in Number
        from key in Key
        from wait in Duration
        from holder in Owner
        select (INodeMessage)new AskOwner(id, key, wait, holder),
        from id in Number
        from owner in Owner
        from entry in OptionalEntry
        from customer in OptionalEntry
        from source in Gen.Elements(Enum.GetValues<AnswerSource>())
        from lease in Duration
        select (INodeMessage)new EntryGranted(id, owner, entry, customer, source, lease),
        from push in Number from owner in Owner from entry in Entry select (INodeMessage)new PushLease(push, owner, entry),
        from push in Number from isHeld in Flag select (INodeMessage)new LeasePushed(push, isHeld),
        from push in Number from owner in Owner from key in Key select (INodeMessage)new RevokeLease(push, owner, key),
        from id in Number from news in News select (INodeMessage)new BringNews(id, news),
        from id in Number from outcome in Gen.Elements(Enum.GetValues<NewsOutcome>()) select (INodeMessage)new NewsBrought(id, outcome),
        from key in Key select (INodeMessage)new InvalidateAtOwner(key),
        from key in Key select (INodeMessage)new StoredChanged(key),
        from id in Number from key in Key select (INodeMessage)new ReloadAtOwner(id, key),
        from id in Number
        from state in Gen.OneOf(Gen.Constant<EntitlementState?>(null), State.Select(EntitlementState? (s) => s))
        select (INodeMessage)new OwnerReloaded(id, state)));
}
