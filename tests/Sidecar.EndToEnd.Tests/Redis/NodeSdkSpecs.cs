using System.Globalization;
using System.Text.Json.Nodes;
using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Emulator;
using Sidecar.Emulator.Data;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Grant = Sidecar.Emulator.Data.Grant;
using MeterType = Stigg.Sidecar.V1.MeterType;
using Usage = Sidecar.Emulator.Data.Usage;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Stigg's own Node SDK on the same Redis: each answers from what the other has written, and both write at once.</summary>
public sealed class NodeSdkSpecs
{
    private const string Bare = "customer-bare";
    private const string Over = "customer-over";

    // Of every kind: granted and denied, with and without limits, periods and values, and what is not there. A resource that has nothing is
    // not among them: its set has no date, and so is older than its customer's, which is a miss to both.
    private static readonly Question[] Questions =
    [
        new("BOOLEAN", "customer-demo", "feature-sso"),
        new("BOOLEAN", "customer-demo", "feature-audit-log"),
        new("BOOLEAN", "customer-enterprise", "feature-audit-log"),
        new("BOOLEAN", "customer-trial", "feature-sso"),
        new("NUMERIC", "customer-demo", "feature-seats-max"),
        new("NUMERIC", "customer-enterprise", "feature-seats-max"),
        new("METERED", "customer-demo", "feature-api-calls"),
        new("METERED", "customer-demo", "feature-api-calls", RequestedUsage: 5000),
        new("METERED", "customer-demo", "feature-exports"),
        new("METERED", "customer-demo", "feature-seats"),
        new("METERED", "customer-demo", "feature-documents"),
        new("METERED", "customer-demo", "feature-ai-summaries"),
        new("METERED", "customer-at-limit", "feature-api-calls", RequestedUsage: 1),
        new("METERED", "customer-enterprise", "feature-api-calls"),
        new("METERED", "customer-enterprise", "feature-exports"),
        new("METERED", "customer-enterprise", "feature-ai-summaries"),
        new("METERED", Over, "feature-api-calls"),
        new("ENUM", "customer-demo", "feature-regions", RequestedValues: ["eu"]),
        new("ENUM", "customer-demo", "feature-regions", RequestedValues: ["eu", "moon"]),
        new("BOOLEAN", Bare, "feature-sso"),
        new("METERED", Bare, "feature-api-calls"),
        new("METERED", "customer-workspaces", "feature-documents", "workspace-north"),
        new("METERED", "customer-workspaces", "feature-api-calls", "workspace-north"),
        new("METERED", "customer-workspaces", "feature-api-calls"),
        new("BOOLEAN", "customer-workspaces", "feature-sso", "workspace-north"),
    ];

    [NodeSdkFact]
    public async Task What_the_service_has_written_the_sdk_answers_from_without_asking_the_cloud()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var it = await redis.ServeAsync(Data(), withStream: true);
        foreach (var question in Questions)
            await AskAsync(it.Client, question);
        await redis.IsQuietAsync();
        // A cloud of its own, which is gone once the SDK has seen its key accepted.
        var cloud = await CloudEmulator.StartAsync(new EmulatorOptions { ApiKey = ServiceUnderTest.ApiKey, Data = Data() }, CancellationToken.None);
        await using var sdk = await NodeSdk.StartAsync(redis, cloud.Address);
        cloud.Control.Requests.Snapshot().State.Should().Be(0);
        await cloud.DisposeAsync();

        await AgreeAsync("after a read");

        it.Control.SetUsage("customer-demo", "feature-api-calls", 999);
        await Eventually.HoldsAsync(async () => (await AskAsync(it.Client, Questions[6])).Contains("used=999", StringComparison.Ordinal));
        await AgreeAsync("after an update of usage");

        it.Control.ChangeCustomer("customer-demo", customer => customer with
        {
            Entitlements = customer.Entitlements
                .SetItem("feature-api-calls", new Grant { Limit = 5999, SoftLimit = true, ResetPeriod = ResetPeriod.Day })
                .SetItem("feature-audit-log", new Grant()),
        });
        await Eventually.HoldsAsync(async () => (await AskAsync(it.Client, Questions[6])).Contains("limit=5999", StringComparison.Ordinal));
        await AgreeAsync("after an update of the set");

        await it.Client.ReportUsageAsync(new()
        {
            CustomerId = "customer-demo",
            FeatureId = "feature-seats",
            Value = 11,
            UpdateBehavior = UsageUpdateBehavior.Set,
        });
        await it.Client.ReportUsageAsync(new()
        {
            CustomerId = "customer-workspaces",
            ResourceId = "workspace-north",
            FeatureId = "feature-documents",
            Value = 3,
        });
        await AgreeAsync("after reports");

        await it.Client.ReloadEntitlementsAsync(new() { CustomerId = "customer-demo" });
        await AgreeAsync("after a reload");

        (await sdk.CountsAsync()).Should().BeEquivalentTo((Hits: 5 * Questions.Length, Misses: 0, Failures: 0));

