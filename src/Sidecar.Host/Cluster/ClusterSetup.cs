using System.Net;
using Akka.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Sidecar.Actors;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Entries;
using Sidecar.Host.Configuration;
using Sidecar.Host.Logging;

namespace Sidecar.Host.Cluster;

/// <summary>Wiring of a node of a cluster.</summary>
internal static class ClusterSetup
{
    // Two of each node of the largest cluster.
    private const int MaxExchangeConnections = 2 * ClusterOptions.MaxNodes;

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Adds the actor system of a process by itself, or the outer one of a node and what keeps the node in its cluster.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">What is in force.</param>
    public static void AddActors(this IServiceCollection services, SidecarOptions options)
    {
        if (options.Cluster is not { IsEnabled: true, Host: { } host } cluster)
        {
            services.AddSingleton<ICustomerRoad>(static provider => new LocalRoad(
                provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<IRequiredActor<CustomerActor>>().GetAsync));
            services.AddAkka(SidecarActorSystem.Name, (akka, provider) => akka
                .WithSidecarLog(provider.GetRequiredService<ILoggerFactory>(), options.LogLevel)
                .AddSidecarActors(provider.GetRequiredService<ActorServices>())
                .AddDiagnostics(provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<DiagnosticsServices>));
            return;
        }

        services.AddSingleton(provider => SettingsOf(cluster, host, provider));
        services.AddSingleton(provider => new MemberExchange(provider.GetRequiredService<ClusterSettings>()));
        services.AddSingleton(static provider => new LeasedViews(provider.GetRequiredService<ActorServices>()));
        // What is in the system is looked for when it is needed: the system is made with what asks for it.
        services.AddSingleton<ICustomerRoad>(static provider => new ClusterRoad(
            provider.GetRequiredService<ActorServices>(),
            provider.GetRequiredService<LeasedViews>(),
            provider.GetRequiredService<INodeSeats>(),
            cancellation => provider.GetRequiredService<IRequiredActor<StandIns>>().GetAsync(cancellation)));
        services.AddSingleton(provider =>
        {
            var log = provider.GetRequiredService<ILoggerFactory>();
            return new ClusterKeeper(
                provider.GetRequiredService<ClusterSettings>(),
                provider.GetRequiredService<MemberExchange>(),
                provider.GetRequiredService<ActorServices>(),
                provider.GetRequiredService<LeasedViews>(),
                cancellation => provider.GetRequiredService<IRequiredActor<CloudSupervisor>>().GetAsync(cancellation),
                akka => akka.WithSidecarLog(log, options.LogLevel),
                provider.GetRequiredService<IHostApplicationLifetime>().StopApplication);
        });
        services.AddSingleton<INodeSeats>(static provider => provider.GetRequiredService<ClusterKeeper>());
        services.AddAkka(SidecarActorSystem.Name, (akka, provider) => akka
            .WithSidecarLog(provider.GetRequiredService<ILoggerFactory>(), options.LogLevel)
            .AddOuterActors(provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<ICustomerRoad>)
            .AddDiagnostics(provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<DiagnosticsServices>));
        // After the outer actors: it is stopped before them.
        services.AddHostedService(static provider => provider.GetRequiredService<ClusterKeeper>());
    }

    /// <summary>Bounds the connections of the listener of the member exchange, and lets it speak TLS, where nodes do.</summary>
    /// <param name="listen">The listener.</param>
    public static void UseNodeConnections(this ListenOptions listen)
    {
        listen.Use(new ConnectionLimit(MaxExchangeConnections).Before);
        if (listen.ApplicationServices.GetRequiredService<ClusterSettings>().Tls is not { } tls)
            return;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = context => ValueTask.FromResult(tls.ForAnswering(context.Connection.RemoteEndPoint)),
        });
    }

    private static ClusterSettings SettingsOf(ClusterOptions cluster, IPAddress host, IServiceProvider provider) => new()
    {
        Host = host,
        Port = cluster.Port,
        Discovery = NamedNodes.Of(cluster.Places),
        RequiredNodes = cluster.RequiredNodes,
        Tls = cluster is { UsesTls: true, TlsCertFile: { } cert, TlsKeyFile: { } key, TlsCaFile: { } authorities }
            ? new NodeTls(
                cert, key, authorities, cluster.TlsName,
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>())
            : null,
    };
}
