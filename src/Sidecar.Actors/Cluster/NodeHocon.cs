using System.Globalization;

namespace Sidecar.Actors.Cluster;

/// <summary>The settings of a node's actor system that are not those of one that is alone. Flat, a key a line.</summary>
internal static class NodeHocon
{
    // One message is an entry at most; what a client may send or be sent as one is as long.
    private const int MaxFrameBytes = 4 * 1024 * 1024;

    // Timings: those of failure detection were seen to give nobody up wrongly on a busy machine. Each place of a shard is written down by
    // the coordinator before it is told: where a node that the write goes to is just joining or gone, everything would wait for its whole
    // patience, hence that is short and a plain majority enough. Newest places that get lost with a coordinator do no harm.
    // Handshakes: one over TLS with a node that has just started was seen to take more than 2 s on a busy machine. One that is broken off
    // begins anew, and the node that can't be spoken to meanwhile is given up.
    // Ends: a node leaves in some hundred milliseconds; one that leaves together with all others waits out a phase.
    private const string Common = """
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        akka.coordinated-shutdown.default-phase-timeout = 2s
        akka.coordinated-shutdown.phases.cluster-sharding-shutdown-region.timeout = 3s
        akka.coordinated-shutdown.phases.cluster-leave.timeout = 3s
        akka.coordinated-shutdown.phases.cluster-exiting.timeout = 1s
        akka.coordinated-shutdown.phases.actor-system-terminate.timeout = 3s
        akka.cluster.run-coordinated-shutdown-when-down = off
        akka.cluster.gossip-interval = 200ms
        akka.cluster.retry-unsuccessful-join-after = 1s
        akka.cluster.failure-detector.heartbeat-interval = 500ms
        akka.cluster.failure-detector.acceptable-heartbeat-pause = 2s
        akka.cluster.failure-detector.expected-response-after = 500ms
        akka.cluster.singleton.hand-over-retry-interval = 200ms
        akka.cluster.singleton-proxy.singleton-identification-interval = 200ms
        akka.cluster.sharding.rebalance-interval = 1s
        akka.cluster.sharding.least-shard-allocation-strategy.rebalance-absolute-limit = 30
        akka.cluster.sharding.least-shard-allocation-strategy.rebalance-relative-limit = 1.0
        akka.cluster.sharding.coordinator-failure-backoff = 500ms
        akka.cluster.sharding.handoff-timeout = 2s
        akka.cluster.sharding.updating-state-timeout = 1s
        akka.cluster.sharding.waiting-for-state-timeout = 1s
        akka.cluster.sharding.coordinator-state.write-majority-plus = 0
        akka.cluster.sharding.coordinator-state.read-majority-plus = 0
        akka.remote.enabled-transports = ["akka.remote.dot-netty.tcp"]
        akka.remote.flush-wait-on-shutdown = 500ms
        akka.remote.retry-gate-closed-for = 1s
        akka.remote.initial-system-message-delivery-timeout = 30s
        akka.remote.dot-netty.tcp.connection-timeout = 5s
        """;

    /// <summary>The settings of a node.</summary>
    /// <param name="cluster">The cluster.</param>
    public static string For(ClusterSettings cluster) => Common + "\n" + string.Create(CultureInfo.InvariantCulture, $"""
        akka.remote.dot-netty.tcp.hostname = "{cluster.Host}"
        akka.remote.dot-netty.tcp.public-hostname = "{cluster.Host}"
        akka.remote.dot-netty.tcp.bind-hostname = "{cluster.Host}"
        akka.remote.dot-netty.tcp.port = {cluster.Port}
        akka.remote.dot-netty.tcp.maximum-frame-size = {MaxFrameBytes}b
        akka.remote.dot-netty.tcp.enable-ssl = {(cluster.Tls is null ? "off" : "on")}
        """);
}
