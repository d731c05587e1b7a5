using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Sidecar.Interop.Tests.Clients;
using Stigg.Sidecar.V1;

namespace Sidecar.Interop.Tests;

/// <summary>What every client has to get: the calls of the proto, and the forms in which clients in use send them.</summary>
internal static class InteropCases
{
    /// <summary>How many entitlements <c>customer-large</c> has: with their long ids more than a client takes by default.</summary>
    public const int ManyEntitlements = 10_000;

    /// <summary>A customer with <see cref="ManyEntitlements"/>.</summary>
    public const string LargeCustomer = "customer-large";

    /// <summary>The demo's data about the client's own customer, asked for in every way; then reports, each seen by the next one.</summary>
    private static IReadOnlyList<InteropCase> Calls { get; } =
    [
        new("GetEntitlements", new InteropStep
        {
            Call = "GetEntitlements",
            Request = """{"customerId": "$customer"}""",
            Answer = """
                {"accessDeniedReason": null, "entitlements": [
                  {"metered": {"feature": {"id": "feature-api-calls"}, "usageLimit": 1000, "currentUsage": 25}},
                  {"enum": {"feature": {"id": "feature-regions"}, "enumValues": ["eu", "us"]}},
                  {"numeric": {"feature": {"id": "feature-seats-max"}, "value": 25}},
                  {"boolean": {"feature": {"id": "feature-sso"}}}]}
                """,
        }),
        new("GetEntitlement", new InteropStep
        {
            Call = "GetEntitlement",
            Request = """{"customerId": "$customer", "featureId": "feature-api-calls", "options": {"requestedUsage": 976}}""",
            Answer = """
                {"hasAccess": false, "isFallback": false, "accessDeniedReason": "ACCESS_DENIED_REASON_REQUESTED_USAGE_EXCEEDING_LIMIT",
                 "metered": {"usageLimit": 1000, "currentUsage": 25, "resetPeriod": "ENTITLEMENT_RESET_PERIOD_MONTH", "usagePeriodEnd": "*"}}
                """,
        }),
        new("GetBooleanEntitlement", new InteropStep
        {
            Call = "GetBooleanEntitlement",
            Request = """{"customerId": "$customer", "featureId": "feature-sso"}""",
            Answer = """
                {"hasAccess": true, "isFallback": false, "accessDeniedReason": null,
                 "entitlement": {"feature": {"id": "feature-sso", "featureType": "FEATURE_TYPE_BOOLEAN"}}}
                """,
        }),
        new("GetNumericEntitlement", new InteropStep
        {
            Call = "GetNumericEntitlement",
            Request = """{"customerId": "$customer", "featureId": "feature-seats-max"}""",
            Answer = """
                {"hasAccess": true, "entitlement": {
                  "value": 25, "isUnlimited": false, "feature": {"units": "seat", "unitsPlural": "seats"}}}
                """,
        }),
        new("GetMeteredEntitlement", new InteropStep
        {
            Call = "GetMeteredEntitlement",
            Request = """{"customerId": "$customer", "featureId": "feature-api-calls", "options": {"requestedUsage": 5.5}}""",
            Answer = """
                {"hasAccess": true, "requestedUsage": 5.5, "entitlement": {
                  "feature": {"meterType": "METER_TYPE_INCREMENTAL", "isMetered": true}, "usageLimit": 1000, "currentUsage": 25,
                  "usagePeriodAnchor": "*", "usagePeriodStart": "*", "usagePeriodEnd": "*", "nextResetDate": "*"}}
                """,
        }),
        new("GetEnumEntitlement", new InteropStep
        {
            Call = "GetEnumEntitlement",
            Request = """{"customerId": "$customer", "featureId": "feature-regions", "options": {"requestedValues": ["eu", "apac"]}}""",
            Answer = """
                {"hasAccess": false, "accessDeniedReason": "ACCESS_DENIED_REASON_REQUESTED_VALUES_MISMATCH",
                 "requestedValues": ["eu", "apac"], "entitlement": {"enumValues": ["eu", "us"]}}
                """,
        }),
        new("GetEntitlementV2", new InteropStep
        {
            Call = "GetEntitlementV2",
            Request = """{"customerId": "$customer", "currencyId": "cred-type-tokens"}""",
            Answer = """
                {"entitlement": {"hasAccess": true, "credit": {
                  "usageLimit": 500, "currentUsage": 120, "remaining": 380, "usagePeriodEnd": "*", "currency": {
                    "currencyId": "cred-type-tokens", "displayName": "Tokens", "unitPlural": "tokens", "additionalMetaData": "*"}}}}
                """,
        }),
        new("GetEntitlementsStateV2", new InteropStep
        {
            Call = "GetEntitlementsStateV2",
            Request = """{"customerId": "$customer"}""",
            Answer = """
                {"accessDeniedReason": null, "entitlements": [
                  {"hasAccess": true, "metered": {"feature": {"id": "feature-api-calls"}, "currentUsage": 25}},
                  {"hasAccess": true, "credit": {"remaining": 380}}]}
                """,
        }),
        new("ReloadEntitlements",
            new InteropStep
            {
                Call = "ReloadEntitlements",
                Request = """{"customerId": "$customer"}""",
                Answer = """{"entitledEntityExists": true}""",
            },
            new InteropStep
            {
                Call = "ReloadEntitlements",
                Request = """{"customerId": "$customer-of-nobody"}""",
                Answer = """{"entitledEntityExists": false}""",
            }),
        new("ReportUsage",
            new InteropStep
            {
                Call = "ReportUsage",
                Request = """
                    {"customerId": "$customer", "featureId": "feature-api-calls", "value": 5, "dimensions": {
                      "plan": {"stringValue": "pro"}, "share": {"numberValue": 0.5}, "trial": {"booleanValue": true}}}
                    """,
                Answer = """
                    {"measurementId": "*", "customerId": "$customer", "featureId": "feature-api-calls", "currentUsage": 30,
                     "usagePeriodStart": "*", "usagePeriodEnd": "*"}
                    """,
            },
            Usage("feature-api-calls", 30),
            new InteropStep
            {
                Call = "ReportUsage",
                Request = """
                    {"customerId": "$customer", "featureId": "feature-api-calls", "value": 200,
                     "updateBehavior": "USAGE_UPDATE_BEHAVIOR_SET"}
                    """,
                Answer = """{"measurementId": "*", "currentUsage": 200}""",
            },
            Usage("feature-api-calls", 200)),
        new("ReportUsageBulk",
            new InteropStep
            {
                Call = "ReportUsageBulk",
                Request = """
                    {"usages": [
                      {"customerId": "$customer", "featureId": "feature-documents", "value": 10},
                      {"customerId": "$customer", "featureId": "feature-seats", "value": 9, "updateBehavior": "USAGE_UPDATE_BEHAVIOR_SET"}]}
                    """,
                Answer = """
                    {"usages": [
                      {"measurementId": "*", "customerId": "$customer", "featureId": "feature-documents", "currentUsage": 1250},
                      {"measurementId": "*", "customerId": "$customer", "featureId": "feature-seats", "currentUsage": 9}]}
                    """,
            },
            Usage("feature-documents", 1250),
            Usage("feature-seats", 9)),
        new("ReportEvents", new InteropStep
        {
            Call = "ReportEvents",
            Request = """
                {"events": [
                  {"eventName": "signed-in", "customerId": "$customer", "idempotencyKey": "$customer-1",
                   "timestamp": "2026-01-31T12:00:00Z"},
                  {"eventName": "signed-in", "customerId": "$customer", "idempotencyKey": "$customer-2",
                   "dimensions": {"from": {"stringValue": "web"}}}]}
                """,
            Answer = "{}",
        })
        {
            Counted = (ledger, customer) => ledger.EventTallyOf(customer, "signed-in").Count is var count and not 2
                ? $"the cloud counted {count} events, expected 2"
                : null,
        },
    ];

