using System.Diagnostics;
using Sidecar.Bench.Load;
using Sidecar.Bench.Results;
using Sidecar.Bench.Servers;
using Sidecar.Testing;

namespace Sidecar.Bench.Sections;

/// <summary>The parts that need a service with all customers in it: they share one, since to fill it takes long.</summary>
internal sealed class LoadedSections : IAsyncDisposable
{
    private const int Updates = 2_000;

    // What the bare server does before and after a round may differ by that; and how often a round may be for nothing.
    private const double Steady = 1.15;
    private const int SpareRounds = 2;

    // A tail takes more rounds than a median does, and short ones: of a machine that changes its speed, fewer are hit by that.
    private const int RoundsAPair = 3;

    private readonly Stage _stage;
    private readonly CancellationToken _cancellation;
    private readonly List<IBenchServer> _servers = [];

    private LoadedSections(Stage stage, CancellationToken cancellation) => (_stage, _cancellation) = (stage, cancellation);

    private BenchOptions Options => _stage.Options;

    /// <summary>Measures those that are wanted.</summary>
    public static async Task RunAsync(Stage stage, CancellationToken cancellation)
    {
        await using var it = new LoadedSections(stage, cancellation);
        var service = await stage.StartSidecarAsync();
        it._servers.Add(service);
        await it.FillAsync(service);
        string[] compared = [Section.Mixed, Section.Hot, Section.Rate];
        if (!compared.Any(stage.Options.Has))
            return;
        it._servers.Add(await stage.StartBareAsync());
        if (stage.Options.Node)
            it._servers.Add(await stage.StartNodeAsync());
        // All kinds of questions, whichever part is measured.
        foreach (var server in it._servers)
            await it.AskMixedAsync(server, Stage.WarmUp);
        if (stage.Options.Has(Section.Mixed))
            await it.MixedAsync();
        if (stage.Options.Has(Section.Hot))
            await it.HotAsync();
        if (stage.Options.Has(Section.Rate))
            await it.RateAsync(service);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    private async Task FillAsync(SidecarServer service)
    {
        var isMeasured = Options.Has(Section.Memory);
        _stage.Progress($"{(isMeasured ? Section.Memory : "filling")}: {Options.Customers:N0} customers ...");
        await _stage.AskOnceAsync(service, Options.Customers, Stage.WarmCustomers);
        var before = isMeasured ? await _stage.SettleAsync(service) : 0;
        var result = await _stage.AskOnceAsync(service, 0, Options.Customers);
        _stage.Progress($"  {result.PerSecond:N0} a second");
        if (!isMeasured)
            return;
        var after = await _stage.SettleAsync(service);
        var customers = await service.MetricAsync("sidecar_cache_customers", _cancellation);
        if (customers < Options.Customers)
            throw new BenchException($"the service holds {customers:N0} customers, expected {Options.Customers:N0}: this machine's memory is too small for its bound");
        _stage.Note(Section.Memory, What.BytesACustomer, Unit.Bytes, (after - before) / (double)Options.Customers);
        _stage.Note(
            Section.Memory, "a customer by the service's own estimate", Unit.Bytes,
            await service.MetricAsync("sidecar_cache_bytes", _cancellation) / customers);
        _stage.Note(Section.Memory, "resident memory without them", Unit.Megabytes, before / 1e6);
        _stage.Note(Section.Memory, What.ResidentWith(Options.Customers), Unit.Megabytes, after / 1e6);
    }

    private async Task MixedAsync()
    {
        _stage.Progress($"{Section.Mixed} ...");
        await EachPairAsync(Options.Pairs, (server, pair) =>
            _stage.MeasureAsync(Section.Mixed, "", server, pair, () => AskMixedAsync(server, TimeSpan.FromSeconds(Options.Seconds))));
        foreach (var server in _servers)
            _stage.Note(Section.Mixed, "resident memory afterwards", Unit.Megabytes, server.Name, 0, ProcessFigures.ResidentBytes(server.ProcessId) / 1e6);
    }

    private async Task HotAsync()
    {
        var tool = new LoadTool(Options.Programs, Options.Seconds);
        for (var i = 0; i < Call.All.Count; i++)
        {
            var question = new Question(0, i);
            _stage.Progress($"{Section.Hot}: {Call.All[i].Name} ...");
            // The first kind has more to make warm than is its share.
            foreach (var server in i is 0 ? _servers : [])
                await AskAsync(server);
            await EachPairAsync(Options.Pairs, (server, pair) =>
                _stage.MeasureAsync(Section.Hot, $"{Call.All[i].Name}: ", server, pair, () => AskAsync(server)));

            Task<LoadResult> AskAsync(IBenchServer server) => tool.RunAsync(server, question, _stage.ExpectedOf(server).Of(question), _cancellation);
        }
    }

    private async Task RateAsync(SidecarServer service)
    {
        var bare = _servers[1];
        // A thousandth of all answers has to be enough of them to mean something.
        var duration = TimeSpan.FromSeconds(Math.Max(2, Options.Seconds));
        _stage.Progress($"{Section.Rate} ...");
        // News is taken by code of its own: it is to be compiled before it is measured, as that of answers is.
        await UnderUpdatesAsync(() => Generator.RunAsync(PlanOf(service, Stage.WarmUp), _cancellation));
        // A machine with neighbours is not always as fast: half of what the bare server does at one time may be all that it can at another. So the
        // rate is another one in each round, and a round in whose course the machine has changed says nothing.
        var unsteady = 0;
        var before = await MostAsync();
        for (var (pair, spare) = (0, SpareRounds); pair < RoundsAPair * Options.Pairs;)
        {
            var noted = _stage.Samples.Count;
            await RoundAsync(before / 2, pair);
            var after = await MostAsync();
            var isSteady = Math.Max(before, after) <= Steady * Math.Min(before, after);
            var isKept = isSteady || spare is 0;
            if (!isSteady)
                _stage.Progress($"  {pair + 1}: {(isKept ? "kept, although" : "once more, as")} the bare server's largest rate went from {before:N0} to {after:N0} a second");
            if (isKept)
            {
                unsteady += isSteady ? 0 : 1;
                (pair, spare) = (pair + 1, SpareRounds);
            }
            else
            {
                spare--;
                _stage.Forget(noted);
            }

            before = after;
        }

        _stage.Note(Section.Rate, "rounds kept although the machine's speed changed", Unit.None, unsteady);

        async Task<double> MostAsync() => (await AskMixedAsync(bare, TimeSpan.FromSeconds(Options.Seconds))).PerSecond;

        async Task RoundAsync(double rate, int pair)
        {
            // Who comes first in one round comes last in the next.
            IBenchServer[] order = pair % 2 == 0 ? [bare, service] : [service, bare];
            _stage.Note(Section.Rate, "questions a second", Unit.PerSecond, rate, pair);
            _stage.Progress($"  {pair + 1}: {rate:N0} questions a second");
            foreach (var server in order)
                await PacedAsync(server, rate, pair, server == bare ? ["", What.WithUpdates] : [""]);

            var (sent, elapsed, cloud) = await UnderUpdatesAsync(async () =>
            {
                foreach (var server in order.Reverse())
                    await PacedAsync(server, rate, pair, server == bare ? [What.BesideUpdates] : [What.WithUpdates, What.BesideUpdates]);
            });
            _stage.Note(Section.Rate, "updates a second", Unit.PerSecond, sent / elapsed.TotalSeconds, pair);
            _stage.Note(Section.Rate, "processor time of the emulated cloud meanwhile", Unit.Percent, 100 * cloud / elapsed, pair);
        }

        // What was sent has reached the service before anything else is measured.
        async Task<(long Sent, TimeSpan Elapsed, TimeSpan Cloud)> UnderUpdatesAsync(Func<Task> measure)
        {
            var told = await TakenAsync();
            var cloud = ProcessFigures.CpuTime(_stage.Cloud.ProcessId);
            var updating = Stopwatch.StartNew();
            await _stage.Cloud.StartUpdatesAsync(Updates, Options.Customers);
            await measure();
            var sent = await _stage.Cloud.StopUpdatesAsync();
            var elapsed = updating.Elapsed;
            cloud = ProcessFigures.CpuTime(_stage.Cloud.ProcessId) - cloud;
            await SidecarServer.UntilAsync(
                async () => await TakenAsync() - told >= sent, $"of {sent} updates not all reached the service", TimeSpan.FromSeconds(30), _cancellation);
            return (sent, elapsed, cloud);
        }

        // Each figure under several names, where several rows have it.
        async Task PacedAsync(IBenchServer server, double rate, int pair, string[] suffixes)
        {
            var busy = ProcessFigures.CpuTime(server.ProcessId);
            var result = await Generator.RunAsync(PlanOf(server, duration) with { Rate = rate }, _cancellation);
            var cpu = ProcessFigures.CpuTime(server.ProcessId) - busy;
            foreach (var suffix in suffixes)
            {
                _stage.Note(Section.Rate, What.CpuACall + suffix, Unit.Microseconds, server.Name, pair, cpu.TotalMicroseconds / result.Done);
                _stage.Note(Section.Rate, What.P50 + suffix, Unit.Milliseconds, server.Name, pair, result.Latencies.Percentile(0.5) / 1e3);
                _stage.Note(Section.Rate, What.P99 + suffix, Unit.Milliseconds, server.Name, pair, result.Latencies.Percentile(0.99) / 1e3);
                _stage.Note(Section.Rate, What.P999 + suffix, Unit.Milliseconds, server.Name, pair, result.Latencies.Percentile(0.999) / 1e3);
            }

            _stage.Progress($"  {pair + 1}: {server.Name}{suffixes[0]}: p99 {result.Latencies.Percentile(0.99) / 1e3:0.00} ms");
        }

        // Usage changes in the course of this: the answers' lengths stay.
        LoadPlan PlanOf(IBenchServer server, TimeSpan duration) =>
            new(server.Address, Order.Mixed(Options.Customers), _stage.ExpectedOf(server).Lengths()) { Duration = duration };

        Task<double> TakenAsync() => service.MetricAsync("sidecar_updates_total", _cancellation, "kind=\"usage\"");
    }

    // Forwards and backwards: who comes first in one round comes last in the next.
    private async Task EachPairAsync(int pairs, Func<IBenchServer, int, Task<LoadResult>> measure)
    {
        for (var pair = 0; pair < pairs; pair++)
        {
            var told = new List<string>();
            foreach (var server in pair % 2 == 0 ? _servers : Enumerable.Reverse(_servers))
                told.Add($"{server.Name} {(await measure(server, pair)).PerSecond:N0}/s");
            _stage.Progress($"  {pair + 1}: {string.Join(", ", told)}");
        }
    }

    private Task<LoadResult> AskMixedAsync(IBenchServer server, TimeSpan duration) => Generator.RunAsync(
        new LoadPlan(server.Address, Order.Mixed(Options.Customers), _stage.ExpectedOf(server)) { Duration = duration }, _cancellation);
}
