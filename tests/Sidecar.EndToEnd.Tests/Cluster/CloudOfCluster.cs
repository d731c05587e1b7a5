using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>Nodes of one cluster beside a cloud in this process, with a client of each.</summary>
internal sealed class CloudOfCluster : IAsyncDisposable
{
    private readonly CloudEmulator _cloud;
    private readonly GrpcChannel?[] _channels;
    private readonly FaultProxy[] _reads;
    private readonly FaultProxy[] _streams;

    private CloudOfCluster(
        CloudEmulator cloud, int count, Dictionary<string, string?> variables, CuttableNetwork? network, Func<int, string?>? programOf)
    {
        _cloud = cloud;
        _channels = new GrpcChannel?[count];
        int[] apart = network is null ? [] : [.. Enumerable.Range(1, count)];
        _reads = [.. apart.Select(node => new FaultProxy(network!.TestsAddressOf(node), cloud.Address))];
        _streams = [.. apart.Select(node => new FaultProxy(network!.TestsAddressOf(node), cloud.Address))];
        Nodes = new ClusterUnderTest(count, network)
        {
            Variables = variables,
            ProgramOf = programOf ?? (static _ => null),
            VariablesOf = node => AddressesFor(
                network is null ? cloud.Address : _reads[node - 1].Address, network is null ? cloud.Address : _streams[node - 1].Address),
        };
    }

    /// <summary>The nodes.</summary>
    public ClusterUnderTest Nodes { get; }

    /// <summary>What can be changed in the cloud.</summary>
    public EmulatorControl Control => _cloud.Control;

    /// <summary>Requests about entitlements that reached the cloud.</summary>
    public int StateRequests => Control.Requests.Snapshot().State;

