using Google.Protobuf.WellKnownTypes;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using CreditEntitlement = Sidecar.Protocol.Entitlements.CreditEntitlement;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>One of each message between nodes, and of each of its forms: their bytes are pinned. A name begins with the manifest.</summary>
internal static class NodeMessageSamples
{
    private static readonly DateTimeOffset Date = new DateTimeOffset(2026, 11, 26, 9, 38, 0, TimeSpan.Zero).AddTicks(1_234_567);
    private static readonly OwnerId Owner = new("akka.ssl.tcp://sidecar@10.0.0.7:5054", -1_234_567_890);
    private static readonly EntryKey Customer = new("customer-1");
    private static readonly EntryKey Resource = new("customer-1", "räum 7");

    /// <summary>A state that holds something of everything.</summary>
    public static readonly EntitlementState Everything = EntitlementState.Create(AccessDeniedReason.NoActiveSubscription,
    [
        new FeatureEntitlement(new FeatureDefinition("sso", FeatureType.Boolean)) { UpdatedAt = Date },
        new FeatureEntitlement(new FeatureDefinition(
            "calls", FeatureType.Number, MeterType.Incremental, HasMeter: true, "call", "calls", "API calls"))
        {
            AccessDeniedReason = AccessDeniedReason.BudgetExceeded,
            UsageLimit = 100.5,
            HasSoftLimit = true,
            UpdatedAt = Date,
            ValidUntil = Date.AddDays(30),
            ResetPeriod = EntitlementResetPeriod.Month,
            UsagePeriodAnchor = Date.AddDays(-3),
            ResetPeriodConfiguration = new ResetPeriodConfiguration(
                "MonthlyResetPeriodConfig", "monthlyAccordingTo", "SubscriptionStart"),
            CreditRate = new CreditRate(0.25, "tokens"),
            Usage = new Usage(-0.0, Date.AddDays(-3), Date.AddDays(27), Date.AddMinutes(-1), Reported: true),
        },
        new FeatureEntitlement(new FeatureDefinition("regions", FeatureType.Enum, DisplayName: "")) { EnumValues = ["eu", "", "us"] },
        new FeatureEntitlement(new FeatureDefinition(
            "shape", FeatureType.Unspecified, HasMeter: true, UnknownType: "SHAPE", UnknownMeter: "SIDEWAYS")) { HasUnlimitedUsage = true },
        new CreditEntitlement(new CreditCurrency("tokens", "Tokens", "", "token", null, new Struct
        {
            Fields = { ["color"] = Value.ForString("grün"), ["ranks"] = Value.ForList(Value.ForNumber(-0.0), Value.ForNull()) },
        })) { UsageLimit = 0, Usage = new Usage(12.5, null, Date.AddDays(1), Date) },
    ]);

    /// <summary>The messages by name.</summary>
    public static readonly IReadOnlyDictionary<string, INodeMessage> All = new Dictionary<string, INodeMessage>(StringComparer.Ordinal)
    {
        ["ask.1"] = new AskOwner(7, Customer, TimeSpan.FromMilliseconds(500), Owner),
        ["ask.1-resource"] = new AskOwner(long.MaxValue, Resource, TimeSpan.FromSeconds(10), Owner),
        ["granted.1"] = new EntryGranted(
            7, Owner, Entry(Resource, version: 12), Entry(Customer, version: 11), AnswerSource.Upstream, TimeSpan.FromSeconds(30)),
        ["granted.1-nothing"] = new EntryGranted(8, Owner, null, null, AnswerSource.Default, TimeSpan.Zero),
        ["push.1"] = new PushLease(9, Owner, Entry(Customer, version: 13)),
        ["pushed.1"] = new LeasePushed(9, IsHeld: true),
        ["revoke.1"] = new RevokeLease(14, Owner, Resource),
        ["bring.1-set"] = new BringNews(10, new EntitlementsReplaced(Customer, Everything)),
        ["bring.1-usage"] = new BringNews(11, new UsageSet(Resource, new UsageNews(
            new EntitlementReference("calls", IsCredit: false), new Usage(3, Date, Date.AddDays(30), Date, Reported: true)))),
        ["bring.1-change"] = new BringNews(12, new EntryChanged(Customer, NewsKind.CreditUsage)),
        ["brought.1"] = new NewsBrought(12, NewsOutcome.NotHeld),
        ["stored.1"] = new StoredChanged(Resource),
        ["invalidate.1"] = new InvalidateAtOwner(Resource),
        ["reload.1"] = new ReloadAtOwner(13, Customer),
        ["reads.1"] = new OwnerReads(15),
        ["reloaded.1"] = new OwnerReloaded(13, Everything),
        ["reloaded.1-failed"] = new OwnerReloaded(14, null),
    };

    private static LeasedEntry Entry(EntryKey key, long version) =>
        new(key, Everything, TimeSpan.FromTicks(1_234_567), version, IsUnconfirmed: version == 13);
}
