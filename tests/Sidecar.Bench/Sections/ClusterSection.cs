using System.Diagnostics;
using Sidecar.Bench.Load;
using Sidecar.Bench.Results;
using Sidecar.Bench.Servers;
using Sidecar.Testing;

namespace Sidecar.Bench.Sections;

/// <summary>What it costs to be a node of a cluster, beside a service by itself. The service's figures are those of the node that is asked.</summary>
internal sealed class ClusterSection
{
    private const int Nodes = 3;
    private const int ManyNodes = 5;
    private const int Updates = 500;

    // More than half of the 30 s of a lease, and less than all.
    private static readonly TimeSpan UntilWorn = TimeSpan.FromSeconds(17);

    // Longer than the second that an actor stays at most after its last work, and long enough for what is done every few seconds.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan UpdatesFor = TimeSpan.FromSeconds(10);

    private readonly Stage _stage;
    private readonly CancellationToken _cancellation;
    private readonly NodesUnderLoad _nodes;
    private readonly SidecarServer _lone;
    private double[] _idle = [];

    private ClusterSection(Stage stage, NodesUnderLoad nodes, SidecarServer lone, CancellationToken cancellation) =>
        (_stage, _nodes, _lone, _cancellation) = (stage, nodes, lone, cancellation);

    private SidecarServer Node => _nodes.All[0];

    private SidecarServer[] Both => [Node, _lone];

    private SidecarServer[] All => [.. _nodes.All, _lone];

    /// <summary>Measures.</summary>
    public static async Task RunAsync(Stage stage, CancellationToken cancellation)
    {
        await using (var lone = await stage.StartSidecarAsync())
        await using (var nodes = await NodesUnderLoad.StartAsync(stage, Nodes, cancellation))
        {
            lone.Name = Server.Lone;
            var it = new ClusterSection(stage, nodes, lone, cancellation);
            await it.RestAsync();
            await it.WarmAsync();
            await it.UpdatesAsync();
            await it.RenewalsAsync();
        }

        await using var many = await NodesUnderLoad.StartAsync(stage, ManyNodes, cancellation);
        await new ClusterSection(stage, many, many.All[0], cancellation).IdleAsync(ManyNodes);
    }

    private async Task RestAsync()
    {
        await IdleAsync(Nodes);
        await FillAsync();
        _stage.Progress($"  shards: {string.Join(", ", await _nodes.ShardsRestAsync())}");
        foreach (var server in Both)
            _stage.Note(Section.Cluster, $"resident memory, {Stage.WarmCustomers:N0} customers", Unit.Megabytes, server.Name, 0, ProcessFigures.ResidentBytes(server.ProcessId) / 1e6);
    }

    private async Task IdleAsync(int count)
    {
        var rest = TimeSpan.FromSeconds(_stage.Options.RestSeconds);
        _stage.Progress($"  resting for {rest.TotalSeconds:0} s ...");
        // The first half is for what a start leaves to do.
        await Task.Delay(rest / 2, _cancellation);
        var (before, watch) = (Cpu(), Stopwatch.StartNew());
        await Task.Delay(rest / 2, _cancellation);
        _idle = [.. Cpu().Zip(before, (now, then) => (now - then) / watch.Elapsed)];
        foreach (var server in Both.DistinctBy(static server => server.Name))
        {
            var what = server.Name == Server.Lone ? $", {Nodes} nodes" : $", {count} nodes";
            _stage.Note(Section.Cluster, What.IdleCpu + what, Unit.Percent, server.Name, 0, 100 * _idle[Array.IndexOf(All, server)]);
            _stage.Note(Section.Cluster, "resident memory, idle" + what, Unit.Megabytes, server.Name, 0, ProcessFigures.ResidentBytes(server.ProcessId) / 1e6);
        }
    }

