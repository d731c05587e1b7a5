using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Grpc.Net.Client;
using Sidecar.Emulator;
using Sidecar.Testing;
using Stigg.Sidecar.V1;

namespace Sidecar.Soak.Running;

/// <summary>The service in a process of its own, the emulated cloud in this one, and a redis-server, where there is one.</summary>
internal sealed class World : IAsyncDisposable
{
    private const int Channels = 4;
    private const int ProblemsTold = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(350);
    private readonly SoakOptions _options;
    private GrpcChannel[] _channels = [];

    private World(SoakOptions options, CloudEmulator cloud, RedisServer? redis, SidecarProcess service)
    {
        (_options, Cloud, Redis, Service) = (options, cloud, redis, service);
        Told = new Fact(options.Known);
        Reported = new Fact(options.Known);
        Size = new Fact(options.Known);
        Tally = new Tally(() => $"{(IsCalm ? "calm after" : "during or after")} \"{Fault}\"");
        Connect();
    }

    /// <summary>The cloud.</summary>
    public CloudEmulator Cloud { get; }

    /// <summary>Redis, or null.</summary>
    public RedisServer? Redis { get; }

    /// <summary>The service.</summary>
    public SidecarProcess Service { get; private set; }

    /// <summary>Connections to it.</summary>
    public SidecarService.SidecarServiceClient[] Clients { get; private set; } = [];

    /// <summary>Usage that the cloud tells.</summary>
    public Fact Told { get; }

    /// <summary>Usage that is reported.</summary>
    public Fact Reported { get; }

    /// <summary>A number of the set of entitlements.</summary>
    public Fact Size { get; }

    /// <summary>What was seen.</summary>
    public Tally Tally { get; }

    /// <summary>Whether there has been no fault for a while, so that answers have to be new.</summary>
    public bool IsCalm { get; set; }

    /// <summary>The fault that is on, or was last; "no fault yet" before the first.</summary>
    public string Fault { get; set; } = "no fault yet";

    /// <summary>Starts all, and has each known customer asked about once.</summary>
    public static async Task<World> StartAsync(SoakOptions options, CancellationToken cancellation)
    {
        var cloud = await CloudEmulator.StartAsync(
            new EmulatorOptions { Data = SoakData.Of(options.Known, options.Others, TimeProvider.System.GetUtcNow()) }, cancellation);
        RedisServer? redis = null;
        SidecarProcess? service = null;
        try
        {
            // What is counted is compared by keys at the end.
            cloud.Control.Ledger.EntriesAtMost = 0;
            redis = RedisServer.Missing is null ? await RedisServer.StartAsync() : null;
            service = await LaunchAsync(options, cloud, redis);
            var world = new World(options, cloud, redis, service);
            await UntilAsync(async () => await world.MetricAsync("sidecar_stream_up") is 1, "the stream of updates did not come up", cancellation);
            if (await world.AskEachAsync(mayBeBehind: false, cancellation) is { } problem)
                throw new SoakException(problem);
            return world;
        }
        catch
        {
            if (service is not null)
                await service.DisposeAsync();
            if (redis is not null)
                await redis.DisposeAsync();
            await cloud.DisposeAsync();
            throw;
        }
    }

    /// <summary>The sum of a metric.</summary>
    public async Task<double> MetricAsync(string name)
    {
        using var response = await Service.GetAsync("/metrics");
        return MetricText.Sum(await response.Content.ReadAsStringAsync(), name, []);
    }

    /// <summary>What lives in the service's heap, and what lay there unused, after its last collection, in bytes; 0 before the first one.</summary>
    public async Task<double> HeapBytesAsync()
    {
        const string name = "dotnet_gc_last_collection_heap_size_bytes";
        using var response = await Service.GetAsync("/metrics");
        var text = await response.Content.ReadAsStringAsync();
        return text.Contains(name, StringComparison.Ordinal) ? MetricText.Sum(text, name, []) : 0;
    }

    /// <summary>What the cloud says a known customer has used of a feature.</summary>
    public double UsedOf(int customer, string feature) =>
        Cloud.Control.FindCustomer(SoakData.Known(customer))!.Usage[feature].CurrentUsage;

    /// <summary>What the cloud says is the size of a known customer.</summary>
    public double SizeOf(int customer) =>
        Cloud.Control.FindCustomer(SoakData.Known(customer))!.Entitlements.GetValueOrDefault(SoakData.Size)?.Limit ?? 1;

