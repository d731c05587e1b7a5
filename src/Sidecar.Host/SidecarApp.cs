using System.IO.Compression;
using System.Net.Sockets;
using Akka.Hosting;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Tracing;
using Sidecar.Actors.Updates;
using Sidecar.Host.Cluster;
using Sidecar.Host.Configuration;
using Sidecar.Host.Connect;
using Sidecar.Host.Diagnostics;
using Sidecar.Host.Facade;
using Sidecar.Host.Health;
using Sidecar.Host.Logging;
using Sidecar.Host.Metrics;
using Sidecar.Host.Runtime;
using Sidecar.Host.ServiceStatus;
using Sidecar.Host.Shutdown;
using Sidecar.Host.Telemetry;
using Sidecar.Host.Tls;
using Sidecar.Host.WarmUp;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Host;

/// <summary>Puts one process together: the table of contents of the service.</summary>
public static partial class SidecarApp
{
    /// <summary>Exit code of a configuration with which the service can't be reached.</summary>
    public const int BadConfiguration = 78;

    private const string Off = "off";
    /// <summary>The longest message of a call.</summary>
    internal const int MaxMessageBytes = 4 * 1024 * 1024;
    private const int MaxHeaderBytes = 32 * 1024;

    // What one connection has taken in before it is looked whether the process keeps up: some 400 calls.
    private const int MaxReadBufferBytes = 64 * 1024;

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

        using var socket = options.UnixSocket is { } path ? new GrpcSocket(path, options.UnixSocketMode) : null;
        using var held = new HeldPorts();
        (options, faults) = WithWhatCanBeOpened(options, faults, socket, held);
        await using var app = Build(options, socket, held);
        var start = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(LoggingSetup.AlwaysCategory);
        foreach (var fault in faults)
        {
            Log.BadSetting(start, fault.Text);
            app.Services.GetRequiredService<SidecarCounters>().InitializationErrors.Increment();
        }

        if (faults.Any(fault => fault.EndsProcess))
            return BadConfiguration;
        foreach (var fault in options.TlsPort == SidecarOptions.NoPort ? [] : app.Services.GetRequiredService<TlsPort>().FirstLook())
        {
            Log.BadSetting(start, fault);
            app.Services.GetRequiredService<SidecarCounters>().InitializationErrors.Increment();
        }

        if (options.Cluster is { IsEnabled: true, UsesTls: false })
            Log.PlainNodes(start);
        if (options.WithoutEffect.Count > 0)
            Log.WithoutEffect(app.Services.GetRequiredService<ILogger<SidecarOptions>>(), string.Join(", ", options.WithoutEffect));

        try
        {
            await app.StartAsync(signals.First);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // What runs in the background already is told that this is the end, and no failure of its own.
            app.Lifetime.StopApplication();
            if (options.GrpcPort == SidecarOptions.NoPort)
                Log.NothingOpened(start, e.Message);
            else
                Log.PortNotOpened(start, options.GrpcPort, e.Message);
            return BadConfiguration;
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            // Told to end before it was there.
            return 0;
        }

