using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;
using FeatureType = Stigg.Sidecar.V1.FeatureType;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Tests.Persistence;

/// <summary>Random states of every form that the cloud can make one of.</summary>
public static class Generated
{
    private static readonly string[] Ids = ["feature-1", "feature-2", "currency-1", "", "ein Ümläut", "with \"quotes\" \\ and\nlines", "credit_currency-1", "日本", "😀"];

    private static readonly (string Word, MeterType Meter, bool HasMeter, string? Unknown)[] Meters =
    [
        ("None", MeterType.None, false, null),
        ("Fluctuating", MeterType.Fluctuating, true, null),
        ("Incremental", MeterType.Incremental, true, null),
        ("Sideways", MeterType.Unspecified, true, "Sideways"),
    ];

    private static readonly Gen<string> Id = Gen.Elements(Ids.Where(id => id.Length > 0));
    private static readonly Gen<string?> Text = Gen.Elements(Ids.Append(null));
    private static readonly Gen<double> Number = Gen.Elements(0, 1, 25, 0.1, 1e-7, 1e21, -3, 9007199254740993, double.MaxValue);
    private static readonly Gen<DateTimeOffset> Date =
        Gen.Choose(0, 100_000).Select(minutes => DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000 + (minutes * 60_001L)));

    /// <summary>A state; all of its entitlements have one date, and what is not counted has no date of its own.</summary>
    public static Arbitrary<EntitlementState> States() => Arb.From(
        from date in Date
        from reason in Optional(Gen.Elements(System.Enum.GetValues<AccessDeniedReason>().Where(r => r != AccessDeniedReason.Unspecified)))
        from entitlements in Gen.OneOf(Feature(date).Select(Entitlement (f) => f), Credit(date).Select(Entitlement (c) => c)).ListOf()
        select EntitlementState.Create(reason, entitlements));

    private static Gen<T?> Optional<T>(Gen<T> gen)
        where T : struct => Gen.Frequency((1, Gen.Constant((T?)null)), (2, gen.Select(value => (T?)value)));

    private static Gen<T?> OptionalOf<T>(Gen<T> gen)
        where T : class => Gen.Frequency((1, Gen.Constant((T?)null)), (2, gen.Select(value => (T?)value)));

    private static Gen<FeatureEntitlement> Feature(DateTimeOffset date) =>
        from id in Id
        from type in Gen.Elements(FeatureType.Boolean, FeatureType.Enum, FeatureType.Number, FeatureType.Number, FeatureType.Unspecified)
        from meter in Gen.Elements(Meters)
        from texts in Gen.Three(Text)
        from values in Text.ListOf()
        from period in Optional(Gen.Elements(EntitlementResetPeriod.Hour, EntitlementResetPeriod.Month, EntitlementResetPeriod.Year))
        from configuration in OptionalOf(Gen.Elements(
            new ResetPeriodConfiguration("MonthlyResetPeriodConfig", "monthlyAccordingTo", "SubscriptionStart"),
            new ResetPeriodConfiguration("WeeklyResetPeriodConfig", "weeklyAccordingTo", "EverySunday"),
            new ResetPeriodConfiguration(null, "yearlyAccordingTo", "SubscriptionStart")))
        from anchor in Optional(Date)
        from rate in OptionalOf(from amount in Number from currency in Id select new CreditRate(amount, currency))
        from flags in Gen.Two(ArbMap.Default.GeneratorFor<bool>())
        let isNumber = type == FeatureType.Number
        let definition = new FeatureDefinition(
            id, type, isNumber ? meter.Meter : MeterType.Unspecified, isNumber && meter.HasMeter, texts.Item1 ?? "", texts.Item2 ?? "",
            texts.Item3 is { Length: > 0 } name ? name : id,
            type == FeatureType.Unspecified ? "SHAPE" : null, isNumber ? meter.Unknown : null)
        from plain in Plain(definition.IsMetered)
        select new FeatureEntitlement(definition)
        {
            AccessDeniedReason = plain.Reason,
            UsageLimit = plain.Limit,
            HasUnlimitedUsage = flags.Item1,
            HasSoftLimit = flags.Item2,
            EnumValues = [.. values.OfType<string>()],
            ResetPeriod = period,
            ResetPeriodConfiguration = configuration,
            UsagePeriodAnchor = anchor,
            CreditRate = rate,
            UpdatedAt = date,
            ValidUntil = plain.ValidUntil,
            Usage = plain.Usage,
        };

    private static Gen<CreditEntitlement> Credit(DateTimeOffset date) =>
        from id in Id
        from texts in Gen.Four(Text)
        from hasData in ArbMap.Default.GeneratorFor<bool>()
        from isSoft in ArbMap.Default.GeneratorFor<bool>()
        from plain in Plain(isTracked: true)
        select new CreditEntitlement(new CreditCurrency(
            id, texts.Item1 ?? "", texts.Item2, texts.Item3, texts.Item4, hasData ? Data() : null))
        {
            AccessDeniedReason = plain.Reason,
            UsageLimit = plain.Limit,
            HasSoftLimit = isSoft,
            UpdatedAt = date,
            ValidUntil = plain.ValidUntil,
            Usage = plain.Usage,
        };

    private static Gen<(AccessDeniedReason? Reason, double? Limit, DateTimeOffset? ValidUntil, Usage Usage)> Plain(bool isTracked) =>
        from reason in Optional(Gen.Elements(AccessDeniedReason.Revoked, AccessDeniedReason.BudgetExceeded))
        from limit in Optional(Number)
        from validUntil in Optional(Date)
        from used in Number
        from start in Optional(Date)
        from end in Optional(Date)
        from updated in Date
        select (reason, limit, validUntil, new Usage(used, start, end, isTracked ? updated : DateTimeOffset.UnixEpoch));

    private static Struct Data() => new()
    {
        Fields =
        {
            ["text"] = Value.ForString("ü\"\n"),
            ["number"] = Value.ForNumber(1.5),
            ["list"] = Value.ForList(Value.ForBool(true), Value.ForNull()),
            ["inner"] = Value.ForStruct(new Struct { Fields = { ["empty"] = Value.ForStruct(new Struct()) } }),
        },
    };
}