    private static IReadOnlyList<InteropCase> Forms { get; } =
    [
        new("optional fields, present but empty",
            new InteropStep
            {
                Call = "GetEntitlementV2",
                Request = """
                    {"customerId": "$customer", "resourceId": "", "featureId": "feature-sso", "currencyId": "", "options": {}}
                    """,
                Answer = """{"entitlement": {"hasAccess": true, "isFallback": false, "boolean": {"feature": {"id": "feature-sso"}}}}""",
            },
            new InteropStep
            {
                Call = "GetMeteredEntitlement",
                Request = """
                    {"customerId": "$customer", "featureId": "feature-api-calls", "resourceId": "", "options": {"requestedUsage": 0}}
                    """,
                Answer = """{"hasAccess": true, "isFallback": false, "entitlement": {"usageLimit": 1000}}""",
            }),
        new("dimensions that are empty, 0 or false, and ones without a value",
            new InteropStep
            {
                Call = "ReportUsage",
                Request = """
                    {"customerId": "$customer", "featureId": "feature-exports", "value": 1, "resourceId": "", "dimensions": {
                      "a": {"stringValue": ""}, "b": {"numberValue": 0}, "c": {"booleanValue": false}, "d": {}}}
                    """,
                Answer = """{"measurementId": "*", "currentUsage": 4}""",
            },
            new InteropStep
            {
                Call = "ReportUsage",
                Raw = customer =>
                [
                    .. new ReportUsageRequest { CustomerId = customer, FeatureId = "feature-exports", Value = 1 }.ToByteArray(),
                    .. KeyWithoutValue,
                ],
                Answer = """{"measurementId": "*", "currentUsage": 5}""",
            })
        {
            // What has no value is left out.
            Counted = (ledger, customer) => ledger.Entries()
                .Where(entry => (entry.CustomerId, entry.Name) == (customer, "feature-exports"))
                .Select(entry => Expectation.Difference(
                    JsonNode.Parse("""{"a": "", "b": 0, "c": false, "d": null, "none": null}"""),
                    JsonNode.Parse(entry.Dimensions ?? "{}"),
                    "dimensions"))
                .FirstOrDefault(difference => difference is not null),
        },
        new("an unknown word for the update behaviour, taken as DELTA", new InteropStep
        {
            Call = "ReportUsage",
            Request = """{"customerId": "$customer", "featureId": "feature-ai-summaries", "value": 1, "updateBehavior": 7}""",
            Answer = """{"measurementId": "*", "currentUsage": 61}""",
        }),
        new("a field of a later version of the proto", new InteropStep
        {
            Call = "GetBooleanEntitlement",
            Raw = customer =>
            [
                .. new GetBooleanEntitlementRequest { CustomerId = customer, FeatureId = "feature-sso" }.ToByteArray(),
                .. UnknownField,
            ],
            Answer = """{"hasAccess": true, "isFallback": false}""",
        }),
        new("a fallback of the request's own, for a feature of another type", new InteropStep
        {
            Call = "GetNumericEntitlement",
            Request = """
                {"customerId": "$customer", "featureId": "feature-sso", "options": {"fallback": {"hasAccess": true, "value": 7}}}
                """,
            Answer = """{"hasAccess": true, "isFallback": true, "entitlement": {"value": 7}}""",
        }),
        new("a request that makes no sense", new InteropStep
        {
            Call = "GetEntitlement",
            Request = """{"customerId": "$customer"}""",
            Code = StatusCode.InvalidArgument,
            Message = "feature_id",
        }),
        new("a request compressed with gzip", Compressed("gzip")),
        new("a request compressed with deflate", Compressed("deflate")),
        new("a deadline that passes", new InteropStep
        {
            Call = "GetBooleanEntitlement",
            Request = """{"customerId": "$late-0", "featureId": "feature-sso"}""",
            Deadline = TimeSpan.FromMilliseconds(200),
            TimeoutHeader = "200m",
            Code = StatusCode.DeadlineExceeded,
        }),
        new(
            "grpc-timeout in H, M, S, m and u",
            [.. from unit in new[] { "1H", "1M", "60S", "60000m", "60000000u" } select Boolean with { TimeoutHeader = unit }])
        { Only = CurlClient.Key },
        new("grpc-timeout in u and n that passes",
            Late("$late-1", "200000u"),
            Late("$late-2", "99999999n"))
        { Only = CurlClient.Key },
        new("a small MAX_HEADER_LIST_SIZE",
            Boolean with { MaxHeaderListBytes = SmallHeaderListBytes },
            new InteropStep
            {
                Call = "GetEntitlementV2",
                Request = """{"customerId": "$customer"}""",
                MaxHeaderListBytes = SmallHeaderListBytes,
                Code = StatusCode.InvalidArgument,
                Message = "currency_id",
            })
        {
            Without = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [NodeClient.Key] = "it has no such option",
                [CurlClient.Key] = "it has no such option",
            },
        },
        new("an answer above 4 MiB, refused by the client's default",
            new InteropStep
            {
                Call = "GetEntitlements",
                Request = $$$"""{"customerId": "{{{LargeCustomer}}}"}""",
                CountOnly = true,
                Code = StatusCode.ResourceExhausted,
            })
        {
            Without = new Dictionary<string, string>(StringComparer.Ordinal) { [CurlClient.Key] = "it has no limit" },
        },
        new("an answer above 4 MiB, taken when the client allows it",
            new InteropStep
            {
                Call = "GetEntitlements",
                Request = $$$"""{"customerId": "{{{LargeCustomer}}}"}""",
                CountOnly = true,
                MaxAnswerBytes = 64 * 1024 * 1024,
                Answer = $$$"""{"count": {{{ManyEntitlements}}}}""",
            }),
    ];

    // What a client has to take: a status with its message. Below it gRPC core refuses its own.
    private const int SmallHeaderListBytes = 1024;

    /// <summary>All of them, in the order in which they are taken.</summary>
    public static IReadOnlyList<InteropCase> All { get; } = [.. Calls, .. Forms];

    /// <summary>The one of a name.</summary>
    public static InteropCase Named(string name) => All.Single(one => one.Name == name);

    private static InteropStep Boolean => new()
    {
        Call = "GetBooleanEntitlement",
        Request = """{"customerId": "$customer", "featureId": "feature-sso"}""",
        Answer = """{"hasAccess": true, "isFallback": false}""",
    };

    // An entry of the map "dimensions" (field 6) that has a key (field 1) and no value (field 2).
    private static byte[] KeyWithoutValue => [(6 << 3) | 2, 6, (1 << 3) | 2, 4, .. "none"u8];

    // Field 1000, a varint.
    private static byte[] UnknownField => [0xC0, 0x3E, 1];

    private static InteropStep Usage(string feature, double usage) => new()
    {
        Call = "GetMeteredEntitlement",
        Request = $$$"""{"customerId": "$customer", "featureId": "{{{feature}}}"}""",
        Answer = $$$"""{"isFallback": false, "entitlement": {"currentUsage": {{{usage}}} }}""",
    };

    // Long enough to be worth it: some clients send what would not become shorter as it is.
    private static InteropStep Compressed(string encoding) => new()
    {
        Call = "GetEnumEntitlement",
        Request = $$$"""
            {"customerId": "$customer", "featureId": "feature-regions", "options": {"requestedValues": [
              {{{string.Join(", ", Enumerable.Repeat("\"eu\"", 200))}}}]}}
            """,
        Compression = encoding,
        Answer = """{"hasAccess": true, "requestedValues": ["eu", "eu", "eu"]}""",
    };

    private static InteropStep Late(string customer, string timeout) => new()
    {
        Call = "GetBooleanEntitlement",
        Request = $$"""{"customerId": "{{customer}}", "featureId": "feature-sso"}""",
        TimeoutHeader = timeout,
        Code = StatusCode.DeadlineExceeded,
    };
}
