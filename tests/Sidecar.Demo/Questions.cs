using System.Text.Json.Nodes;
using Grpc.Core;
using Stigg.Sidecar.V1;
using Client = Stigg.Sidecar.V1.SidecarService.SidecarServiceClient;

namespace Sidecar.Demo;

/// <summary>A question in words and as a call, and the only answer that is right.</summary>
/// <param name="Text">The question.</param>
/// <param name="Call">The gRPC call.</param>
/// <param name="Expected">The answer, in the words of <see cref="Wording"/>.</param>
/// <param name="AskAsync">Asks it.</param>
internal sealed record Question(string Text, string Call, string Expected, Func<Client, CallOptions, Task<string>> AskAsync);

/// <summary>What the demo asks about the customers of <c>demo-data.json</c>.</summary>
internal static class Questions
{
    /// <summary>The global fallbacks with which the service is started.</summary>
    public const string GlobalFallbacks = """{"feature-api-calls": {"hasAccess": true, "usageLimit": 50}}""";

    private const string ApiCalls = "feature-api-calls";
    private const string Documents = "feature-documents";
    private const string Exports = "feature-exports";
    private const string Seats = "feature-seats-max";
    private const string SignOn = "feature-sso";
    private const string AuditLog = "feature-audit-log";
    private const string Regions = "feature-regions";
    private const string Tokens = "cred-type-tokens";

    /// <summary>A question of each kind, about customers that the cloud knows.</summary>
    public static IReadOnlyList<Question> OfKnownCustomers { get; } =
    [
        Metered("May customer-demo make one more API call?", "yes: 25 of 1000 calls used", "customer-demo", ApiCalls),
        Metered("May customer-at-limit make one more API call?", "no: requested usage exceeding limit", "customer-at-limit", ApiCalls),
        Any("May customer-at-limit export once more?", "yes: 31 of 20 exports used (soft)", "customer-at-limit", Exports),
        Boolean("May customer-demo use single sign-on?", "yes", "customer-demo", SignOn),
        Boolean("May customer-enterprise read the audit log?", "no: revoked", "customer-enterprise", AuditLog),
        Numeric("How large a team may customer-demo have?", "yes: 25 seats", "customer-demo", Seats),
        Numeric("How large a team may customer-enterprise have?", "yes: unlimited", "customer-enterprise", Seats),
        Enum("May customer-demo keep data in eu and us?", "yes: out of eu, us", "customer-demo", "eu", "us"),
        Enum("May customer-demo keep data in apac?", "no: requested values mismatch", "customer-demo", "apac"),
        Credit("How many tokens has customer-demo left?", "yes: 380 of 500 tokens left", "customer-demo"),
        Credit("How many tokens has customer-at-limit left?", "no: insufficient credits", "customer-at-limit"),
        Metered("May customer-workspaces make one more API call?", "yes: 410 of 1000 calls used", "customer-workspaces", ApiCalls),
        Metered(
            "May its workspace-north hold one more document?", "yes: 120 of 800 documents used",
            "customer-workspaces", Documents, resourceId: "workspace-north"),
        Metered(
            "May its workspace-south hold one more document?", "no: requested usage exceeding limit",
            "customer-workspaces", Documents, resourceId: "workspace-south"),
        new(
            "What does customer-demo have?", nameof(Client.GetEntitlements), "8 features",
            async (client, options) => Wording.Of(
                await client.GetEntitlementsAsync(new GetEntitlementsRequest { CustomerId = "customer-demo" }, options))),
        new(
            "What may customer-at-limit use?", nameof(Client.GetEntitlementsStateV2), "9 entitlements, 7 of them granted",
            async (client, options) => Wording.Of(
                await client.GetEntitlementsStateV2Async(new GetEntitlementsStateV2Request { CustomerId = "customer-at-limit" }, options))),
    ];

    /// <summary>Questions about a customer that the cloud does not know.</summary>
    public static IReadOnlyList<Question> OfUnknownCustomer { get; } =
    [
        Boolean("May customer-nobody use single sign-on?", "no: customer not found", "customer-nobody", SignOn),
        AnyWithFallback("The same, with a fallback sent along?", "yes (fallback)", "customer-nobody"),
    ];

