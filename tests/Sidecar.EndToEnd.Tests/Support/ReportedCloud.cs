using System.Globalization;
using System.Text.RegularExpressions;
using Grpc.Core;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Reports;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>One service and its cloud for the specs about reports, without the stream: what is seen is seen because of the reports.</summary>
public sealed partial class ReportedCloud : IAsyncLifetime
{
    /// <summary>A feature of which each unit costs two tokens; it is all that the resource "lab" has, which has no tokens of its own.</summary>
    public const string Summaries = "feature-ai-summaries";

    private const int Customers = 200;
    private int _taken;

    /// <summary>The service and its cloud.</summary>
    public ServiceUnderTest It { get; private set; } = null!;

    /// <summary>What was counted.</summary>
    public UsageLedger Ledger => It.Control.Ledger;

    /// <summary>Reports that reached the cloud.</summary>
    public int Requests => It.Control.Requests.Snapshot() is var seen ? seen.ApiUsage + seen.ApiUsageBulk + seen.ApiEvents : 0;

    /// <inheritdoc/>
    public async Task InitializeAsync() => It = await ServiceUnderTest.StartAsync(data: Data());

    /// <inheritdoc/>
    public async Task DisposeAsync() => await It.DisposeAsync();

    /// <summary>The demo's data with customers of which each spec takes its own, and a feature that is counted from events.</summary>
    public static EmulatorData Data()
    {
        var data = EmulatorData.Demo(TimeProvider.System.GetUtcNow());
        var customers = data.Customers.ToBuilder();
        for (var i = 0; i < Customers; i++)
        {
            customers.Add(Many.Id(i), data.Customers[Trouble.Customer] with
            {
                Resources = EmulatorData.Map<Resource>()
                    .Add("site", new Resource { Plan = "pro" })
                    .Add("lab", new Resource { Entitlements = EmulatorData.Map<Grant>().Add(Summaries, data.Plans["pro"].Entitlements[Summaries]) }),
            });
        }

        return data with
        {
            Customers = customers.ToImmutable(),
            Features = data.Features.Add("feature-logins", data.Features[Trouble.Feature] with { EventName = "signed-in" }),
        };
    }

    /// <summary>A customer that no spec had before: with 25 API calls, 60 summaries, 120 tokens.</summary>
    public string TakeCustomer() => Many.Id(Interlocked.Increment(ref _taken) - 1);

    /// <summary>Reports one usage.</summary>
    public async Task<ReportUsageResponse> ReportAsync(ReportUsageRequest usage, string? key = null, CancellationToken cancellation = default) =>
        await It.Client.ReportUsageAsync(usage, key is null ? null : new Metadata { { "idempotency-key", key } }, cancellationToken: cancellation);

    /// <summary>What another connection is told of a customer's API calls.</summary>
    public async Task<double> UsedAsync(string customer, string? resource = null)
    {
        using var other = It.Service.Connect();
        var request = new GetMeteredEntitlementRequest { CustomerId = customer, FeatureId = Trouble.Feature };
        if (resource is not null)
            request.ResourceId = resource;
        return (await new SidecarService.SidecarServiceClient(other).GetMeteredEntitlementAsync(request)).Entitlement.CurrentUsage;
    }

    /// <summary>How many reports of a call ended so.</summary>
    public async Task<long> EndedAsync(string call, string outcome)
    {
        var text = await (await It.Service.GetAsync("/metrics")).Content.ReadAsStringAsync();
        return Sample().Matches(text).Where(m => m.Groups["labels"].Value is var labels
                && labels.Contains($"call=\"{call}\"", StringComparison.Ordinal) && labels.Contains($"outcome=\"{outcome}\"", StringComparison.Ordinal))
            .Sum(m => long.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^sidecar_usage_reports_total\{(?<labels>[^}]*)\} (?<value>\d+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();
}
