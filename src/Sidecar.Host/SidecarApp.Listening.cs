using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sidecar.Host.Cluster;
using Sidecar.Host.Configuration;
using Sidecar.Host.Diagnostics;
using Sidecar.Host.Shutdown;
using Sidecar.Host.Tls;

namespace Sidecar.Host;

/// <summary>What the process listens on.</summary>
public static partial class SidecarApp
{
    // The service can be reached without the metrics port, and without a way in where there is another one. The gRPC port is opened by the
    // server.
    private static (SidecarOptions Options, IReadOnlyList<SettingFault> Faults) WithWhatCanBeOpened(
        SidecarOptions options, IReadOnlyList<SettingFault> faults, GrpcSocket? socket, HeldPorts held)
    {
        if (faults.Any(fault => fault.EndsProcess))
            return (options, faults);
        var closed = new List<string>();
        if (socket?.TryOpen() is { } socketReason)
        {
            closed.Add($"GRPC_UNIX_SOCKET {socket.FilePath} can't be opened: {socketReason}");
            options = options with { UnixSocket = null };
        }

        if (options.TlsPort > 0 && held.TryHold(options.GrpcBind, options.TlsPort) is { } tlsReason)
        {
            closed.Add($"PORT {options.TlsPort} on GRPC_BIND {options.GrpcBind} can't be opened: {tlsReason}");
            options = options with { TlsPort = SidecarOptions.NoPort };
        }

        var isReachable = options.GrpcPort != SidecarOptions.NoPort || options.TlsPort != SidecarOptions.NoPort || options.UnixSocket is not null;
        var consequence = isReachable ? "the service runs without it" : "with GRPC_PORT off nobody could reach the service";
        var more = closed.ConvertAll(text => new SettingFault($"{text}; {consequence}", EndsProcess: !isReachable));
        if (options.HttpPort > 0 && held.TryHold(options.HttpBind, options.HttpPort) is { } httpReason)
        {
            more.Add(new SettingFault(
                $"HTTP_PORT {options.HttpPort} on HTTP_BIND {options.HttpBind} can't be opened: {httpReason}; the service runs without calls over HTTP", EndsProcess: false));
            options = options with { HttpPort = SidecarOptions.NoPort };
        }

        if (options.MetricsPort > 0 && held.TryHold(options.MetricsBind, options.MetricsPort) is { } reason)
        {
            more.Add(new SettingFault(
                $"METRICS_PORT {options.MetricsPort} on METRICS_BIND {options.MetricsBind} can't be opened: {reason}; the service runs without health and metrics", EndsProcess: false));
            options = options with { MetricsPort = SidecarOptions.NoPort };
        }

        if (options.DiagnosticsPort > 0 && held.TryHold(options.DiagnosticsBind, options.DiagnosticsPort) is { } diagnosticsReason)
        {
            // Nobody chose it: another service, or the application in the same pod, may well have it.
            if (options.IsDiagnosticsChosen)
                more.Add(DiagnosticsSetup.NotOpened(options, diagnosticsReason));
            options = options with { DiagnosticsPort = SidecarOptions.NoPort };
        }

        if (options.Cluster is { IsEnabled: true, Host: { } host } cluster
            && (HeldPorts.WhyClosed(host, cluster.Port) ?? held.TryHold(host, cluster.ExchangePort)) is { } clusterReason)
        {
            more.Add(new SettingFault(
                $"CLUSTER_PORT {cluster.Port} and {cluster.ExchangePort} on CLUSTER_HOST {host} can't be opened: {clusterReason}; {ClusterOptions.Alone}",
                EndsProcess: false));
            options = options with { Cluster = cluster with { IsEnabled = false } };
        }

        return (options, [.. faults, .. more]);
    }

    private static void Listen(KestrelServerOptions kestrel, SidecarOptions options, ClientConnections connections, Listeners listeners)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = DiagnosticsQuery.MaxLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
        var share = ClientShare.OfProcess();
        var clients = new ConnectionLimit(
            share,
            new RefusedConnections(
                share,
                kestrel.ApplicationServices.GetRequiredService<TimeProvider>(),
                kestrel.ApplicationServices.GetRequiredService<ILogger<RefusedConnections>>()).Add);
        if (options.GrpcPort != SidecarOptions.NoPort)
            Listen(options.GrpcBind, options.GrpcPort, Serve(ListenerKind.Grpc));
        if (options.TlsPort != SidecarOptions.NoPort)
            Listen(options.GrpcBind, options.TlsPort, Serve(ListenerKind.Tls) + kestrel.ApplicationServices.GetRequiredService<TlsPort>().Use);
        if (options.UnixSocket is { } path)
            kestrel.ListenUnixSocket(path, Serve(ListenerKind.Socket));
        if (options.HttpPort != SidecarOptions.NoPort)
        {
            Listen(options.HttpBind, options.HttpPort, listen =>
            {
                Mark(listen, HttpProtocols.Http1, ListenerKind.Http);
                listen.Use(clients.Before);
                connections.Follow(listen, isSequential: true);
            });
        }

        if (options.MetricsPort != SidecarOptions.NoPort)
        {
            Listen(options.MetricsBind, options.MetricsPort, listen =>
            {
                Mark(listen, HttpProtocols.Http1, ListenerKind.Metrics);
                listen.Use(new ConnectionLimit(ClientShare.MostMetricsConnections).Before);
            });
        }

        if (options.DiagnosticsPort != SidecarOptions.NoPort)
        {
            Listen(options.DiagnosticsBind, options.DiagnosticsPort, listen =>
            {
                Mark(listen, HttpProtocols.Http1, ListenerKind.Diagnostics);
                listen.UseDiagnosticsLimit();
            });
        }

        if (options.Cluster is { IsEnabled: true, Host: { } host } cluster)
        {
            Listen(host, cluster.ExchangePort, listen =>
            {
                Mark(listen, HttpProtocols.Http1, ListenerKind.Members);
                listen.UseNodeConnections();
            });
        }

        void Listen(IPAddress address, int port, Action<ListenOptions> configure)
        {
            if (address.Equals(IPAddress.IPv6Any))
                kestrel.ListenAnyIP(port, configure);
            else
                kestrel.Listen(address, port, configure);
        }

        // TLS comes after this: a connection is followed, and closed, as its client sees it.
        Action<ListenOptions> Serve(ListenerKind kind) => listen =>
        {
            Mark(listen, HttpProtocols.Http2, kind);
            listen.Use(clients.Before);
            connections.Follow(listen);
        };

        void Mark(ListenOptions listen, HttpProtocols protocols, ListenerKind kind)
        {
            listen.Protocols = protocols;
            kind.Mark(listen);
            listeners.Add(kind, listen);
        }
    }
}