    /// <summary>Questions about a customer that nobody asked about while the cloud was there: one for each of the three fallbacks.</summary>
    public static IReadOnlyList<Question> OfLateCustomer { get; } =
    [
        AnyWithFallback("Single sign-on, with a fallback sent along?", "yes (fallback)", "customer-late"),
        Metered("One more API call, with a global fallback?", "yes (fallback): 0 of 50 used", "customer-late", ApiCalls),
        Boolean("Single sign-on, with neither?", "no (fallback): unknown", "customer-late", SignOn),
    ];

    /// <summary>The customer whose plan changes.</summary>
    public const string ChangingCustomer = "customer-at-limit";

    /// <summary>What is asked about it once its plan has changed.</summary>
    public static Question AfterChange { get; } =
        Metered("May customer-at-limit make one more API call?", "yes: 1000 calls used", ChangingCustomer, ApiCalls);

    /// <summary>The same before the change, and when it was undone.</summary>
    public static Question BeforeChange { get; } =
        Metered("May customer-at-limit make one more API call?", "no: requested usage exceeding limit", ChangingCustomer, ApiCalls);

    /// <summary>The customer on another plan.</summary>
    /// <param name="customer">As it is in the cloud.</param>
    /// <param name="plan">The plan.</param>
    public static string OnPlan(string customer, string plan)
    {
        var changed = JsonNode.Parse(customer)!.AsObject();
        changed["plan"] = plan;
        // The cloud dates the change.
        changed.Remove("updatedAt");
        return changed.ToJsonString();
    }

    private static Question Metered(string text, string expected, string customerId, string featureId, string resourceId = "") => new(
        text, nameof(Client.GetMeteredEntitlement), expected,
        async (client, options) => Wording.Of(await client.GetMeteredEntitlementAsync(
            new GetMeteredEntitlementRequest
            {
                CustomerId = customerId,
                ResourceId = resourceId,
                FeatureId = featureId,
                Options = new MeteredEntitlementOptions { RequestedUsage = 1 },
            },
            options)));

    private static Question Boolean(string text, string expected, string customerId, string featureId) => new(
        text, nameof(Client.GetBooleanEntitlement), expected,
        async (client, options) => Wording.Of(await client.GetBooleanEntitlementAsync(
            new GetBooleanEntitlementRequest { CustomerId = customerId, FeatureId = featureId }, options)));

    private static Question Numeric(string text, string expected, string customerId, string featureId) => new(
        text, nameof(Client.GetNumericEntitlement), expected,
        async (client, options) => Wording.Of(await client.GetNumericEntitlementAsync(
            new GetNumericEntitlementRequest { CustomerId = customerId, FeatureId = featureId }, options)));

    private static Question Enum(string text, string expected, string customerId, params string[] regions) => new(
        text, nameof(Client.GetEnumEntitlement), expected,
        async (client, options) => Wording.Of(await client.GetEnumEntitlementAsync(
            new GetEnumEntitlementRequest
            {
                CustomerId = customerId,
                FeatureId = Regions,
                Options = new EnumEntitlementOptions { RequestedValues = { regions } },
            },
            options)));

    private static Question Credit(string text, string expected, string customerId) => new(
        text, nameof(Client.GetEntitlementV2), expected,
        async (client, options) => Wording.Of(await client.GetEntitlementV2Async(
            new GetEntitlementV2Request { CustomerId = customerId, CurrencyId = Tokens }, options)));

    private static Question Any(string text, string expected, string customerId, string featureId) => new(
        text, nameof(Client.GetEntitlement), expected,
        async (client, options) => Wording.Of(await client.GetEntitlementAsync(
            new GetEntitlementRequest
            {
                CustomerId = customerId,
                FeatureId = featureId,
                Options = new GetEntitlementOptions { RequestedUsage = 1 },
            },
            options)));

    private static Question AnyWithFallback(string text, string expected, string customerId) => new(
        text, nameof(Client.GetEntitlement), expected,
        async (client, options) => Wording.Of(await client.GetEntitlementAsync(
            new GetEntitlementRequest
            {
                CustomerId = customerId,
                FeatureId = SignOn,
                Options = new GetEntitlementOptions { Fallback = new GetEntitlementFallback { HasAccess = true } },
            },
            options)));
}