    /// <summary>Starts the cloud and all nodes at once, and waits until each sees all, and the stream of each is up.</summary>
    /// <param name="count">How many nodes.</param>
    /// <param name="customers">How many customers there are: those of <see cref="Many"/>.</param>
    /// <param name="variables">Variables of each node beside the cloud's; null takes one away.</param>
    /// <param name="network">The nodes' network; null for the loopback.</param>
    /// <param name="isOne">Whether all find each other at once, which is waited for.</param>
    /// <param name="programOf">The program of a node by its number, or null: the one built beside this assembly.</param>
    public static async Task<CloudOfCluster> StartAsync(
        int count,
        int customers,
        Dictionary<string, string?>? variables = null,
        CuttableNetwork? network = null,
        bool isOne = true,
        Func<int, string?>? programOf = null)
    {
        var cloud = await CloudEmulator.StartAsync(
            new EmulatorOptions { ApiKey = ServiceUnderTest.ApiKey, Data = Many.Customers(customers) }, CancellationToken.None);
        var all = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["OFFLINE"] = null,
            ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
            ["WS_ENABLED"] = "true",
        };
        foreach (var (name, value) in variables ?? [])
            all[name] = value;
        var it = new CloudOfCluster(cloud, count, all, network, programOf);
        try
        {
            if (isOne)
                await it.Nodes.StartAllAsync();
            else
                await Task.WhenAll(Enumerable.Range(1, count).Select(it.Nodes.StartAsync));
            for (var node = 1; node <= count; node++)
                it._channels[node - 1] = it.Nodes[node].Connect();
            for (var node = 1; all["WS_ENABLED"] == "true" && node <= count; node++)
                await it.StreamIsUpAsync(node);
            return it;
        }
        catch
        {
            await it.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Waits until every shard has its place: shards get one with the first question for a customer of theirs, and then move until all nodes
    /// have about as many.
    /// </summary>
    /// <param name="count">How many nodes there are.</param>
    public async Task ShardsAreSpreadAsync(int count)
    {
        const int shards = 100;
        for (var i = 0; i < 10 * shards; i++)
            await AskAsync(1, $"nobody-{i}");
        var last = Array.Empty<double>();
        var since = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync(async () =>
        {
            var now = await Task.WhenAll(Enumerable.Range(1, count).Select(node => Nodes[node].CounterAsync("sidecar_cluster_shards")));
            if (!now.SequenceEqual(last))
                (last, since) = (now, TimeProvider.System.GetTimestamp());
            return now.Sum() == shards && now.Max() - now.Min() <= 2 && TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(3);
        });
    }

    /// <summary>Waits until a node's stream of updates is up.</summary>
    public async Task StreamIsUpAsync(int node) =>
        await Eventually.HoldsAsync(async () => await Nodes[node].CounterAsync("sidecar_stream_up") == 1);

    /// <summary>How often nodes joined their cluster anew, all together.</summary>
    public async Task<int> RestartsAsync()
    {
        var all = 0;
        for (var node = 1; node <= _channels.Length; node++)
            all += (await Nodes.RestartsOf(node)).Values.Sum();
        return all;
    }

    /// <summary>The same in words, with what the nodes' logs warn of.</summary>
    public async Task<string> TellRestartsAsync()
    {
        var told = new List<string>();
        for (var node = 1; node <= _channels.Length; node++)
        {
            var restarts = (await Nodes.RestartsOf(node)).Where(static pair => pair.Value > 0).Select(static pair => $"{pair.Key} {pair.Value}");
            told.Add($"node {node} {string.Join(" ", restarts.DefaultIfEmpty("none"))}");
        }

        var warnings = Enumerable.Range(1, _channels.Length)
            .SelectMany(node => Nodes[node].Lines
                .Where(static line => line.StartsWith("{\"level\":\"warn\"", StringComparison.Ordinal) && line.Contains("Sidecar.Actors.Cluster", StringComparison.Ordinal))
                .Select(line =>
                {
                    using var json = JsonDocument.Parse(line);
                    return (Time: json.RootElement.GetProperty("time").GetInt64(), Text: $"node {node}: {json.RootElement.GetProperty("msg")}");
                }))
            .OrderBy(static warning => warning.Time)
            .ToArray();
        return string.Join(", ", told) + string.Concat(warnings.Select(warning => $"\n  {warning.Time - warnings[0].Time} ms, {warning.Text}"));
    }

    /// <summary>
    /// Freezes the way of a node's stream of updates: nothing comes through, and TCP stays. For nodes that have a network of their own.
    /// </summary>
    public void FreezeStream(int node) => _streams[node - 1].Freeze();

    /// <summary>Lets what was said meanwhile come through.</summary>
    public void ThawStream(int node) => _streams[node - 1].Thaw();

    /// <summary>Asks a node.</summary>
    public SidecarService.SidecarServiceClient Of(int node) =>
        new(_channels[node - 1] ?? throw new InvalidOperationException($"node {node} was not started"));

    /// <summary>Asks a node what a customer may use.</summary>
    public async Task<GetMeteredEntitlementResponse> AskAsync(int node, string customer) =>
        await Of(node).GetMeteredEntitlementAsync(new() { CustomerId = customer, FeatureId = Trouble.Feature });

    /// <summary>Asks nodes in turn, from one on, until one is there to answer, as a client does that tries again where a service is unavailable.</summary>
    public async Task<GetMeteredEntitlementResponse> AskAnyAsync(int first, string customer)
    {
        const int attempts = 10;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AskAsync(1 + ((first + attempt) % _channels.Length), customer);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && attempt < attempts)
            {
                // The next one.
            }
        }
    }

    /// <summary>Ends a node and starts another in its place, which is asked from then on.</summary>
    /// <returns>The exit code of the one that ended.</returns>
    public async Task<int> ReplaceAsync(int node)
    {
        Nodes[node].SendTerminate();
        var code = await Nodes[node].WaitForExitAsync();
        await StartAgainAsync(node);
        await Nodes.HasMembersAsync(_channels.Length);
        return code;
    }

    /// <summary>Starts a node in the place of one that has ended, which is asked from then on.</summary>
    public async Task StartAgainAsync(int node)
    {
        await Nodes.StartAsync(node);
        var before = Interlocked.Exchange(ref _channels[node - 1], Nodes[node].Connect());
        before?.Dispose();
        await StreamIsUpAsync(node);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
            channel?.Dispose();
        await Nodes.DisposeAsync();
        foreach (var relay in _reads.Concat(_streams))
            await relay.DisposeAsync();
        await _cloud.DisposeAsync();
    }

    private static Dictionary<string, string?> AddressesFor(Uri reads, Uri stream) => new(StringComparer.Ordinal)
    {
        ["EDGE_API_URL"] = reads.ToString(),
        ["API_URL"] = reads.ToString(),
        ["WS_URL"] = ServiceUnderTest.StreamAddress(stream).ToString(),
    };
}