    // All customers are held by all nodes, and each is asked about many times a second.
    private async Task WarmAsync()
    {
        foreach (var server in Both)
            await AskAsync(server, Stage.WarmUp);
        for (var pair = 0; pair < _stage.Options.Pairs; pair++)
        {
            var told = new List<string>();
            foreach (var server in pair % 2 == 0 ? Both : Both.Reverse())
            {
                await FillAsync();
                var result = await _stage.MeasureAsync(
                    Section.Cluster, "", server, pair, () => AskAsync(server, TimeSpan.FromSeconds(_stage.Options.Seconds)));
                told.Add($"{server.Name} {result.PerSecond:N0}/s");
            }

            _stage.Progress($"  {pair + 1}: {string.Join(", ", told)}");
        }

        Task<LoadResult> AskAsync(IBenchServer server, TimeSpan duration) => Generator.RunAsync(
            new LoadPlan(server.Address, Order.Mixed(Stage.WarmCustomers), _stage.Expected) { Duration = duration }, _cancellation);
    }

    // Asked about once in more than half a lease: each question about a customer of another node has a lease renewed.
    private async Task RenewalsAsync()
    {
        var count = _stage.Options.ColdCustomers;
        _stage.Progress($"  renewals: {count:N0} customers ...");
        foreach (var server in All)
            await OnceAsync(server);
        var shares = await _nodes.ShardsRestAsync();
        var renewals = count * (1 - (shares[0] / shares.Sum()));
        await Task.Delay(Aftermath, _cancellation);
        foreach (var server in All)
            await OnceAsync(server);
        for (var round = 0; round < _stage.Options.Pairs; round++)
        {
            await Task.Delay(UntilWorn, _cancellation);
            var (before, watch) = (Cpu(), Stopwatch.StartNew());
            foreach (var server in Both)
                await OnceAsync(server);
            await Task.Delay(TimeSpan.FromSeconds(1), _cancellation);
            var spent = Spent(before, watch.Elapsed);
            var (holder, owners, lone) = (spent[0], spent[1] + spent[2], spent[^1]);
            _stage.Note(Section.Cluster, "CPU of a renewal, the holder's", Unit.Microseconds, (holder - lone) / renewals, round);
            _stage.Note(Section.Cluster, "CPU of a renewal, the owner's", Unit.Microseconds, owners / renewals, round);
        }

        Task OnceAsync(SidecarServer server) => Generator.RunAsync(
            // After the updates.
            new LoadPlan(server.Address, Order.Once(Stage.WarmCustomers), _stage.Expected.Lengths()) { Count = count }, _cancellation);
    }

    // Nobody asks meanwhile, so that it is the updates alone that cost something.
    private async Task UpdatesAsync()
    {
        for (var round = 0; round < _stage.Options.Pairs; round++)
        {
            foreach (var server in All)
                await Generator.RunAsync(new LoadPlan(server.Address, Order.Once(0), _stage.Expected.Lengths()) { Count = Stage.WarmCustomers }, _cancellation);
            await Task.Delay(TimeSpan.FromSeconds(1), _cancellation);
            var (before, watch) = (Cpu(), Stopwatch.StartNew());
            await _stage.Cloud.StartUpdatesAsync(Updates, Stage.WarmCustomers);
            await Task.Delay(UpdatesFor, _cancellation);
            var sent = await _stage.Cloud.StopUpdatesAsync();
            // What they cause is over soon.
            await Task.Delay(TimeSpan.FromSeconds(1), _cancellation);
            var spent = Spent(before, watch.Elapsed);
            var what = $"CPU an update of what is held everywhere, {Updates} a second";
            _stage.Note(Section.Cluster, what, Unit.Microseconds, Server.Lone, round, spent[^1] / sent);
            _stage.Note(Section.Cluster, what, Unit.Microseconds, Server.Sidecar, round, spent[..^1].Average() / sent);
        }
    }

    private async Task FillAsync()
    {
        foreach (var server in All)
            await _stage.AskOnceAsync(server, 0, Stage.WarmCustomers);
    }

    private TimeSpan[] Cpu() => [.. All.Select(static server => ProcessFigures.CpuTime(server.ProcessId))];

    // In microseconds, without what each takes when idle.
    private double[] Spent(TimeSpan[] before, TimeSpan elapsed) =>
        [.. Cpu().Select((now, i) => (now - before[i] - (elapsed * _idle[i])).TotalMicroseconds)];
}
