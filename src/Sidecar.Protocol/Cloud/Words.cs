using System.Collections.Frozen;
using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Cloud;

/// <summary>The cloud's words for enumerated values (the upstream contract). A word that is not known maps to the enum's own "unknown".</summary>
internal static class Words
{
    // The generated names are the cloud's words.
    private static readonly FrozenDictionary<string, AccessDeniedReason> Reasons = Enum.GetValues<AccessDeniedReason>()
        .Where(r => r != AccessDeniedReason.Unspecified)
        .ToFrozenDictionary(r => r.ToString(), StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, EntitlementResetPeriod> ResetPeriods = Enum.GetValues<EntitlementResetPeriod>()
        .Where(p => p != EntitlementResetPeriod.Unspecified)
        .ToFrozenDictionary(p => p.ToString(), StringComparer.OrdinalIgnoreCase);

    public static AccessDeniedReason? Reason(string? word) =>
        string.IsNullOrEmpty(word) ? null : Reasons.GetValueOrDefault(word, AccessDeniedReason.Unknown);

    public static EntitlementResetPeriod? ResetPeriod(string? word) =>
        string.IsNullOrEmpty(word) ? null : ResetPeriods.GetValueOrDefault(word, EntitlementResetPeriod.Unspecified);

    public static FeatureType FeatureType(string? word) => word?.ToUpperInvariant() switch
    {
        "BOOLEAN" => Stigg.Sidecar.V1.FeatureType.Boolean,
        "NUMBER" => Stigg.Sidecar.V1.FeatureType.Number,
        "ENUM" => Stigg.Sidecar.V1.FeatureType.Enum,
        _ => Stigg.Sidecar.V1.FeatureType.Unspecified,
    };

    // A meter whose word is not known is a meter all the same: without it a limit would be taken for a plain number.
    public static (MeterType Meter, bool HasMeter) Meter(string? word) => word?.ToUpperInvariant() switch
    {
        null or "" => (MeterType.Unspecified, false),
        "NONE" => (MeterType.None, false),
        "FLUCTUATING" => (MeterType.Fluctuating, true),
        "INCREMENTAL" => (MeterType.Incremental, true),
        _ => (MeterType.Unspecified, true),
    };

    // Whether usage is told of a currency's credits, or of a feature; null where it can't be told.
    public static bool? IsCredit(string? word) => word?.ToUpperInvariant() switch
    {
        "CREDIT" => true,
        "FEATURE" => false,
        _ => null,
    };

    // Whom a published package concerns. Only a word that is known for certain leaves those out who are customers already.
    public static bool IsForEveryone(string? word) => !string.Equals(word, "NEW_CUSTOMERS", StringComparison.OrdinalIgnoreCase);
}
