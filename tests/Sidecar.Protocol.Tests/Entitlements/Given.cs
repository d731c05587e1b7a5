using System.Globalization;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using FeatureType = Stigg.Sidecar.V1.FeatureType;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>States, questions and instants that the specs start from. One feature and one currency unless a spec names another.</summary>
internal static class Given
{
    public const string FeatureId = "feature-1";
    public const string CurrencyId = "currency-1";

    public static readonly DateTimeOffset Now = Date("2026-10-02T12:00:00Z");
    public static readonly EntryKey Customer = new("customer-1");
    public static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    /// <summary>An ISO 8601 instant; without a zone it is UTC.</summary>
    public static DateTimeOffset Date(string iso) =>
        DateTimeOffset.Parse(iso, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>A date in the past of <see cref="Now"/>: the higher, the later.</summary>
    public static DateTimeOffset Day(int day) => Date("2026-01-01T00:00:00Z").AddDays(day);

    /// <summary>Some seconds after <see cref="Now"/>, on both clocks; <see cref="Now"/> itself is at 1,000 s of uptime.</summary>
    public static Moment Moment(double seconds = 0) => Moment(TimeSpan.FromSeconds(seconds));

    public static Moment Moment(TimeSpan later) => new(Now + later, TimeSpan.FromSeconds(1000) + later);

    public static FeatureEntitlement Boolean(string id = FeatureId) => new(new FeatureDefinition(id, FeatureType.Boolean));

    public static FeatureEntitlement Enum(params string[] values) =>
        new(new FeatureDefinition(FeatureId, FeatureType.Enum)) { EnumValues = values };

    public static FeatureEntitlement Numeric(double? limit) =>
        new(new FeatureDefinition(FeatureId, FeatureType.Number, MeterType.None)) { UsageLimit = limit };

    public static FeatureEntitlement Metered(double? limit, double used = 0, MeterType meter = MeterType.Incremental) =>
        new(new FeatureDefinition(FeatureId, FeatureType.Number, meter, HasMeter: true, "call", "calls"))
        {
            UsageLimit = limit,
            Usage = new Usage(used, null, null, Day(1)),
        };

    public static FeatureEntitlement OfUnknownType() => new(new FeatureDefinition(FeatureId, FeatureType.Unspecified));

    public static CreditEntitlement Credits(double? limit, double used = 0, string id = CurrencyId) =>
        new(new CreditCurrency(id, "Tokens", null, "token", "tokens"))
        {
            UsageLimit = limit,
            Usage = new Usage(used, null, null, Day(1)),
        };

    /// <summary>An entitlement to the feature, of some values, of each kind that a feature can have.</summary>
    public static FeatureEntitlement Of(EntitlementKind kind) => kind switch
    {
        EntitlementKind.Boolean => Boolean(),
        EntitlementKind.Numeric => Numeric(10),
        EntitlementKind.Metered => Metered(100, used: 25),
        EntitlementKind.Enum => Enum("a", "b"),
        EntitlementKind.Unknown => OfUnknownType(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a feature's"),
    };

    public static EntitlementState State(params Entitlement[] entitlements) => EntitlementState.Create(null, entitlements);

    public static EntitlementState Refused(AccessDeniedReason reason, params Entitlement[] entitlements) =>
        EntitlementState.Create(reason, entitlements);

    public static EntitlementQuery Ask(
        EntitlementKind kind, double? usage = null, IReadOnlyList<string>? values = null, Fallback? fallback = null) =>
        new(Customer, kind == EntitlementKind.Credit ? CurrencyId : FeatureId, kind, usage, values, fallback);

    /// <summary>Asks about one entitlement, which is all that is known.</summary>
    public static Answer Answer(Entitlement entitlement, in EntitlementQuery query, Fallback? globalFallback = null) =>
        Answer(State(entitlement), query, globalFallback);

    public static Answer Answer(EntitlementState state, in EntitlementQuery query, Fallback? globalFallback = null) =>
        EntitlementEvaluator.Answer(state, null, query, globalFallback, Now);

    public static Usage Used(double current, int day, int? period = null, bool reported = false) => new(
        current, period is { } start ? Day(start) : null, period is { } end ? Day(end + 30) : null, Day(day), reported);

    public static UsageNews News(Usage usage) => new(new EntitlementReference(FeatureId, IsCredit: false), usage);

    /// <summary>A set with one metered entitlement: the set's date, its limit, and the date and count of what is used.</summary>
    public static EntitlementState Set(int day, double limit = 100, int usageDay = 0, double used = 0) => State(
        Metered(limit, meter: MeterType.Fluctuating) with { UpdatedAt = Day(day), Usage = Used(used, usageDay) });

    public static Usage UsageIn(EntitlementState state) => state.FindFeature(FeatureId)!.Usage;
}
