using System.Globalization;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>What the cloud of a run says, in the words of the upstream contract.</summary>
internal static class CloudWords
{
    /// <summary>A feature that is counted by the hour; its meter only grows.</summary>
    public const string Calls = "calls";

    /// <summary>A feature that is not counted by any period.</summary>
    public const string Seats = "seats";

    /// <summary>All features.</summary>
    public static readonly string[] Features = [Calls, Seats];

    /// <summary>Whether a feature is counted by a meter that only grows.</summary>
    public static bool IsIncremental(string feature) => feature == Calls;

    /// <summary>The body of a read.</summary>
    public static string State(Contents contents) => $$"""
        {"data": {"entitlementsState": {"accessDeniedReason": {{Text(contents.Reason)}}, "entitlementsV2": [{{List(contents)}}]} } }
        """;

    /// <summary>News of an entry's set.</summary>
    public static string SetNews(EntryKey key, Contents contents) => Next("entitlements", $$"""
        "entitlementsUpdatedV2": {{{Of(key)}}, "accessDeniedReason": {{Text(contents.Reason)}}, "entitlements": [{{List(contents)}}]}
        """);

    /// <summary>News that an entry changed, without its content.</summary>
    public static string ChangeNews(EntryKey key) => Next("entitlements", $$"""
        "entitlementsUpdatedV2": {{{Of(key)}}, "accessDeniedReason": null, "entitlements": []}
        """);

    /// <summary>News of what is used.</summary>
    public static string UseNews(EntryKey key, string feature, Use use) => Next("usage", $$"""
        "usageUpdatedV2": {{{Of(key)}}, "entitlementReference": {"id": "{{feature}}", "type": "FEATURE"},
          "usage": {"currentUsage": {{Number(use.Count)}}, "usageUpdatedAt": {{Date(use.Date)}},
            "usagePeriodStart": {{Date(use.From)}}, "usagePeriodEnd": {{Date(use.To)}} } }
        """);

    /// <summary>News of a package that was published for everybody.</summary>
    public static string Publish() => Next("packages", """
        "packagePublished": {"packageType": "PLAN", "packageRefId": "plan", "packageVersion": 2, "migrationType": "ALL_CUSTOMERS"}
        """);

    /// <summary>The answer to a report.</summary>
    public static string Reported(EntryKey key, string feature, Use use) => $$"""
        {"data": {"reportUsage": {"id": "m", "featureId": "{{feature}}", {{Of(key)}}, "currentUsage": {{Number(use.Count)}},
          "usagePeriodStart": {{Date(use.From)}}, "usagePeriodEnd": {{Date(use.To)}}, "timestamp": {{Date(use.Date)}} } } }
        """;

    private static string List(Contents contents) => string.Join(", ", contents.Grants.Select(one => Entitlement(one.Key, one.Value)));

    private static string Entitlement(string feature, Grant grant) => $$"""
        {"__typename": "FeatureEntitlement", "isGranted": true, "usageLimit": {{grant.Limit}}, "hasUnlimitedUsage": false, "hasSoftLimit": false,
         "currentUsage": {{Number(grant.Use.Count)}}, "entitlementUpdatedAt": {{Date(grant.Date)}}, "usageUpdatedAt": {{Date(grant.Use.Date)}},
         {{(feature == Calls ? $"\"resetPeriod\": \"HOUR\", \"usagePeriodAnchor\": {Date(VirtualClock.Start)}," : "")}}
         "usagePeriodStart": {{Date(grant.Use.From)}}, "usagePeriodEnd": {{Date(grant.Use.To)}}, "validUntil": {{Date(grant.ValidUntil)}},
         "feature": {"refId": "{{feature}}", "displayName": "{{feature}}", "featureType": "NUMBER",
           "meterType": "{{(IsIncremental(feature) ? "Incremental" : "Fluctuating")}}"} }
        """;

    private static string Next(string id, string data) => $$"""{"type": "next", "id": "{{id}}", "payload": {"data": {{{data}} } } }""";

    private static string Of(EntryKey key) => $"\"customerId\": \"{key.CustomerId}\", \"resourceId\": {Text(key.ResourceId)}";

    private static string Text(string? text) => text is null ? "null" : $"\"{text}\"";

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Date(DateTimeOffset? date) =>
        date is null ? "null" : $"\"{date.Value.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)}\"";
}
