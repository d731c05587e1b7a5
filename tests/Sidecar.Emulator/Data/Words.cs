using System.Collections.Immutable;

namespace Sidecar.Emulator.Data;

/// <summary>Type of a feature.</summary>
public enum FeatureType
{
    /// <summary>There or not.</summary>
    Boolean,

    /// <summary>A number, with or without a meter.</summary>
    Number,

    /// <summary>Some of many values.</summary>
    Enum,
}

/// <summary>How usage is counted.</summary>
public enum Meter
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A level that rises and falls.</summary>
    Fluctuating,

    /// <summary>A sum that only grows.</summary>
    Incremental,
}

/// <summary>After what time usage starts again from 0.</summary>
public enum ResetPeriod
{
    /// <summary>An hour.</summary>
    Hour,

    /// <summary>A day.</summary>
    Day,

    /// <summary>A week.</summary>
    Week,

    /// <summary>A calendar month.</summary>
    Month,

    /// <summary>A calendar year.</summary>
    Year,
}

/// <summary>The words that the cloud has for things: the same on the wire and in data files.</summary>
internal static class Words
{
    public const string CustomerNotFound = "CustomerNotFound";
    public const string CustomerIsArchived = "CustomerIsArchived";
    public const string NoActiveSubscription = "NoActiveSubscription";
    public const string SubscriptionStart = "SubscriptionStart";
    public const string StartOfTheMonth = "StartOfTheMonth";

    /// <summary>A weekly reset names the day behind this word.</summary>
    public const string Every = "Every";

    public static readonly ImmutableDictionary<string, FeatureType> FeatureTypes = Table(
        ("BOOLEAN", FeatureType.Boolean), ("NUMBER", FeatureType.Number), ("ENUM", FeatureType.Enum));

    public static readonly ImmutableDictionary<string, Meter> Meters = Table(
        ("None", Meter.None), ("Fluctuating", Meter.Fluctuating), ("Incremental", Meter.Incremental));

    public static readonly ImmutableDictionary<string, ResetPeriod> ResetPeriods = Table(
        ("HOUR", ResetPeriod.Hour), ("DAY", ResetPeriod.Day), ("WEEK", ResetPeriod.Week),
        ("MONTH", ResetPeriod.Month), ("YEAR", ResetPeriod.Year));

    public static readonly ImmutableDictionary<string, string> Roundings = Same("UP", "DOWN");

    /// <summary>The reasons that one entitlement can have.</summary>
    public static readonly ImmutableDictionary<string, string> DeniedReasons = Same(
        "BudgetExceeded", CustomerIsArchived, CustomerNotFound, "CustomerResourceNotFound", "EntitlementNotFound",
        "FeatureNotFound", "FeatureTypeMismatch", "InsufficientCredits", NoActiveSubscription,
        "NoFeatureEntitlementInSubscription", "RequestedUsageExceedingLimit", "RequestedValuesMismatch", "Revoked", "Unknown");

    private static readonly ImmutableDictionary<string, string> Yearly = Same(SubscriptionStart);
    private static readonly ImmutableDictionary<string, string> Monthly = Same(SubscriptionStart, StartOfTheMonth);
    private static readonly ImmutableDictionary<string, string> Weekly =
        Same([SubscriptionStart, .. Enum.GetNames<DayOfWeek>().Select(day => Every + day)]);

    /// <summary>What a period can be counted from; hours and days leave no choice.</summary>
    public static ImmutableDictionary<string, string> ResetsAccordingTo(ResetPeriod? period) => period switch
    {
        ResetPeriod.Year => Yearly,
        ResetPeriod.Month => Monthly,
        ResetPeriod.Week => Weekly,
        _ => ImmutableDictionary<string, string>.Empty,
    };

    /// <summary>The word for a value: the way back through a table.</summary>
    public static string For<T>(ImmutableDictionary<string, T> table, T value)
        where T : struct => table.First(entry => EqualityComparer<T>.Default.Equals(entry.Value, value)).Key;

    /// <summary>An enum's names in the spelling of JSON fields.</summary>
    public static ImmutableDictionary<string, T> CamelCase<T>()
        where T : struct, Enum => Enum.GetValues<T>().ToImmutableDictionary(InCamelCase, StringComparer.Ordinal);

    /// <summary>An enum value's name in the spelling of JSON fields.</summary>
    public static string InCamelCase<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private static ImmutableDictionary<string, T> Table<T>(params (string Word, T Value)[] entries) =>
        entries.ToImmutableDictionary(entry => entry.Word, entry => entry.Value, StringComparer.Ordinal);

    private static ImmutableDictionary<string, string> Same(params string[] words) =>
        words.ToImmutableDictionary(word => word, StringComparer.Ordinal);
}
