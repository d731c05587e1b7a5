using System.Globalization;
using System.Net;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>
/// Nodes of one cluster, each a process on an address of its own: the first on 127.0.0.1, the second on 127.0.0.2; or each in a network
/// namespace of its own.
/// </summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    private const int PortInNetwork = 5054;

    private static readonly Dictionary<string, string?> EmptyVariables = [];

    private readonly SidecarProcess?[] _nodes;
    private readonly CuttableNetwork? _network;
    private readonly int _port;

    /// <summary>Makes a cluster without a node.</summary>
    /// <param name="count">How many nodes there are to be.</param>
    /// <param name="network">The nodes' network; null for the loopback.</param>
    public ClusterUnderTest(int count, CuttableNetwork? network = null)
    {
        _nodes = new SidecarProcess?[count];
        _network = network;
        _port = network is null ? Ports.FreePair([.. Enumerable.Range(1, count).Select(HostOf)]) : PortInNetwork;
    }

    /// <summary>The certificates of a node by its number; null for plain text.</summary>
    public Func<int, NodeFiles>? Files { get; set; }

    /// <summary>Variables of each node beside those that it is a node with; null takes one away.</summary>
    public Dictionary<string, string?> Variables { get; init; } = [];

    /// <summary>The program of a node by its number; null for the one built beside this assembly.</summary>
    public Func<int, string?> ProgramOf { get; init; } = static _ => null;

    /// <summary>Variables of a node by its number, beside those of all.</summary>
    public Func<int, IReadOnlyDictionary<string, string?>>? VariablesOf { get; init; }

    /// <summary>A node's process.</summary>
    public SidecarProcess this[int node] => _nodes[node - 1] ?? throw new InvalidOperationException($"node {node} does not run");

    /// <summary>Where a node speaks with others.</summary>
    public IPEndPoint MessagesOf(int node) => new(HostOf(node), _port);

    /// <summary>Where a node tells others who is a member.</summary>
    public IPEndPoint ExchangeOf(int node) => new(HostOf(node), _port + 1);

    /// <summary>Starts all nodes at once, and waits until each sees all.</summary>
    public async Task StartAllAsync()
    {
        await Task.WhenAll(Enumerable.Range(1, _nodes.Length).Select(node => StartAsync(node)));
        await HasMembersAsync(_nodes.Length);
    }

    /// <summary>Starts a node, also where one with its number ran before.</summary>
    public async Task StartAsync(int node)
    {
        var variables = new Dictionary<string, string?>
        {
            ["OFFLINE"] = "true",
            ["LOG_LEVEL"] = "info",
            ["CLUSTER_ENABLED"] = "true",
            ["CLUSTER_HOST"] = HostOf(node).ToString(),
            ["CLUSTER_PORT"] = _port.ToString(CultureInfo.InvariantCulture),
            ["CLUSTER_DISCOVERY"] = "static",
            ["CLUSTER_NODES"] = string.Join(',', Enumerable.Range(1, _nodes.Length).Select(MessagesOf)),
            ["CLUSTER_TLS"] = "off",
        };
        if (Files is { } files)
        {
            var (certificate, key, authority) = files(node);
            variables["CLUSTER_TLS"] = "on";
            variables["CLUSTER_TLS_CERT_FILE"] = certificate;
            variables["CLUSTER_TLS_KEY_FILE"] = key;
            variables["CLUSTER_TLS_CA_FILE"] = authority;
        }

        if (_network is not null)
            variables["GRPC_BIND"] = variables["METRICS_BIND"] = _network.OutsideOf(node).ToString();
        foreach (var (name, value) in Variables.Concat(VariablesOf?.Invoke(node) ?? EmptyVariables))
            variables[name] = value;
        if (_nodes[node - 1] is { } before)
            await before.DisposeAsync();
        _nodes[node - 1] = await SidecarProcess.StartAsync(variables, ProgramOf(node), network: _network?.NamespaceOf(node));
    }

    /// <summary>Waits until some nodes, all unless they are named, see so many members.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> HasMembersAsync(int count, TimeSpan? within = null, params int[] nodes)
    {
        int[] asked = nodes.Length > 0 ? nodes : [.. Enumerable.Range(1, _nodes.Length)];
        double[] seen = [];
        return await Eventually.HoldsAsync(
            async () =>
            {
                seen = await Task.WhenAll(asked.Select(MembersOf));
                return seen.All(one => (int)one == count);
            },
            within,
            () => $"nodes {string.Join(", ", asked)} see {string.Join(", ", seen)} members\n"
                + string.Join('\n', asked.SelectMany(node => this[node].Lines.Where(static line => line.Contains("Sidecar.Actors.Cluster", StringComparison.Ordinal)))));
    }

    /// <summary>How many members a node sees.</summary>
    public Task<double> MembersOf(int node) => this[node].CounterAsync("sidecar_cluster_members");

    /// <summary>How often a node joined its cluster anew for a cause.</summary>
    public async Task<int> RestartsOf(int node, string cause) => (await RestartsOf(node))[cause];

    /// <summary>How often a node joined its cluster anew, by cause.</summary>
    public async Task<Dictionary<string, int>> RestartsOf(int node)
    {
        const string name = "sidecar_cluster_restarts_total{cause=\"";
        using var response = await this[node].GetAsync("/metrics");
        return (await response.Content.ReadAsStringAsync()).Split('\n')
            .Where(static line => line.StartsWith(name, StringComparison.Ordinal))
            .Select(static line => line[name.Length..].Split("\"} "))
            .ToDictionary(static parts => parts[0], static parts => int.Parse(parts[1].Split(' ')[0], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.OfType<SidecarProcess>())
            await node.DisposeAsync();
    }

    private IPAddress HostOf(int node) => _network is null ? new([127, 0, 0, (byte)node]) : CuttableNetwork.HostOf(node);
}

/// <summary>The paths of a node's files.</summary>
internal sealed record NodeFiles(string Certificate, string Key, string Authority);
