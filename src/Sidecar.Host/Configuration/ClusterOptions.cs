using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Sidecar.Actors.Cluster;
using Sidecar.Protocol;

namespace Sidecar.Host.Configuration;

/// <summary>How nodes find each other (<c>CLUSTER_DISCOVERY</c>).</summary>
public enum ClusterDiscovery
{
    /// <summary>By one name that stands for all of them.</summary>
    Dns = 0,

    /// <summary>By a list of them.</summary>
    Static,
}

/// <summary>The cluster that this process is a node of. Each default stands beside its option.</summary>
public sealed record ClusterOptions
{
    /// <summary>Default of <see cref="Port"/>.</summary>
    public const int DefaultPort = 5054;

    /// <summary>What stands for <see cref="RequiredContactPoints"/> where it is not known how many nodes there are to be.</summary>
    public const int DefaultRequiredNodes = 2;

    /// <summary>Default of <see cref="TlsName"/>.</summary>
    public const string DefaultTlsName = "sidecar-node";

    /// <summary>What follows from a cluster that can't be.</summary>
    internal const string Alone = "this process is a node of no cluster, and answers by itself";

    /// <summary>The most nodes of a cluster that can be asked for.</summary>
    internal const int MaxNodes = 1_000;

    // The member exchange takes the port after it.
    private const int MaxPort = IPEndPoint.MaxPort - 1;

    /// <summary>Whether there is a cluster: it is asked for, and nothing is missing.</summary>
    public bool IsEnabled { get; init; }

    /// <summary>The one address that this node listens on for others, and that they are told; null only where there is no cluster.</summary>
    public IPAddress? Host { get; init; }

    /// <summary>The port of messages between nodes.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The port on which nodes tell each other who is a member.</summary>
    public int ExchangePort => ClusterSettings.ExchangePortOf(Port);

    /// <summary>How nodes find each other.</summary>
    public ClusterDiscovery Discovery { get; init; }

    /// <summary>The name that stands for all nodes, or null.</summary>
    public string? DnsName { get; init; }

    /// <summary>The list of all nodes.</summary>
    public IReadOnlyList<DnsEndPoint> Nodes { get; init; } = [];

    /// <summary>How many nodes, this one included, have to be seen before a new cluster is formed at once, or null.</summary>
    public int? RequiredContactPoints { get; init; }

    /// <summary>Whether nodes speak TLS.</summary>
    public bool UsesTls { get; init; } = true;

    /// <summary>Path of this node's certificate, or null.</summary>
    public string? TlsCertFile { get; init; }

    /// <summary>Path of its key, or null.</summary>
    public string? TlsKeyFile { get; init; }

    /// <summary>Path of the authorities of all nodes' certificates, or null.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>The DNS name that all nodes' certificates carry.</summary>
    public string TlsName { get; init; } = DefaultTlsName;

    /// <summary>Where nodes may be.</summary>
    public IReadOnlyList<DnsEndPoint> Places =>
        Discovery == ClusterDiscovery.Static ? Nodes : DnsName is null ? [] : [new DnsEndPoint(DnsName, Port)];

    /// <summary>How many nodes have to be seen before a new cluster is formed at once.</summary>
    public int RequiredNodes => RequiredContactPoints ?? (Discovery == ClusterDiscovery.Static ? Nodes.Count : DefaultRequiredNodes);

    /// <summary>Reads the options.</summary>
    /// <param name="reader">Where from; keeps the faults.</param>
    internal static ClusterOptions Read(SettingsReader reader)
    {
        var options = new ClusterOptions
        {
            IsEnabled = reader.Flag(Settings.ClusterEnabled) ?? false,
            Host = reader.Text(Settings.ClusterHost, static text => HostIn(text) is not null) is { } host ? HostIn(host) : null,
            Port = (int)(reader.WholeNumber(Settings.ClusterPort, 1, MaxPort) ?? DefaultPort),
            Discovery = reader.OneOf(Settings.ClusterDiscovery, "dns", "static") == "static" ? ClusterDiscovery.Static : ClusterDiscovery.Dns,
            DnsName = reader.Text(Settings.ClusterDnsName, IsHostName),
            Nodes = reader.Text(Settings.ClusterNodes, static text => NodesIn(text) is not null) is { } list ? NodesIn(list)! : [],
            RequiredContactPoints = (int?)reader.WholeNumber(Settings.ClusterRequiredContactPoints, 1, MaxNodes),
            UsesTls = reader.OneOf(Settings.ClusterTls, "on", "off") != "off",
            TlsCertFile = reader.Text(Settings.ClusterTlsCertFile),
            TlsKeyFile = reader.Text(Settings.ClusterTlsKeyFile),
            TlsCaFile = reader.Text(Settings.ClusterTlsCaFile),
            TlsName = reader.Text(Settings.ClusterTlsName, IsHostName) ?? DefaultTlsName,
        };
        return options.IsEnabled ? options.WithHost(reader).Complete(reader).WithPossibleList(reader) : options;
    }

