using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Akka.Hosting;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Updates;
using Sidecar.Host.Configuration;
using Sidecar.Host.Facade;
using Sidecar.Host.Health;
using Sidecar.Host.Logging;
using Sidecar.Host.Metrics;
using Sidecar.Host.Shutdown;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Host;

/// <summary>Puts one process together: the table of contents of the service.</summary>
public static partial class SidecarApp
{
    /// <summary>Exit code of a configuration with which the service can't be reached.</summary>
    public const int BadConfiguration = 78;

    private const int MaxMessageBytes = 4 * 1024 * 1024;
    private const int MaxHeaderBytes = 32 * 1024;

    // Many clients keep one connection: questions that wait for the cloud must not hold up those that memory answers. How many may wait
    // in all is bounded by the actors' front desk.
    private const int MaxStreamsPerConnection = 10_000;

    /// <summary>Runs the service until it is told to end.</summary>
    /// <param name="options">What is in force.</param>
    /// <param name="faults">What could not be used of the configuration.</param>
    /// <param name="signals">What tells it to end.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(SidecarOptions options, IReadOnlyList<SettingFault> faults, EndSignals signals)
    {
        // Outlives the application, whose disposal is part of the end.
        using var deadline = new EndDeadline(TimeProvider.System, () => Environment.Exit(0));
        await using var begin = signals.First.UnsafeRegister(static deadline => ((EndDeadline)deadline!).Begin(), deadline);

        // Without the metrics port the service can still be reached; without the gRPC port it can't.
        if (options.MetricsPort > 0 && PortProbe.WhyClosed(options.MetricsBind, options.MetricsPort) is { } reason)
        {
            faults = [.. faults, new SettingFault(
                $"METRICS_PORT {options.MetricsPort} on METRICS_BIND {options.MetricsBind} can't be opened: {reason}; the service runs without health and metrics", EndsProcess: false)];
            options = options with { MetricsPort = SidecarOptions.NoPort };
        }

        await using var app = Build(options);
        var start = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(LoggingSetup.AlwaysCategory);
        foreach (var fault in faults)
        {
            Log.BadSetting(start, fault.Text);
            app.Services.GetRequiredService<SidecarCounters>().InitializationErrors.Increment();
        }

        if (faults.Any(fault => fault.EndsProcess))
            return BadConfiguration;
        if (options.WithoutEffect.Count > 0)
            Log.WithoutEffect(app.Services.GetRequiredService<ILogger<SidecarOptions>>(), string.Join(", ", options.WithoutEffect));

        try
        {
            await app.StartAsync(signals.First);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            Log.PortNotOpened(start, options.GrpcPort, e.Message);
            return BadConfiguration;
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            // Told to end before it was there.
            return 0;
        }

        app.Services.GetRequiredService<Readiness>().Open();
        // In the order of their listeners.
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Log.Ready(start, addresses.First(), addresses.Skip(1).FirstOrDefault() ?? "off");
        return await app.Services.GetRequiredService<OrderlyEnd>().RunAsync(app, signals);
    }

