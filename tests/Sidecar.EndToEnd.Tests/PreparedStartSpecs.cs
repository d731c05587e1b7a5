using System.Net;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>Files that are prepared for a service: whom to read at the start, and what to answer when nothing is known.</summary>
public sealed class PreparedStartSpecs : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"sidecar-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task Listed_customers_are_in_memory_before_anybody_asks()
    {
        await File.WriteAllTextAsync(_path, "customer-demo\ncustomer-at-limit\nnobody-knows\n");
        await using var both = await ServiceUnderTest.StartWithStreamAsync(new() { ["WARM_UP_CUSTOMERS_FILE"] = _path });

        await Eventually.HoldsAsync(async () => (await both.Service.GetAsync("/readyz")).StatusCode == HttpStatusCode.OK);
        var reads = both.StateRequests;
        var reply = await both.Client.GetMeteredEntitlementAsync(new() { CustomerId = "customer-demo", FeatureId = "feature-api-calls" });

        reply.Entitlement.UsageLimit.Should().Be(1000);
        (reads, both.StateRequests).Should().Be((3, 3));
        // A scrape just before is answered once more for a moment.
        await Eventually.HoldsAsync(async () => (await ScrapeAsync(both)).Contains("sidecar_warm_up_entries{state=\"read\"} 3"));
    }

    [Fact]
    public async Task Readiness_waits_for_them_but_not_longer_than_it_is_told()
    {
        await File.WriteAllTextAsync(_path, "customer-demo\n");
        await using var both = await ServiceUnderTest.StartAsync(
            new() { ["WARM_UP_CUSTOMERS_FILE"] = _path, ["WARM_UP_TIMEOUT_SECONDS"] = "9" },
            prepare: cloud => cloud.Faults.Add(FaultRule.Hang()));

        using var early = await both.Service.GetAsync("/readyz");

        early.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await early.Content.ReadAsStringAsync()).Should().Contain("WARM_UP_CUSTOMERS_FILE: 0 of 1 entries are in memory");
        await Eventually.HoldsAsync(async () => (await both.Service.GetAsync("/readyz")).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Changed_file_of_fallbacks_is_in_force_without_a_restart()
    {
        await File.WriteAllTextAsync(_path, """{"f": {"hasAccess": false}}""");
        await using var both = await ServiceUnderTest.StartAsync(new() { ["OFFLINE"] = "true", ["ENTITLEMENTS_FALLBACK_FILE"] = _path });
        (await AskAsync()).Should().BeFalse();

        await File.WriteAllTextAsync(_path, """{"f": {"hasAccess": true}}""");
        await Eventually.HoldsAsync(AskAsync);

        await File.WriteAllTextAsync(_path, "{");
        await Eventually.HoldsAsync(() => Task.FromResult(both.Service.Lines.Any(line => line.Contains("ENTITLEMENTS_FALLBACK_FILE can't be used"))));
        (await AskAsync()).Should().BeTrue();

        async Task<bool> AskAsync() => (await both.Client.GetBooleanEntitlementAsync(new() { CustomerId = "c", FeatureId = "f" })).HasAccess;
    }

    private static async Task<string> ScrapeAsync(ServiceUnderTest both)
    {
        using var metrics = await both.Service.GetAsync("/metrics");
        return await metrics.Content.ReadAsStringAsync();
    }
}