    /// <summary>Whether a variable has no effect, since something else would have to be set, or takes its place.</summary>
    /// <param name="setting">The variable.</param>
    internal bool IsIdle(Setting setting) =>
        (!IsEnabled && Settings.OfCluster.Contains(setting))
        || (!UsesTls && Settings.OfClusterTls.Contains(setting))
        || (Discovery == ClusterDiscovery.Dns && setting == Settings.ClusterNodes)
        || (Discovery == ClusterDiscovery.Static && setting == Settings.ClusterDnsName);

    private ClusterOptions WithHost(SettingsReader reader)
    {
        if (Host is not null || FirstAddress() is not { } first)
            return this;
        if (!reader.IsFaulted(Settings.ClusterHost))
            reader.TakeDefault(Settings.ClusterHost, first.ToString());
        return this with { Host = first };
    }

    // Without all that it takes there is no cluster.
    private ClusterOptions Complete(SettingsReader reader)
    {
        var isComplete = true;
        if (Host is null)
            Miss(Settings.ClusterHost, "is not set, and this machine has no IPv4 address but its own loopback, expected one");
        if (Places.Count == 0)
        {
            var (word, other) = Discovery == ClusterDiscovery.Static ? ("static", Settings.ClusterNodes) : ("dns", Settings.ClusterDnsName);
            var hint = Discovery == ClusterDiscovery.Dns && Nodes.Count > 0 ? $"; by {Settings.ClusterNodes.Name} nodes are found with 'static'" : "";
            Miss(Settings.ClusterDiscovery, $"is '{word}' without {other.Name}, expected both{hint}");
        }

        if (UsesTls && (TlsCertFile is null || TlsKeyFile is null || TlsCaFile is null))
        {
            Miss(
                Settings.ClusterTls,
                $"is 'on', expected {Settings.ClusterTlsCertFile.Name}, {Settings.ClusterTlsKeyFile.Name} and {Settings.ClusterTlsCaFile.Name} with it, or 'off'");
        }

        return this with { IsEnabled = isComplete };

        void Miss(Setting setting, string what)
        {
            isComplete = false;
            reader.AddFault(setting, $"{what}; {Alone}");
        }
    }

    // What is wrong with the list as a whole leaves the cluster as it is.
    private ClusterOptions WithPossibleList(SettingsReader reader)
    {
        if (!IsEnabled || Discovery != ClusterDiscovery.Static)
            return this;
        // A name may be this node's.
        if (Nodes.All(static node => IPAddress.TryParse(node.Host, out _)) && !Nodes.Contains(new DnsEndPoint($"{Host}", Port)))
        {
            reader.AddFault(
                Settings.ClusterNodes,
                $"is '{Excerpt.Of(string.Join(',', Nodes.Select(static node => $"{node.Host}:{node.Port}")))}', expected {Host}:{Port} among them, "
                + $"which is this node's own {Settings.ClusterHost.Name} and {Settings.ClusterPort.Name}; the others may not find it");
        }

        if (RequiredContactPoints is not { } required || required <= Nodes.Count)
            return this;
        reader.TakeInstead(Settings.ClusterRequiredContactPoints, $"{Nodes.Count}");
        reader.AddFault(
            Settings.ClusterRequiredContactPoints, $"is '{required}', expected no more than the {Nodes.Count} of {Settings.ClusterNodes.Name}; all of them are taken");
        return this with { RequiredContactPoints = Nodes.Count };
    }

    // Each once. Nodes have IPv4 addresses, and a port after the one that is named.
    private static List<DnsEndPoint>? NodesIn(string text) =>
        Configuration.Places.In(text) is { } places
        && places.All(static place => place.Port <= MaxPort && Uri.CheckHostName(place.Host) != UriHostNameType.IPv6)
        && places.DistinctBy(static place => (place.Host.ToUpperInvariant(), place.Port)).ToList() is var nodes
        && !nodes.Exists(node => nodes.Exists(other => IsNextPortOf(node, other)))
            ? nodes
            : null;

    // A node has two ports.
    private static bool IsNextPortOf(DnsEndPoint node, DnsEndPoint other) => other.Port == ClusterSettings.ExchangePortOf(node.Port)
        && string.Equals(other.Host, node.Host, StringComparison.OrdinalIgnoreCase);

    // All four numbers: the short forms, such as 1.2.3, are slips.
    private static IPAddress? HostIn(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && text.Count(static c => c == '.') == 3
        && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.Broadcast)
            ? address
            : null;

    private static IPAddress? FirstAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(static one => one.OperationalStatus == OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(static one => one.GetIPProperties().UnicastAddresses)
        .Select(static one => one.Address)
        .FirstOrDefault(static address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));

    private static bool IsHostName(string text) => Uri.CheckHostName(text) == UriHostNameType.Dns;
}
