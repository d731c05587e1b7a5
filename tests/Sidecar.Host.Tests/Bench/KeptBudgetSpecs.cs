using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Actors.Cache;
using Sidecar.Bench.Cloud;
using Sidecar.Bench.Load;
using Sidecar.Bench.Results;
using Sidecar.Emulator;
using Sidecar.Host.Configuration;
using Sidecar.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.Host.Tests.Bench;

/// <summary>
/// The short form of <c>./bench</c>, which every build runs: the whole service in this process, what it allocates for a call and what a
/// customer takes on the heap, against the figures in <c>tests/Sidecar.Bench/budget.json</c>.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class KeptBudgetSpecs(ITestOutputHelper output)
{
    private const int WarmCustomers = 2_000;
    private const int Customers = 20_000;
    private const int CallsAWindow = 4_000;
    private const int MostWindows = 25;
    private const double Steady = 0.005;
    private static readonly TimeSpan ActorsAreGone = TimeSpan.FromSeconds(120);

    private static string File => Repository.At("tests", "Sidecar.Bench", "budget.json");

    [Fact]
    public async Task Calls_allocate_no_more_and_customers_take_no_more_than_the_budget_allows()
    {
        await using var cloud = await CloudProcess.StartAsync(WarmCustomers + Customers, CancellationToken.None);
        await using var app = SidecarApp.Build(Options(cloud));
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<Listeners>().AddressOf(ListenerKind.Grpc)!);
        var expected = new Expectation(await Replies.LearnAsync(address, CancellationToken.None));

        var heap = await HeapBytesACustomerAsync(app, address, expected);
        output.WriteLine($"heap bytes a customer: {heap:#,0}");
        var calls = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var i = 0; i < Call.All.Count; i++)
        {
            calls[Call.All[i].Name] = await AllocatedBytesACallAsync(address, expected, i);
            output.WriteLine($"allocated bytes a call, {Call.All[i].Name}: {calls[Call.All[i].Name]:#,0}");
        }

        await app.StopAsync();

        var budget = Budget.Parse(await System.IO.File.ReadAllTextAsync(File));
        if (Environment.GetEnvironmentVariable(Budget.UpdateVariable) is "1")
        {
            await System.IO.File.WriteAllTextAsync(File, (budget with { HeapBytesACustomer = heap, AllocatedBytesACall = calls }).ToJson());
            return;
        }

        budget.Exceeded(heap, calls).Should().BeEmpty(
            "this build takes more memory than the last one. Where that is meant, {0}=1 dotnet test tests/Sidecar.Host.Tests -c Release --filter {1} "
            + "writes tests/Sidecar.Bench/budget.json anew; the reason belongs in the commit",
            Budget.UpdateVariable,
            nameof(KeptBudgetSpecs));
    }

    private static SidecarOptions Options(CloudProcess cloud)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SERVER_API_KEY"] = EmulatorOptions.DefaultApiKey,
            ["EDGE_API_URL"] = cloud.Address.ToString(),
            ["API_URL"] = cloud.Address.ToString(),
            ["WS_ENABLED"] = "false",
            ["UPSTREAM_MAX_RPS"] = "100000",
            // Nothing is read again in the course of this.
            ["CACHE_REVALIDATE_SECONDS"] = "86400",
            ["CACHE_MAX_AGE_SECONDS"] = "86400",
            ["CACHE_MAX_SIZE_BYTES"] = "1073741824",
            ["GRPC_PORT"] = "0",
            ["GRPC_BIND"] = "127.0.0.1",
            ["METRICS_PORT"] = "off",
            ["PORT"] = "off",
            ["DIAGNOSTICS_PORT"] = "off",
        };
        var reader = new SettingsReader(variables.GetValueOrDefault, _ => throw new FileNotFoundException());
        var options = SidecarOptions.Read(reader, availableMemory: 1L << 31);
        reader.Faults.Should().BeEmpty();
        return options;
    }

    private static async Task<double> HeapBytesACustomerAsync(WebApplication app, Uri address, Expectation expected)
    {
        var cache = app.Services.GetRequiredService<EntitlementCache>();
        // What is made once, and buffers that grow with the load, are no part of a customer.
        await AskOnceAsync(0, WarmCustomers);
        var before = await LiveBytesAsync();
        await AskOnceAsync(WarmCustomers, Customers);
        var after = await LiveBytesAsync();
        cache.Count.Should().Be(WarmCustomers + Customers);
        return (after - before) / (double)Customers;

        Task AskOnceAsync(int first, int count) =>
            Generator.RunAsync(new LoadPlan(address, Order.Once(first), expected) { Count = count }, CancellationToken.None);
    }

    // Until some looks in a row show the same, the last actors are still there.
    private static async Task<long> LiveBytesAsync()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var (last, same) = (long.MaxValue, 0);
        while (same < 3 || watch.Elapsed < TimeSpan.FromSeconds(8))
        {
            if (watch.Elapsed > ActorsAreGone)
                throw new InvalidOperationException($"the heap did not come to rest within {ActorsAreGone.TotalSeconds:0} s");
            await Task.Delay(TimeSpan.FromSeconds(1));
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            var now = GC.GetTotalMemory(forceFullCollection: false);
            same = Math.Abs(now - last) < 64_000 ? same + 1 : 0;
            last = now;
        }

        return last;
    }

    // The runtime compiles what is called often once more, and some of what was allocated before is not any more: so until it stays the same.
    private static async Task<double> AllocatedBytesACallAsync(Uri address, Expectation expected, int call)
    {
        var windows = new List<double>();
        while (windows.Count < MostWindows)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await Generator.RunAsync(
                new LoadPlan(address, i => new Question((int)(i % WarmCustomers), call), expected) { Count = CallsAWindow }, CancellationToken.None);
            windows.Add((GC.GetTotalAllocatedBytes(precise: true) - before) / (double)CallsAWindow);
            if (windows.Count > 5 && windows.TakeLast(3).Max() - windows.TakeLast(3).Min() < windows[^1] * Steady)
                break;
        }

        return windows.TakeLast(3).Min();
    }
}
