using System.Globalization;
using System.Text;
using Stigg.Sidecar.V1;

namespace Sidecar.Demo;

/// <summary>Puts replies into words: yes or no first, then why or how much.</summary>
internal static class Wording
{
    public static string Of(GetBooleanEntitlementResponse reply) =>
        Decision(reply.HasAccess, reply.IsFallback, Reason(reply.HasAccessDeniedReason, reply.AccessDeniedReason));

    public static string Of(GetNumericEntitlementResponse reply) => Decision(
        reply.HasAccess,
        reply.IsFallback,
        Reason(reply.HasAccessDeniedReason, reply.AccessDeniedReason),
        Value(reply.Entitlement));

    public static string Of(GetMeteredEntitlementResponse reply) => Decision(
        reply.HasAccess,
        reply.IsFallback,
        Reason(reply.HasAccessDeniedReason, reply.AccessDeniedReason),
        UsageOf(reply.Entitlement));

    public static string Of(GetEnumEntitlementResponse reply) => Decision(
        reply.HasAccess,
        reply.IsFallback,
        Reason(reply.HasAccessDeniedReason, reply.AccessDeniedReason),
        $"out of {string.Join(", ", reply.Entitlement.EnumValues)}");

    public static string Of(GetEntitlementResponse reply) => Decision(
        reply.HasAccess,
        reply.IsFallback,
        Reason(reply.HasAccessDeniedReason, reply.AccessDeniedReason),
        reply.Metered is { } metered ? UsageOf(metered) : null);

    public static string Of(GetEntitlementV2Response reply)
    {
        var entitlement = reply.Entitlement;
        return Decision(
            entitlement.HasAccess,
            entitlement.IsFallback,
            Reason(entitlement.HasAccessDeniedReason, entitlement.AccessDeniedReason),
            entitlement.Credit is { } credit
                ? $"{Number(credit.Remaining)} of {Number(credit.UsageLimit)} {credit.Currency.UnitPlural} left"
                : null);
    }

    public static string Of(GetEntitlementsResponse reply) => $"{reply.Entitlements.Count} features";

    public static string Of(GetEntitlementsStateV2Response reply) =>
        $"{reply.Entitlements.Count} entitlements, {reply.Entitlements.Count(entitlement => entitlement.HasAccess)} of them granted";

    private static string Decision(bool hasAccess, bool isFallback, string? reason, string? amount = null)
    {
        var word = (hasAccess ? "yes" : "no") + (isFallback ? " (fallback)" : "");
        return (hasAccess ? amount : reason) is { } detail ? $"{word}: {detail}" : word;
    }

    // REQUESTED_USAGE_EXCEEDING_LIMIT on the wire reads "requested usage exceeding limit".
    private static string? Reason(bool isPresent, AccessDeniedReason reason)
    {
        if (!isPresent)
            return null;
        var words = new StringBuilder();
        foreach (var letter in reason.ToString())
        {
            if (char.IsUpper(letter) && words.Length > 0)
                words.Append(' ');
            words.Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }

    private static string Value(NumericEntitlement entitlement) =>
        entitlement.IsUnlimited ? "unlimited" : $"{Number(entitlement.Value)} {entitlement.Feature?.UnitsPlural}".TrimEnd();

    private static string UsageOf(MeteredEntitlement entitlement)
    {
        var limit = entitlement.IsUnlimited ? "" : $" of {Number(entitlement.UsageLimit)}";
        var units = entitlement.Feature is { } feature ? $" {feature.UnitsPlural}" : "";
        var soft = entitlement.HasSoftLimit ? " (soft)" : "";
        return $"{Number(entitlement.CurrentUsage)}{limit}{units} used{soft}";
    }

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