    /// <summary>Looks until something is so.</summary>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> holds, string problem, CancellationToken cancellation, TimeSpan? patience = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > (patience ?? Patience))
                throw new SoakException($"{problem} within {(patience ?? Patience).TotalSeconds:0} s");
            await Task.Delay(LookEvery, cancellation);
        }

        return watch.Elapsed;
    }

    /// <summary>
    /// Asks about each known customer. One that is answered with something older is asked about once more a moment later: what was not confirmed
    /// since a gap of the stream is answered as it is known, where the cloud does not tell at once.
    /// </summary>
    /// <param name="mayBeBehind">Whether there may have been such a gap; else each answer has to be right at once.</param>
    /// <param name="cancellation">Breaks it off.</param>
    /// <returns>Who was not answered with what the cloud has, in a few words; null: everybody was.</returns>
    public async Task<string?> AskEachAsync(bool mayBeBehind, CancellationToken cancellation)
    {
        var behind = await AskAsync([.. Enumerable.Range(0, _options.Known)], cancellation);
        if (!behind.IsEmpty && mayBeBehind)
        {
            await Task.Delay(_options.UntilRight, cancellation);
            behind = await AskAsync([.. behind.Keys], cancellation);
        }

        return behind.IsEmpty
            ? null
            : $"{behind.Count} of {_options.Known} customers were not answered right: {string.Join("; ", behind.Values.Take(ProblemsTold))}";
    }

    // What was wrong, by customer.
    private async Task<ConcurrentDictionary<int, string>> AskAsync(IReadOnlyList<int> customers, CancellationToken cancellation)
    {
        var problems = new ConcurrentDictionary<int, string>();
        await Parallel.ForEachAsync(
            customers,
            new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = cancellation },
            async (customer, token) =>
            {
                var answer = await Clients[customer % Clients.Length].GetEntitlementsAsync(
                    new() { CustomerId = SoakData.Known(customer) }, cancellationToken: token);
                Note(SoakData.Told, Usage(SoakData.Told), UsedOf(customer, SoakData.Told));
                Note(SoakData.Reported, Usage(SoakData.Reported), UsedOf(customer, SoakData.Reported));
                Note(SoakData.Size, Number(SoakData.Size), SizeOf(customer));

                void Note(string what, double? said, double has)
                {
                    if (said != has)
                        problems[customer] = $"{SoakData.Known(customer)} has {has} of {what}, and the answer was {said}";
                }

                double? Usage(string feature) => answer.Entitlements.FirstOrDefault(one => one.Metered?.Feature.Id == feature)?.Metered.CurrentUsage;

                double? Number(string feature) => answer.Entitlements.FirstOrDefault(one => one.Numeric?.Feature.Id == feature)?.Numeric.Value;
            });
        return problems;
    }

    /// <summary>Ends the service as an operator does, and starts it anew.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RestartAsync()
    {
        Service.SendTerminate();
        var code = await Service.WaitForExitAsync();
        Disconnect();
        await Service.DisposeAsync();
        Service = await LaunchAsync(_options, Cloud, Redis);
        Connect();
        return code;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Disconnect();
        await Service.DisposeAsync();
        if (Redis is not null)
            await Redis.DisposeAsync();
        await Cloud.DisposeAsync();
    }

    private static async Task<SidecarProcess> LaunchAsync(SoakOptions options, CloudEmulator cloud, RedisServer? redis)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["SERVER_API_KEY"] = EmulatorOptions.DefaultApiKey,
            ["EDGE_API_URL"] = cloud.Address.ToString(),
            ["API_URL"] = cloud.Address.ToString(),
            ["WS_ENABLED"] = "true",
            ["WS_URL"] = new UriBuilder(cloud.Address) { Scheme = Uri.UriSchemeWs }.Uri.ToString(),
            ["GRPC_BIND"] = "127.0.0.1",
            ["METRICS_BIND"] = "127.0.0.1",
            ["CACHE_MAX_SIZE_BYTES"] = options.CacheBytes.ToString(CultureInfo.InvariantCulture),
            // What a runtime takes for the heap that sees a container's limit.
            ["DOTNET_GCHeapHardLimit"] = (SoakOptions.ContainerBytes * 3 / 4).ToString("x", CultureInfo.InvariantCulture),
            // What it says is kept here for as long as it runs.
            ["LOG_LEVEL"] = "error",
        };
        if (redis is not null)
        {
            variables["REDIS_ENVIRONMENT_PREFIX"] = "soak";
            variables["REDIS_HOST"] = "127.0.0.1";
            variables["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture);
        }

        return await SidecarProcess.StartAsync(variables, options.Program);
    }

    private void Connect()
    {
        _channels = [.. Enumerable.Range(0, Channels).Select(_ => Service.Connect())];
        Clients = [.. _channels.Select(channel => new SidecarService.SidecarServiceClient(channel))];
    }

    private void Disconnect() => Array.ForEach(_channels, static channel => channel.Dispose());
}