    /// <summary>Puts the application together.</summary>
    internal static WebApplication Build(SidecarOptions options)
    {
        // Nothing but the variables of the operations contract configures this service: no settings file, no ASPNETCORE_ variable.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sidecar" });
        builder.Logging.AddSidecarLog(options);
        var connections = new ClientConnections();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options, connections));
        builder.Services.AddRoutingCore();
        builder.Services.AddOrderlyEnd(connections, options.ShutdownDrain);
        AddCore(builder.Services, options);
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxMessageBytes;
            // What requests may come in; answers stay as they are. The first one added takes away the one that is built in.
            grpc.CompressionProviders.Add(new GzipCompressionProvider(CompressionLevel.Fastest));
            grpc.CompressionProviders.Add(new DeflateCompressionProvider(CompressionLevel.Fastest));
        });
        builder.Services.AddGrpcReflection();
        builder.Services.AddSingleton<SidecarService>();
        builder.Services.AddSingleton<AnswerMetrics>();
        builder.Services.AddReadiness(options);
        builder.Services.AddSingleton<SidecarMetrics>();
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(SidecarActorSystem.Name)).WithMetrics(metrics => metrics
            .AddMeter(SidecarMetrics.MeterName)
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false));

        var app = builder.Build();
        app.Services.GetRequiredService<SidecarMetrics>();
        // First what has to be quick. Each listener speaks one protocol alone, so that no client can choose; and the counting of calls
        // lets none through that did not come in by the gRPC port.
        app.MapWhen(static context => HttpProtocol.IsHttp2(context.Request.Protocol), grpc => grpc
            .UseCallCounting()
            .UseRouting()
            .UseEndpoints(endpoints =>
            {
                endpoints.MapGrpcService<SidecarService>();
                endpoints.MapGrpcService<GrpcHealth>();
                endpoints.MapGrpcReflectionService();
            }));
        app.MapWhen(ListenerKind.Metrics.Carries, metrics => metrics
            .UseHealthEndpoints(options)
            .UseMetricsEndpoint());
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, SidecarOptions options, ClientConnections connections)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
        Listen(options.GrpcBind, options.GrpcPort, HttpProtocols.Http2, ListenerKind.Grpc);
        if (options.MetricsPort != SidecarOptions.NoPort)
            Listen(options.MetricsBind, options.MetricsPort, HttpProtocols.Http1, ListenerKind.Metrics);

        void Listen(IPAddress address, int port, HttpProtocols protocols, ListenerKind kind)
        {
            if (address.Equals(IPAddress.IPv6Any))
                kestrel.ListenAnyIP(port, Configure);
            else
                kestrel.Listen(address, port, Configure);

            void Configure(ListenOptions listen)
            {
                listen.Protocols = protocols;
                kind.Mark(listen);
                if (kind == ListenerKind.Grpc)
                    connections.Follow(listen);
            }
        }
    }

    private static void AddCore(IServiceCollection services, SidecarOptions options)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(options.Fallbacks);
        services.AddSingleton<ProcessClock>();
        services.AddSingleton<SidecarCounters>();
        services.AddSingleton(new EntitlementCache(options.CacheMaxBytes));
        services.AddSingleton(new ApiKeyHolder(options.ApiKey));
        if (options.ApiKeyFile is { } keyFile)
        {
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ApiKeyWatcher>(
                provider, keyFile, options.IsApiKeyFaulted));
        }

        services.AddSingleton(provider => new ClientIdentity(
            Guid.NewGuid(), Environment.MachineName, Environment.ProcessId, provider.GetRequiredService<TimeProvider>().GetUtcNow()));
        services.AddSingleton(provider => new CloudSettings
        {
            ApiKey = provider.GetRequiredService<ApiKeyHolder>(),
            EdgeUrl = options.EdgeUrl,
            ApiUrl = options.ApiUrl,
            ReadPath = options.IsEdgeEnabled ? CloudPath.Edge : CloudPath.Api,
            MaxRequestsPerSecond = options.UpstreamMaxRps,
            Identity = provider.GetRequiredService<ClientIdentity>(),
        });
        services.AddSingleton(provider => new UpdateSettings
        {
            Url = options.StreamUrl,
            Identity = provider.GetRequiredService<ClientIdentity>(),
        });
        if (options is { IsOffline: true, OfflineDataFile: { } dataFile })
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<OfflineDataWatcher>(provider, dataFile));
        services.AddSingleton<OfflineCloud>();
        services.AddSingleton<ICloudReader>(provider => options.IsOffline
            ? provider.GetRequiredService<OfflineCloud>()
            : new CloudClient(
                provider.GetRequiredService<CloudSettings>(),
                provider.GetRequiredService<SidecarCounters>(),
                provider.GetRequiredService<TimeProvider>(),
                Random.Shared.NextDouble));
        services.AddReports();
        services.AddSingleton<INewsDesk>(provider => new NewsDesk(
            provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<IRequiredActor<CustomerActor>>().GetAsync));
        services.AddSingleton(provider => new UpdateStreamServices
        {
            Settings = provider.GetRequiredService<UpdateSettings>(),
            Socket = () => new WebSocketUpdateSocket(provider.GetRequiredService<UpdateSettings>()),
            Desk = provider.GetRequiredService<INewsDesk>,
        });
        services.AddSingleton(provider => new ActorServices
        {
            Clock = provider.GetRequiredService<ProcessClock>(),
            Cache = provider.GetRequiredService<EntitlementCache>(),
            Counters = provider.GetRequiredService<SidecarCounters>(),
            Cloud = provider.GetRequiredService<ICloudReader>(),
            Updates = options is { IsStreamEnabled: true, IsOffline: false } ? provider.GetRequiredService<UpdateStreamServices>() : null,
            Reports = options.IsOffline ? null : provider.GetRequiredService<ReportServices>(),
            IsApiKeyFaulted = options.IsApiKeyFaulted,
            Freshness = options.Freshness,
            RevalidateWait = options.RevalidateWait,
            Log = provider.GetRequiredService<ILoggerFactory>(),
        });
        services.AddSingleton(provider => new Customers(
            provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<IRequiredActor<CustomerActor>>().GetAsync));
        services.AddSingleton(provider => new ActorHealth(provider.GetRequiredService<IRequiredActor<CacheKeeper>>().GetAsync));
        services.AddAkka(SidecarActorSystem.Name, (akka, provider) => akka
            .WithSidecarLog(provider.GetRequiredService<ILoggerFactory>(), options.LogLevel)
            .AddSidecarActors(provider.GetRequiredService<ActorServices>()));
    }

    private static partial class Log
    {
        // Older SDKs wait for these three words on stdout, at any log level. The addresses are fields of the line.
        [LoggerMessage(1, LogLevel.Information, "Sidecar is ready")]
        public static partial void Ready(ILogger logger, string grpcAddress, string metricsAddress);

        [LoggerMessage(2, LogLevel.Error, "{Fault}")]
        public static partial void BadSetting(ILogger logger, string fault);

        [LoggerMessage(4, LogLevel.Warning, "set, but without effect in this release: {Variables}")]
        public static partial void WithoutEffect(ILogger logger, string variables);

        [LoggerMessage(3, LogLevel.Error,
            "GRPC_PORT {GrpcPort} can't be opened: {Reason}; expected a free port that this user may open (one below 1024 needs the right "
            + "to bind it): choose another, or 0 for any free one")]
        public static partial void PortNotOpened(ILogger logger, int grpcPort, string reason);
    }
}
