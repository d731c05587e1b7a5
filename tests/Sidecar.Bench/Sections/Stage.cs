using System.Text.Json;
using Sidecar.Bench.Cloud;
using Sidecar.Bench.Load;
using Sidecar.Bench.Results;
using Sidecar.Bench.Servers;
using Sidecar.Testing;

namespace Sidecar.Bench.Sections;

/// <summary>What all parts of the benchmark share: the emulated cloud, the right answers, and where figures go.</summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>Customers that are there beside those that are counted, to make the service warm; their numbers come first.</summary>
    public const int WarmCustomers = 1_000;

    /// <summary>How long a server is asked for its runtime to compile what is called often.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    // As long as a service needs that is asked about many customers; the bound of reads is no part of what is measured.
    private const string ManyReads = "100000";
    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan SettlingStep = TimeSpan.FromSeconds(2);

    private readonly List<Sample> _samples = [];
    private readonly CancellationToken _cancellation;

    private Stage(BenchOptions options, CloudProcess cloud, Action<string> progress, CancellationToken cancellation) =>
        (Options, Cloud, Progress, _cancellation) = (options, cloud, progress, cancellation);

    /// <summary>How to measure.</summary>
    public BenchOptions Options { get; }

    /// <summary>The emulated cloud.</summary>
    public CloudProcess Cloud { get; }

    /// <summary>Takes a line on how far it is.</summary>
    public Action<string> Progress { get; }

    /// <summary>The right answers.</summary>
    public Expectation Expected { get; private set; } = new([]);

    /// <summary>All that was measured.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    private string RepliesFile => Path.Combine(Options.Programs, "replies.json");

    private string SidecarProgram => Path.Combine(Options.Programs, "sidecar", "sidecar");

    /// <summary>Starts the cloud, and learns the right answers.</summary>
    public static async Task<Stage> SetAsync(BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var cold = (options.Pairs + 1) * options.ColdCustomers;
        var customers = WarmCustomers + Math.Max(options.Has(Section.Bound) ? options.BoundCustomers : options.Customers, cold);
        var stage = new Stage(options, await CloudProcess.StartAsync(customers, cancellation), progress, cancellation);
        try
        {
            await using var service = await stage.StartSidecarAsync();
            var bodies = await Replies.LearnAsync(service.Address, cancellation);
            stage.Expected = new Expectation(bodies);
            await stage.WriteRepliesAsync(bodies, customers);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the service, and waits until its stream of updates is up.</summary>
    /// <param name="more">Further variables.</param>
    /// <param name="launcher">A command that it is started with.</param>
    public async Task<SidecarServer> StartSidecarAsync(Dictionary<string, string?>? more = null, IReadOnlyList<string>? launcher = null)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { ["UPSTREAM_MAX_RPS"] = ManyReads };
        foreach (var (name, value) in more ?? [])
            variables[name] = value;
        var service = await SidecarServer.StartAsync(SidecarProgram, Cloud, variables, launcher);
        try
        {
            await service.StreamIsUpAsync(_cancellation);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the service as an operator would, and waits for nothing.</summary>
    public Task<SidecarServer> StartPlainSidecarAsync() => SidecarServer.StartAsync(SidecarProgram, Cloud);

    /// <summary>Starts the bare server.</summary>
    public async Task<IBenchServer> StartBareAsync() =>
        await PlainServer.StartAsync(Server.Bare, Path.Combine(Options.Programs, "bare", "sidecar-bench-bare"), [RepliesFile], _cancellation);

    /// <summary>Starts the Node server.</summary>
    public async Task<IBenchServer> StartNodeAsync() => await PlainServer.StartAsync(
        Server.Node,
        "node",
        [Path.Combine(Options.Programs, "node", "server.js"), Repository.At("src", "Sidecar.Protocol", "Protos", "stigg", "sidecar", "v1", "sidecar.proto"), RepliesFile],
        _cancellation);

    /// <summary>What a server has to answer.</summary>
    public Expectation ExpectedOf(IBenchServer server) => server.Name == Server.Bare ? Expected.Constant() : Expected;

    /// <summary>Asks about customers one after the other, each once.</summary>
    /// <param name="server">Who is asked.</param>
    /// <param name="first">The number of the first customer.</param>
    /// <param name="count">How many.</param>
    public Task<LoadResult> AskOnceAsync(IBenchServer server, int first, int count) =>
        Generator.RunAsync(new LoadPlan(server.Address, Order.Once(first), ExpectedOf(server)) { Count = count }, _cancellation);

    /// <summary>Notes a figure.</summary>
    public void Note(string section, string what, string unit, string server, int pair, double value) =>
        _samples.Add(new Sample(section, what, unit, server, pair, value));

    /// <summary>Notes a figure of the service alone.</summary>
    public void Note(string section, string what, string unit, double value, int pair = 0) => Note(section, what, unit, Server.Sidecar, pair, value);

    /// <summary>Takes back all figures but the first ones.</summary>
    /// <param name="count">How many of them stay.</param>
    public void Forget(int count) => _samples.RemoveRange(count, _samples.Count - count);

    /// <summary>Notes what a load came to: answers a second, processor time of the server for each, and latencies.</summary>
    public async Task<LoadResult> MeasureAsync(string section, string prefix, IBenchServer server, int pair, Func<Task<LoadResult>> load)
    {
        var before = ProcessFigures.CpuTime(server.ProcessId);
        var result = await load();
        var cpu = ProcessFigures.CpuTime(server.ProcessId) - before;
        Note(section, prefix + What.Throughput, Unit.PerSecond, server.Name, pair, result.PerSecond);
        Note(section, prefix + What.CpuACall, Unit.Microseconds, server.Name, pair, cpu.TotalMicroseconds / result.Done);
        Note(section, prefix + What.P50, Unit.Milliseconds, server.Name, pair, result.Latencies.Percentile(0.5) / 1e3);
        Note(section, prefix + What.P99, Unit.Milliseconds, server.Name, pair, result.Latencies.Percentile(0.99) / 1e3);
        return result;
    }

    /// <summary>Waits until a process no longer gives memory back.</summary>
    /// <returns>The bytes of its resident memory then.</returns>
    public async Task<long> SettleAsync(IBenchServer server)
    {
        // Only once the last actors have ended the collector has something to collect.
        var steady = 0;
        var last = ProcessFigures.ResidentBytes(server.ProcessId);
        for (var waited = TimeSpan.Zero; steady < 5 && waited < LongestSettling; waited += SettlingStep)
        {
            await Task.Delay(SettlingStep, _cancellation);
            var now = ProcessFigures.ResidentBytes(server.ProcessId);
            steady = Math.Abs(now - last) < last / 200 ? steady + 1 : 0;
            last = now;
        }

        return last;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Cloud.DisposeAsync();

    private async Task WriteRepliesAsync(byte[][][] bodies, int customers)
    {
        var replies = bodies.SelectMany((calls, kind) => calls.Select((body, i) => new
        {
            method = Call.All[i].Method,
            kind,
            featureId = Call.All[i].FeatureId ?? "",
            reply = body[5..],
        }));
        await using var file = File.Create(RepliesFile);
        await JsonSerializer.SerializeAsync(
            file,
            new { customers, kinds = bodies.Length, idPrefix = Call.IdPrefix, idDigits = Call.IdDigits, replies },
            cancellationToken: _cancellation);
    }
}
