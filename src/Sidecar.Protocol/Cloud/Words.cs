using System.Globalization;
using System.Text;
using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Cloud;

/// <summary>The cloud's words for enumerated values (the upstream contract). A word that is not known maps to the enum's own "unknown".</summary>
internal static class Words
{
    // The generated names are the cloud's words.
    private static readonly (byte[] Word, AccessDeniedReason Value)[] Reasons = Of<AccessDeniedReason>();

    private static readonly (byte[] Word, EntitlementResetPeriod Value)[] ResetPeriods = Of<EntitlementResetPeriod>();

    public static AccessDeniedReason? Reason(string? word) => Reason(Encoding.UTF8.GetBytes(word ?? ""));

    public static AccessDeniedReason? Reason(ReadOnlySpan<byte> word)
    {
        if (word.IsEmpty)
            return null;
        foreach (var (known, value) in Reasons)
        {
            if (Ascii.EqualsIgnoreCase(word, known))
                return value;
        }

        return AccessDeniedReason.Unknown;
    }

    public static EntitlementResetPeriod? ResetPeriod(ReadOnlySpan<byte> word)
    {
        if (word.IsEmpty)
            return null;
        foreach (var (known, value) in ResetPeriods)
        {
            if (Ascii.EqualsIgnoreCase(word, known))
                return value;
        }

        return EntitlementResetPeriod.Unspecified;
    }

    public static FeatureType FeatureType(ReadOnlySpan<byte> word) =>
        Ascii.EqualsIgnoreCase(word, "BOOLEAN"u8) ? Stigg.Sidecar.V1.FeatureType.Boolean
        : Ascii.EqualsIgnoreCase(word, "NUMBER"u8) ? Stigg.Sidecar.V1.FeatureType.Number
        : Ascii.EqualsIgnoreCase(word, "ENUM"u8) ? Stigg.Sidecar.V1.FeatureType.Enum
        : Stigg.Sidecar.V1.FeatureType.Unspecified;

    // A meter whose word is not known is a meter all the same: without it a limit would be taken for a plain number.
    public static (MeterType Meter, bool HasMeter) Meter(ReadOnlySpan<byte> word) =>
        word.IsEmpty ? (MeterType.Unspecified, false)
        : Ascii.EqualsIgnoreCase(word, "NONE"u8) ? (MeterType.None, false)
        : Ascii.EqualsIgnoreCase(word, "FLUCTUATING"u8) ? (MeterType.Fluctuating, true)
        : Ascii.EqualsIgnoreCase(word, "INCREMENTAL"u8) ? (MeterType.Incremental, true)
        : (MeterType.Unspecified, true);

    // Whether usage is told of a currency's credits, or of a feature; null where it can't be told.
    public static bool? IsCredit(string? word) => word?.ToUpperInvariant() switch
    {
        "CREDIT" => true,
        "FEATURE" => false,
        _ => null,
    };

    // Whom a published package concerns. Only a word that is known for certain leaves those out who are customers already.
    public static bool IsForEveryone(string? word) => !string.Equals(word, "NEW_CUSTOMERS", StringComparison.OrdinalIgnoreCase);

    private static (byte[] Word, T Value)[] Of<T>()
        where T : struct, Enum =>
        [.. Enum.GetValues<T>().Where(value => Convert.ToInt32(value, CultureInfo.InvariantCulture) != 0)
            .Select(value => (Encoding.UTF8.GetBytes(value.ToString()), value))];
}