        app.Services.GetRequiredService<Readiness>().Open();
        var listeners = app.Services.GetRequiredService<Listeners>();
        Log.Ready(
            start,
            listeners.AddressOf(ListenerKind.Grpc) ?? Off,
            listeners.AddressOf(ListenerKind.Metrics) ?? Off,
            listeners.AddressOf(ListenerKind.Tls),
            listeners.AddressOf(ListenerKind.Diagnostics),
            options.UnixSocket,
            listeners.AddressOf(ListenerKind.Http));
        return await app.Services.GetRequiredService<OrderlyEnd>().RunAsync(app, signals);
    }

    /// <summary>Puts the application together.</summary>
    /// <param name="options">What is in force.</param>
    /// <param name="socket">The Unix socket, open; null for none.</param>
    /// <param name="held">Ports that are open already; null for none.</param>
    internal static WebApplication Build(SidecarOptions options, GrpcSocket? socket = null, HeldPorts? held = null)
    {
        // Nothing but the variables of the operations contract configures this service: no settings file, no ASPNETCORE_ variable.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sidecar" });
        builder.Logging.AddSidecarLog(options);
        builder.Services.AddTelemetry(options.Telemetry);
        var connections = new ClientConnections();
        var listeners = new Listeners();
        builder.Services.AddSingleton(listeners);
        builder.Services.AddSingleton(provider => new TlsPort(
            options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TlsPort>>()));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options, connections, listeners));
        builder.Services.Configure<SocketTransportOptions>(transport =>
        {
            transport.MaxReadBufferSize = MaxReadBufferBytes;
            transport.CreateBoundListenSocket = endpoint => endpoint is UnixDomainSocketEndPoint && socket is not null ? socket.Take()
                : held?.Take(endpoint) ?? SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddOrderlyEnd(connections, options, socket);
        AddCore(builder.Services, options);
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxMessageBytes;
            // What requests may come in; answers stay as they are. The first one added takes away the one that is built in.
            grpc.CompressionProviders.Add(new GzipCompressionProvider(CompressionLevel.Fastest));
            grpc.CompressionProviders.Add(new DeflateCompressionProvider(CompressionLevel.Fastest));
        })
            .AddServiceOptions<GrpcHealth>(static grpc => grpc.MaxReceiveMessageSize = MessageBudget.SmallBytes)
            .AddServiceOptions<Grpc.Reflection.ReflectionServiceImpl>(static grpc => grpc.MaxReceiveMessageSize = MessageBudget.SmallBytes);
        builder.Services.AddGrpcReflection();
        builder.Services.AddSingleton<MessageBudget>();
        builder.Services.AddSingleton<SidecarService>();
        builder.Services.AddSingleton<QuickAnswers>();
        builder.Services.AddSingleton<AnswerMetrics>();
        builder.Services.AddWarmUp(options);
        builder.Services.AddConnect();
        builder.Services.AddReadiness(options);
        builder.Services.AddSingleton<SidecarMetrics>();
        builder.Services.AddStatus(options);
        builder.Services.AddHostedService<StartRemains>();
        builder.Services.AddHostedService<QuietMoments>();
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(SidecarActorSystem.Name)).WithMetrics(metrics => metrics
            .AddMeter(SidecarMetrics.MeterName)
            .AddRuntimeInstrumentation()
            .AddView(static _ => new MetricStreamConfiguration { CardinalityLimit = SidecarMetrics.MaxSeries })
            .AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false));

        var app = builder.Build();
        app.Services.GetRequiredService<SidecarMetrics>();
        app.Services.GetService<ConnectionAging>();
        // First what has to be quick. Each listener speaks one protocol alone, so that no client can choose; and the counting of calls
        // lets none through that did not come in by a way for clients.
        app.MapWhen(static context => HttpProtocol.IsHttp2(context.Features.Of<IHttpRequestFeature>().Protocol), grpc => grpc
            .UseCallTracing(CallTracing.Grpc)
            .UseCallCounting(app.Services.GetRequiredService<QuickAnswers>())
            .UseMessageBudget()
            .UseRouting()
            .UseEndpoints(endpoints =>
            {
                endpoints.MapGrpcService<SidecarService>();
                endpoints.MapGrpcService<GrpcHealth>();
                endpoints.MapGrpcReflectionService();
            }));
        app.MapWhen(ListenerKind.Http.Carries, static http => http.UseCallTracing(CallTracing.Connect).UseConnect());
        app.MapWhen(ListenerKind.Metrics.Carries, metrics => metrics
            .UseHealthEndpoints(options)
            .UseStatusPage(options)
            .UseMetricsEndpoint());
        if (options.DiagnosticsPort != SidecarOptions.NoPort)
            app.MapWhen(ListenerKind.Diagnostics.Carries, static diagnostics => diagnostics.UseDiagnostics());
        if (options.Cluster.IsEnabled)
            app.MapWhen(ListenerKind.Members.Carries, static members => members.UseMembersEndpoint());
        return app;
    }

    private static void AddCore(IServiceCollection services, SidecarOptions options)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new GlobalFallbacks(options.Fallbacks));
        if (options.FallbackFile is { } fallbackFile)
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<FallbackWatcher>(provider, fallbackFile, options.AreFallbacksFaulted));
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
            Tracing = provider.GetService<UpstreamTracing>(),
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
            : new IsolatedCloud(
                new CloudClient(
                    provider.GetRequiredService<CloudSettings>(),
                    provider.GetRequiredService<SidecarCounters>(),
                    provider.GetRequiredService<TimeProvider>(),
                    Random.Shared.NextDouble),
                provider.GetRequiredService<Isolation>()));
        services.AddReports();
        services.AddRedis(options);
        services.AddSingleton<INewsDesk>(provider => new NewsDesk(
            provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<ICustomerRoad>()));
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
            Redis = provider.GetService<RedisServices>(),
            Counters = provider.GetRequiredService<SidecarCounters>(),
            Cloud = provider.GetRequiredService<ICloudReader>(),
            Updates = options is { IsStreamEnabled: true, IsOffline: false } ? provider.GetRequiredService<UpdateStreamServices>() : null,
            Reports = options.IsOffline ? null : provider.GetRequiredService<ReportServices>(),
            Isolation = options.IsOffline ? null : provider.GetRequiredService<Isolation>(),
            IsApiKeyFaulted = options.IsApiKeyFaulted,
            Freshness = options.Freshness,
            RevalidateWait = options.RevalidateWait,
            Tracing = provider.GetService<UpstreamTracing>(),
            Log = provider.GetRequiredService<ILoggerFactory>(),
        });
        services.AddSingleton(provider => new Customers(
            provider.GetRequiredService<ActorServices>(), provider.GetRequiredService<ICustomerRoad>()));
        services.AddSingleton(provider => new ActorHealth(provider.GetRequiredService<IRequiredActor<CacheKeeper>>().GetAsync));
        services.AddDiagnostics(options);
        services.AddActors(options);
    }

    private static partial class Log
    {
        // Older SDKs wait for these three words on stdout, at any log level. The addresses are fields of the line; one that is null is left out.
        [LoggerMessage(1, LogLevel.Information, "Sidecar is ready")]
        public static partial void Ready(
            ILogger logger, string grpcAddress, string metricsAddress, string? tlsAddress, string? diagnosticsAddress, string? grpcSocket,
            string? httpAddress);

        [LoggerMessage(2, LogLevel.Error, "{Fault}")]
        public static partial void BadSetting(ILogger logger, string fault);

        [LoggerMessage(4, LogLevel.Warning, "set, but without effect, since something else is not set, or takes its place: {Variables}")]
        public static partial void WithoutEffect(ILogger logger, string variables);

        [LoggerMessage(6, LogLevel.Warning,
            "CLUSTER_TLS is off: nodes speak in plain text, and whoever reaches their ports can read and write what they hold")]
        public static partial void PlainNodes(ILogger logger);

        [LoggerMessage(5, LogLevel.Error, "the service could not be opened to anybody: {Reason}")]
        public static partial void NothingOpened(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Error,
            "GRPC_PORT {GrpcPort} can't be opened: {Reason}; expected a free port that this user may open (one below 1024 needs the right "
            + "to bind it), on an address of this machine in GRPC_BIND: choose another, or 0 for any free one")]
        public static partial void PortNotOpened(ILogger logger, int grpcPort, string reason);
    }
}