        // The list has what each question has; credits, which this generation does not know, are one without a feature and without access.
        var list = (await sdk.DoAsync("list", new() { ["customerId"] = "customer-demo" }))!.AsArray();
        var ours = (await it.Client.GetEntitlementsStateV2Async(new() { CustomerId = "customer-demo" })).Entitlements;
        list.Where(entry => entry!["feature"] is not null).Select(entry => Shape.Of(entry!)).Should()
            .BeEquivalentTo(ours.Where(entry => entry.Credit is null).Select(Shape.Of));
        list.Where(entry => entry!["feature"] is null).Should().AllSatisfy(entry => ((bool)entry!["hasAccess"]!).Should().BeFalse());

        async Task AgreeAsync(string when)
        {
            await redis.IsQuietAsync();
            foreach (var question in Questions)
                (await AskAsync(sdk, question)).Should().Be(await AskAsync(it.Client, question), $"{question}, {when}; the SDK says: {sdk.Errors}");
        }
    }

    [NodeSdkFact]
    public async Task What_the_sdk_has_written_the_service_answers_from_without_a_cloud()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var cloud = await CloudEmulator.StartAsync(
            new EmulatorOptions { ApiKey = ServiceUnderTest.ApiKey, Data = Data() }, CancellationToken.None);
        await using var sdk = await NodeSdk.StartAsync(redis, cloud.Address);
        // It writes no usage where the cloud has no date of it, and such an entry is not whole.
        var questions = Questions.Where(question => question.Customer is not ("customer-enterprise" or "customer-trial" or "customer-at-limit")
            && question is not { Customer: "customer-workspaces", Resource: null }).ToList();
        foreach (var question in questions)
            await AskAsync(sdk, question);
        await sdk.DoAsync("report", new() { ["customerId"] = "customer-demo", ["featureId"] = "feature-seats", ["value"] = 17 });
        await sdk.DoAsync("report", new()
        {
            ["customerId"] = "customer-workspaces",
            ["resourceId"] = "workspace-north",
            ["featureId"] = "feature-documents",
            ["value"] = 444,
        });

        await using var service = await redis.ServeWithoutCloudAsync();
        using var channel = service.Connect();
        var client = new SidecarService.SidecarServiceClient(channel);
        foreach (var question in questions)
            (await AskAsync(client, question)).Should().Be(await AskAsync(sdk, question), question.ToString());
        (await client.GetMeteredEntitlementAsync(new() { CustomerId = "customer-demo", FeatureId = "feature-seats" }))
            .Entitlement.CurrentUsage.Should().Be(17);
        (await client.GetMeteredEntitlementAsync(
            new() { CustomerId = "customer-workspaces", ResourceId = "workspace-north", FeatureId = "feature-documents" }))
            .Entitlement.CurrentUsage.Should().Be(444);
    }

    // The demo's; with a customer that has nothing at all, and one whose period is over.
    private static EmulatorData Data()
    {
        var now = TimeProvider.System.GetUtcNow();
        var demo = EmulatorData.Demo(now);
        var customer = demo.Customers["customer-demo"];
        return demo with
        {
            Customers = demo.Customers.Add(Bare, new Customer()).Add(Over, customer with
            {
                Usage = customer.Usage.SetItem("feature-api-calls", new Usage
                {
                    CurrentUsage = 77,
                    UpdatedAt = now.AddDays(-20),
                    PeriodAnchor = now.AddDays(-40),
                    PeriodStart = now.AddDays(-40),
                    PeriodEnd = now.AddDays(-10),
                }),
            }),
        };
    }

    private static async Task<string> AskAsync(SidecarService.SidecarServiceClient client, Question question)
    {
        var (customer, feature, resource) = (question.Customer, question.Feature, question.Resource);
        var answer = new EntitlementV2();
        switch (question.Kind)
        {
            case "BOOLEAN":
                var boolean = await client.GetBooleanEntitlementAsync(With(new GetBooleanEntitlementRequest { CustomerId = customer, FeatureId = feature }));
                answer.Boolean = boolean.Entitlement;
                return Shape.Of(Decided(boolean.HasAccess, boolean.IsFallback, boolean.HasAccessDeniedReason ? boolean.AccessDeniedReason : null));
            case "NUMERIC":
                var numeric = await client.GetNumericEntitlementAsync(With(new GetNumericEntitlementRequest { CustomerId = customer, FeatureId = feature }));
                answer.Numeric = numeric.Entitlement;
                return Shape.Of(Decided(numeric.HasAccess, numeric.IsFallback, numeric.HasAccessDeniedReason ? numeric.AccessDeniedReason : null));
            case "METERED":
                var options = new MeteredEntitlementOptions();
                if (question.RequestedUsage is { } usage)
                    options.RequestedUsage = usage;
                var metered = await client.GetMeteredEntitlementAsync(
                    With(new GetMeteredEntitlementRequest { CustomerId = customer, FeatureId = feature, Options = options }));
                answer.Metered = metered.Entitlement;
                return Shape.Of(Decided(metered.HasAccess, metered.IsFallback, metered.HasAccessDeniedReason ? metered.AccessDeniedReason : null));
            default:
                var values = new EnumEntitlementOptions { RequestedValues = { question.RequestedValues ?? [] } };
                var one = await client.GetEnumEntitlementAsync(
                    With(new GetEnumEntitlementRequest { CustomerId = customer, FeatureId = feature, Options = values }));
                answer.Enum = one.Entitlement;
                return Shape.Of(Decided(one.HasAccess, one.IsFallback, one.HasAccessDeniedReason ? one.AccessDeniedReason : null));
        }

        T With<T>(T request)
            where T : IMessage
        {
            if (resource is not null)
                request.Descriptor.FindFieldByName("resource_id").Accessor.SetValue(request, resource);
            return request;
        }

        EntitlementV2 Decided(bool hasAccess, bool isFallback, AccessDeniedReason? reason)
        {
            (answer.HasAccess, answer.IsFallback) = (hasAccess, isFallback);
            if (reason is { } given)
                answer.AccessDeniedReason = given;
            return answer;
        }
    }

    private static async Task<string> AskAsync(NodeSdk sdk, Question question) => Shape.Of((await sdk.DoAsync("ask", new()
    {
        ["kind"] = question.Kind,
        ["customerId"] = question.Customer,
        ["resourceId"] = question.Resource,
        ["featureId"] = question.Feature,
        ["requestedUsage"] = question.RequestedUsage,
        ["requestedValues"] = question.RequestedValues is { } values ? new JsonArray([.. values.Select(value => (JsonNode)value)]) : null,
    }))!);

    private sealed record Question(
        string Kind, string Customer, string Feature, string? Resource = null, double? RequestedUsage = null, string[]? RequestedValues = null);

    // An answer as a line, in the same words whoever gave it.
    private static class Shape
    {
        public static string Of(JsonNode sdk)
        {
            var feature = sdk["feature"];
            var access = Access((bool)sdk["hasAccess"]!, (bool)sdk["isFallback"]!);
            if (feature is null)
                return access;
            return $"{access} {(string?)sdk["accessDeniedReason"]} {feature["id"]} {feature["featureType"]} {feature["meterType"]} "
                + $"{feature["units"]}/{feature["unitsPlural"]} {feature["isMetered"]} " + (string)sdk["type"]! switch
                {
                    "NUMERIC" => $"value={sdk["value"]} unlimited={sdk["isUnlimited"]}",
                    "METERED" => $"limit={sdk["usageLimit"]} unlimited={sdk["isUnlimited"]} soft={sdk["hasSoftLimit"]} used={sdk["currentUsage"]} "
                        + $"{sdk["resetPeriod"]} {Date(sdk["usagePeriodAnchor"])} {Date(sdk["usagePeriodStart"])} {Date(sdk["usagePeriodEnd"])}",
                    "ENUM" => $"values={string.Join(',', sdk["enumValues"]!.AsArray())}",
                    var other => other,
                };
        }

        public static string Of(EntitlementV2 ours)
        {
            var feature = ours.Boolean?.Feature ?? ours.Numeric?.Feature ?? ours.Metered?.Feature ?? ours.Enum?.Feature;
            var access = Access(ours.HasAccess, ours.IsFallback);
            if (feature is null)
                return access;
            var meter = feature.MeterType == MeterType.Unspecified ? "" : feature.MeterType.ToString();
            var reason = ours.HasAccessDeniedReason ? ours.AccessDeniedReason.ToString() : "";
            return $"{access} {reason} {feature.Id} {feature.FeatureType.ToString().ToUpperInvariant()} {meter} "
                + $"{feature.Units}/{feature.UnitsPlural} {Flag(feature.IsMetered)} " + ours switch
                {
                    { Numeric: { } it } => $"value={(it.HasValue ? it.Value : null)} unlimited={Flag(it.IsUnlimited)}",
                    { Metered: { } it } => $"limit={(it.HasUsageLimit ? it.UsageLimit.ToString(CultureInfo.InvariantCulture) : "")} "
                        + $"unlimited={Flag(it.IsUnlimited)} soft={Flag(it.HasSoftLimit)} "
                        + $"used={it.CurrentUsage.ToString(CultureInfo.InvariantCulture)} "
                        + $"{(it.HasResetPeriod ? it.ResetPeriod.ToString().ToUpperInvariant() : "")} "
                        + $"{Date(it.UsagePeriodAnchor)} {Date(it.UsagePeriodStart)} {Date(it.UsagePeriodEnd)}",
                    { Enum: { } it } => $"values={string.Join(',', it.EnumValues)}",
                    _ => "BOOLEAN",
                };
        }

        private static string Access(bool has, bool isFallback) => (has ? "yes" : "no") + (isFallback ? " by a fallback" : "");

        private static string Flag(bool flag) => flag ? "true" : "false";

        private static string Date(JsonNode? date) => date is null
            ? "-"
            : DateTimeOffset.Parse((string)date!, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

        private static string Date(Timestamp? date) =>
            date is null ? "-" : date.ToDateTimeOffset().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
    }
}
