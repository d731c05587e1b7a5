using FluentAssertions;
using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The service without the cloud: nothing is sent, fallbacks or a file answer.</summary>
public sealed class OfflineSpecs : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"sidecar-offline-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Without_a_file_every_question_is_answered_by_fallbacks_and_nothing_reaches_the_cloud()
    {
        await using var it = await ServiceUnderTest.StartAsync(new()
        {
            ["OFFLINE"] = "true",
            ["SERVER_API_KEY"] = null,
            ["ENTITLEMENTS_FALLBACK"] = """{"feature-sso": {"hasAccess": true}}""",
            ["READY_WHEN"] = "data",
        });

        var granted = await AskAsync(it, "feature-sso");
        var denied = await AskAsync(it, "feature-audit");

        (granted.HasAccess, granted.IsFallback, denied.HasAccess, denied.IsFallback).Should().Be((true, true, false, true));
        (await it.Client.ReloadEntitlementsAsync(new() { CustomerId = "c" })).EntitledEntityExists.Should().BeTrue();
        (await it.Service.GetAsync("/readyz")).IsSuccessStatusCode.Should().BeTrue();
        (await it.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(0, "no key is needed");
        it.Control.Requests.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task Reports_are_acknowledged_and_go_nowhere()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["OFFLINE"] = "true" });
        var usage = new ReportUsageRequest { CustomerId = "c", FeatureId = "f", ResourceId = "r", Value = 3 };

        var one = await it.Client.ReportUsageAsync(usage);
        var bulk = await it.Client.ReportUsageBulkAsync(new() { Usages = { usage, new ReportUsageRequest { CustomerId = "d", FeatureId = "g", Value = 1 } } });
        await it.Client.ReportEventsAsync(new() { Events = { new Event { CustomerId = "c", EventName = "e", IdempotencyKey = "k" } } });

        (one.CustomerId, one.FeatureId, one.ResourceId).Should().Be(("c", "f", "r"));
        bulk.Usages.Select(u => (u.CustomerId, u.FeatureId, u.HasResourceId)).Should().Equal(("c", "f", true), ("d", "g", false));
        new[] { one.MeasurementId, bulk.Usages[0].MeasurementId, bulk.Usages[1].MeasurementId }.Should().OnlyHaveUniqueItems().And.NotContain("");
        var call = async () => await it.Client.ReportUsageAsync(new() { CustomerId = "c", FeatureId = "f", Value = double.NaN });
        (await call.Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.InvalidArgument);
        it.Control.Requests.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task What_the_file_says_answers_and_a_change_in_it_is_in_force_before_long()
    {
        Write(limit: 10, used: 4);
        await using var it = await ServiceUnderTest.StartAsync(new() { ["OFFLINE"] = "true", ["OFFLINE_DATA_FILE"] = _file });

        var reply = await MeteredAsync(it, "customer-1", requested: 6);
        (reply.HasAccess, reply.IsFallback, reply.Entitlement.UsageLimit, reply.Entitlement.CurrentUsage).Should().Be((true, false, 10, 4));
        (await MeteredAsync(it, "customer-1", requested: 7)).HasAccess.Should().BeFalse();
        var unknown = await it.Client.GetEntitlementsAsync(new() { CustomerId = "customer-2" });
        unknown.AccessDeniedReason.Should().Be(AccessDeniedReason.CustomerNotFound);
        (await it.Client.ReloadEntitlementsAsync(new() { CustomerId = "customer-2" })).EntitledEntityExists.Should().BeFalse();

        // Less is used than before: the file is right, whatever dates there are.
        Write(limit: 20, used: 1);

        await Eventually.HoldsAsync(async () =>
            (await MeteredAsync(it, "customer-1", 1)).Entitlement is { UsageLimit: 20, CurrentUsage: 1 });
        it.Control.Requests.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task File_with_a_mistake_is_told_and_what_was_in_force_stays()
    {
        Write(limit: 10, used: 4);
        await using var it = await ServiceUnderTest.StartAsync(new() { ["OFFLINE"] = "true", ["OFFLINE_DATA_FILE"] = _file });
        await MeteredAsync(it, "customer-1", 1);

        await File.WriteAllTextAsync(_file, """{"customers": {"customer-1": {}}}""");

        await Eventually.HoldsAsync(() => Task.FromResult(it.Service.Lines.Any(line =>
            line.Contains("OFFLINE_DATA_FILE", StringComparison.Ordinal) && line.Contains("customer number 1 has no object", StringComparison.Ordinal))));
        (await MeteredAsync(it, "customer-1", 1)).Entitlement.UsageLimit.Should().Be(10);
    }

    [Fact]
    public async Task File_that_is_not_there_is_a_start_up_error_and_heals()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["OFFLINE"] = "true", ["OFFLINE_DATA_FILE"] = _file });
        (await it.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(1);
        (await MeteredAsync(it, "customer-1", 1)).IsFallback.Should().BeTrue();

        Write(limit: 10, used: 4);

        await Eventually.HoldsAsync(async () => !(await MeteredAsync(it, "customer-1", 1)).IsFallback);
    }

    private void Write(int limit, int used)
    {
        // As an editor does: the file is never seen half written.
        File.WriteAllText(_file + ".new", $$$$"""
            {"customers": {"customer-1": {"entitlementsState": {"entitlementsV2": [
              {"__typename": "FeatureEntitlement", "usageLimit": {{{{limit}}}}, "currentUsage": {{{{used}}}},
               "feature": {"refId": "feature-api-calls", "featureType": "NUMBER", "meterType": "Incremental"}}]}}}
            }
            """);
        File.Move(_file + ".new", _file, overwrite: true);
    }

    private static async Task<GetBooleanEntitlementResponse> AskAsync(ServiceUnderTest it, string feature) =>
        await it.Client.GetBooleanEntitlementAsync(new() { CustomerId = "c", FeatureId = feature });

    private static async Task<GetMeteredEntitlementResponse> MeteredAsync(ServiceUnderTest it, string customer, double requested) =>
        await it.Client.GetMeteredEntitlementAsync(new()
        {
            CustomerId = customer,
            FeatureId = "feature-api-calls",
            Options = new() { RequestedUsage = requested },
        });
}
