using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// The transport ends the whole actor system when a handshake fails that this node began: one peer with a bad certificate would end every
/// node that speaks to it. That end is called off in its first phase. It takes the place of every later one: see
/// <see cref="Incarnation.EndAsync"/>.
/// </summary>
internal static partial class TlsFailures
{
    // A class of the transport's own.
    private const string ReasonName = "TlsHandshakeFailureReason";

    // A task that fails in this phase ends the shutdown.
    private const string Settings = "akka.coordinated-shutdown.phases.before-service-unbind.recover = off";

    /// <summary>Calls such ends off.</summary>
    public static AkkaConfigurationBuilder KeepAliveThroughTlsFailures(this AkkaConfigurationBuilder builder, ActorServices services) => builder
        .AddHocon(Settings, HoconAddMode.Prepend)
        .AddStartup((system, _) =>
        {
            var log = services.Log.CreateLogger(typeof(TlsFailures));
            var shutdown = CoordinatedShutdown.Get(system);
            shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "no-end-for-a-handshake", () =>
            {
                if (shutdown.ShutdownReason?.GetType().Name != ReasonName)
                    return Task.FromResult(Akka.Done.Instance);
                Log.CalledOff(log);
                return Task.FromException<Akka.Done>(new InvalidOperationException("a failed handshake is no reason to end"));
            });
        });

    private static partial class Log
    {
        [LoggerMessage(643, LogLevel.Warning, "a node could not be spoken to over TLS; this node goes on without it")]
        public static partial void CalledOff(ILogger logger);
    }
}
