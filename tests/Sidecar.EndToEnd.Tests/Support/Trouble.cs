using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>What the specs about trouble with the cloud have in common.</summary>
internal static class Trouble
{
    public const string Customer = "customer-demo";
    public const string Feature = "feature-api-calls";
    public const string InvalidKeyErrors = "sidecar_invalid_api_key_errors_total";
    public const string NetworkErrors = "sidecar_network_request_errors_total";
    public const string InitializationErrors = "sidecar_initialization_errors_total";

    /// <summary>The longest that any question may take.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(10.5);

    /// <summary>The longest that healing may take once the cause is gone.</summary>
    private static readonly TimeSpan HealingTime = TimeSpan.FromSeconds(30);

    public static async Task<GetMeteredEntitlementResponse> AskAsync(ServiceUnderTest it, string customer = Customer) =>
        await it.Client.GetMeteredEntitlementAsync(new() { CustomerId = customer, FeatureId = Feature });

    public static async Task CountsAsync(ServiceUnderTest it, string counter) =>
        await Eventually.HoldsAsync(async () => await it.Service.CounterAsync(counter) >= 1);

    /// <summary>Waits until a line with a text is written: what is counted may be counted before.</summary>
    public static async Task WritesAsync(ServiceUnderTest it, string text) =>
        await Eventually.HoldsAsync(() => Task.FromResult(it.Service.Lines.Any(line => line.Contains(text, StringComparison.Ordinal))));

    public static async Task HealsAsync(ServiceUnderTest it, double usage, string customer = Customer) => await Eventually.HoldsAsync(
        async () => await AskAsync(it, customer) is { IsFallback: false } reply && reply.Entitlement.CurrentUsage == usage, HealingTime);
}
