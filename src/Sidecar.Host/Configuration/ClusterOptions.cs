using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Sidecar.Actors.Cluster;

namespace Sidecar.Host.Configuration;

/// <summary>The files of TLS between nodes.</summary>
/// <param name="CertFile">Path of this node's certificate.</param>
/// <param name="KeyFile">Path of its key.</param>
/// <param name="CaFile">Path of the authorities of all nodes' certificates.</param>
/// <param name="Name">The DNS name that all nodes' certificates carry.</param>
public sealed record ClusterTlsOptions(string CertFile, string KeyFile, string CaFile, string Name);

/// <summary>The cluster that this process is a node of. Each default stands beside its option.</summary>
public sealed record ClusterOptions
{
    /// <summary>Default of <see cref="Port"/>.</summary>
    public const int DefaultPort = 5054;

    /// <summary>Default of <see cref="RequiredNodes"/> where it is not known how many nodes there are to be.</summary>
    public const int DefaultRequiredNodes = 2;

    /// <summary>Default of <see cref="ClusterTlsOptions.Name"/>.</summary>
    public const string DefaultTlsName = "sidecar-node";

    /// <summary>What follows from a cluster that can't be.</summary>
    internal const string Alone = "this process is a node of no cluster, and answers by itself";

    // The member exchange takes the port after it.
    private const int MaxPort = IPEndPoint.MaxPort - 1;
    private const int MaxNodes = 1_000;

    /// <summary>The one address that this node listens on for others, and that they are told.</summary>
    public required IPAddress Host { get; init; }

    /// <summary>The port of messages between nodes.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The port on which nodes tell each other who is a member.</summary>
    public int ExchangePort => ClusterSettings.ExchangePortOf(Port);

    /// <summary>Where nodes may be: all of them, or one name that stands for all.</summary>
    public required IReadOnlyList<DnsEndPoint> Nodes { get; init; }

    /// <summary>How many nodes, this one included, have to be seen before a new cluster is formed at once.</summary>
    public int RequiredNodes { get; init; } = DefaultRequiredNodes;

    /// <summary>TLS between nodes; null for plaintext.</summary>
    public ClusterTlsOptions? Tls { get; init; }

    // Whether one name stands for all nodes.
    private bool IsNamed { get; init; }

    /// <summary>Reads the options; null where there is to be no cluster, or can be none.</summary>
    /// <param name="reader">Where from; keeps the faults.</param>
    internal static ClusterOptions? Read(SettingsReader reader)
    {
        var isEnabled = reader.Flag(Settings.ClusterEnabled) ?? false;
        var port = (int)(reader.WholeNumber(Settings.ClusterPort, 1, MaxPort) ?? DefaultPort);
        var nodes = NodesOf(reader, port, isEnabled);
        var tls = TlsOf(reader, isEnabled, out var isPlain);
        var required = (int?)reader.WholeNumber(Settings.ClusterRequiredContactPoints, 1, MaxNodes);
        var host = HostOf(reader, isEnabled);
        if (!isEnabled || nodes is null || host is null || (tls is null && !isPlain))
            return null;
        return new ClusterOptions
        {
            Host = host,
            Port = port,
            Nodes = nodes.Value.Places,
            IsNamed = !nodes.Value.AreAll,
            RequiredNodes = required ?? (nodes.Value.AreAll ? nodes.Value.Places.Count : DefaultRequiredNodes),
            Tls = tls,
        };
    }

    /// <summary>Whether a variable has no effect, since something else would have to be set, or takes its place.</summary>
    /// <param name="setting">The variable.</param>
    /// <param name="cluster">The cluster, or null.</param>
    internal static bool IsIdle(Setting setting, ClusterOptions? cluster) =>
        (cluster is null && Settings.OfCluster.Contains(setting))
        || (cluster is { Tls: null } && Settings.OfClusterTls.Contains(setting))
        || (cluster is { IsNamed: true } && setting == Settings.ClusterNodes)
        || (cluster is { IsNamed: false } && setting == Settings.ClusterDnsName);

    private static (IReadOnlyList<DnsEndPoint> Places, bool AreAll)? NodesOf(SettingsReader reader, int port, bool isEnabled)
    {
        var isList = reader.OneOf(Settings.ClusterDiscovery, "dns", "static") == "static";
        var name = reader.Text(Settings.ClusterDnsName, IsHostName);
        var list = reader.Text(Settings.ClusterNodes, text => Places.In(text) is not null);
        if (isList ? list is not null : name is not null)
            return isList ? (Places.In(list!)!, true) : ([new DnsEndPoint(name!, port)], false);
        if (isEnabled)
        {
            reader.AddFault(
                Settings.ClusterDiscovery,
                $"is '{(isList ? "static" : "dns")}' without {(isList ? Settings.ClusterNodes : Settings.ClusterDnsName).Name}, expected both; {Alone}");
        }

        return null;
    }

    private static ClusterTlsOptions? TlsOf(SettingsReader reader, bool isEnabled, out bool isPlain)
    {
        isPlain = reader.OneOf(Settings.ClusterTls, "on", "off") == "off";
        var cert = reader.Text(Settings.ClusterTlsCertFile);
        var key = reader.Text(Settings.ClusterTlsKeyFile);
        var authorities = reader.Text(Settings.ClusterTlsCaFile);
        var name = reader.Text(Settings.ClusterTlsName, IsHostName) ?? DefaultTlsName;
        if (isPlain)
            return null;
        if (cert is not null && key is not null && authorities is not null)
            return new ClusterTlsOptions(cert, key, authorities, name);
        if (isEnabled)
        {
            reader.AddFault(
                Settings.ClusterTls,
                $"is 'on', expected {Settings.ClusterTlsCertFile.Name}, {Settings.ClusterTlsKeyFile.Name} and {Settings.ClusterTlsCaFile.Name} with it, or 'off'; {Alone}");
        }

        return null;
    }

    private static IPAddress? HostOf(SettingsReader reader, bool isEnabled)
    {
        if (reader.Text(Settings.ClusterHost, text => HostIn(text) is not null) is { } text)
            return HostIn(text);
        if (!isEnabled)
            return null;
        if (FirstAddress() is not { } first)
        {
            reader.AddFault(Settings.ClusterHost, $"is not set, and this machine has no IPv4 address but its own loopback, expected one; {Alone}");
            return null;
        }

        if (!reader.IsFaulted(Settings.ClusterHost))
            reader.TakeDefault(Settings.ClusterHost, first.ToString());
        return first;
    }

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
