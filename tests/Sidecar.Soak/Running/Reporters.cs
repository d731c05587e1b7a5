using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Sidecar.Emulator.Reports;

namespace Sidecar.Soak.Running;

/// <summary>Those who report usage, one time in five as an event, and remember what they were told of each report.</summary>
internal sealed class Reporters(World world, SoakOptions options)
{
    private const int Lanes = 12;
    private const int EventEvery = 5;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly List<bool>[] _ends = [.. Enumerable.Range(0, Lanes).Select(_ => new List<bool>())];

    /// <summary>
    /// Reports until it is stopped. A customer's reports come from one lane, one after the other: nobody else's stand between a report and
    /// the question after it.
    /// </summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => RunAsync(lane, stop)));

    /// <summary>Compares what callers were told with what the cloud has counted.</summary>
    public ReportFigures Compare()
    {
        var figures = new ReportFigures();
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var number = 0; number < _ends[lane].Count; number++)
            {
                var kind = IsEvent(number) ? LedgerKind.Event : LedgerKind.Measurement;
                figures = figures.With(_ends[lane][number], world.Cloud.Control.Ledger.CountOf(kind, Key(lane, number)));
            }
        }

        return figures;
    }

    private static bool IsEvent(int number) => number % EventEvery is 0;

    private static string Key(int lane, int number) => string.Create(CultureInfo.InvariantCulture, $"{lane}-{number}");

    private async Task RunAsync(int lane, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds((double)Lanes / options.ReportsPerSecond));
        var random = new Random(options.Seed + lane);
        while (!stop.IsCancellationRequested)
        {
            var customer = (random.Next(options.Known / Lanes) * Lanes) + lane;
            _ends[lane].Add(await ReportAsync(lane, _ends[lane].Count, customer));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task<bool> ReportAsync(int lane, int number, int customer)
    {
        var client = world.Clients[lane % world.Clients.Length];
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + Deadline;
        try
        {
            if (IsEvent(number))
            {
                await client.ReportEventsAsync(
                    new() { Events = { new Stigg.Sidecar.V1.Event { CustomerId = SoakData.Known(customer), EventName = SoakData.EventName, IdempotencyKey = Key(lane, number) } } },
                    deadline: deadline);
                return true;
            }

            world.Reported.Changed(customer, Stopwatch.GetTimestamp());
            var reply = await client.ReportUsageAsync(
                new() { CustomerId = SoakData.Known(customer), FeatureId = SoakData.Reported, Value = 1 },
                new Metadata { { "idempotency-key", Key(lane, number) } },
                deadline);
            // No later answer may be older than this.
            world.Reported.Seen(customer, reply.CurrentUsage);
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }
}
