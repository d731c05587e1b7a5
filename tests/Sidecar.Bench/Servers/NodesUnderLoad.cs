using System.Globalization;
using System.Net;
using Sidecar.Bench.Sections;
using Sidecar.Testing;

namespace Sidecar.Bench.Servers;

/// <summary>Nodes of one cluster, each a process on an address of its own.</summary>
internal sealed class NodesUnderLoad : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(4);

    private readonly SidecarServer[] _nodes;
    private readonly CancellationToken _cancellation;

    private NodesUnderLoad(SidecarServer[] nodes, CancellationToken cancellation) => (_nodes, _cancellation) = (nodes, cancellation);

    /// <summary>The nodes.</summary>
    public IReadOnlyList<SidecarServer> All => _nodes;

    /// <summary>Starts all at once, and waits until each sees all.</summary>
    /// <param name="stage">Who starts them.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static async Task<NodesUnderLoad> StartAsync(Stage stage, int count, CancellationToken cancellation)
    {
        var hosts = Enumerable.Range(1, count).Select(static node => new IPAddress([127, 0, 0, (byte)node])).ToList();
        var port = Ports.FreePair(hosts);
        var starting = hosts.ConvertAll(host => stage.StartSidecarAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["CLUSTER_ENABLED"] = "true",
            ["CLUSTER_HOST"] = host.ToString(),
            ["CLUSTER_PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["CLUSTER_DISCOVERY"] = "static",
            ["CLUSTER_NODES"] = string.Join(',', hosts.Select(one => new IPEndPoint(one, port))),
            ["CLUSTER_TLS"] = "off",
        }));
        try
        {
            var nodes = new NodesUnderLoad(await Task.WhenAll(starting), cancellation);
            await nodes.UntilAllAsync("sidecar_cluster_members", count);
            return nodes;
        }
        catch
        {
            foreach (var started in starting.Where(static one => one.IsCompletedSuccessfully))
                await (await started).DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the shards that have a place stay where they are, about as many on each node.</summary>
    /// <returns>How many each node has.</returns>
    public async Task<double[]> ShardsRestAsync()
    {
        double[] last = [];
        var since = TimeProvider.System.GetTimestamp();
        await SidecarServer.UntilAsync(
            async () =>
            {
                var now = await EachAsync("sidecar_cluster_shards");
                if (!now.SequenceEqual(last))
                    (last, since) = (now, TimeProvider.System.GetTimestamp());
                return now.Max() - now.Min() <= 2 && TimeProvider.System.GetElapsedTime(since) >= Quiet;
            },
            "shards did not come to rest", Patience, _cancellation);
        return last;
    }

    /// <summary>The sum of a metric of each node.</summary>
    public Task<double[]> EachAsync(string metric) => Task.WhenAll(_nodes.Select(node => node.MetricAsync(metric, _cancellation)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    private Task UntilAllAsync(string metric, double value) => SidecarServer.UntilAsync(
        async () => (await EachAsync(metric)).All(one => one.Equals(value)), $"{metric} did not become {value} on all nodes", Patience, _cancellation);
}
