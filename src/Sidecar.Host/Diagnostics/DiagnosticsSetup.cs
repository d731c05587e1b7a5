using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sidecar.Actors;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Cluster;
using Sidecar.Host.Configuration;
using Sidecar.Host.Facade;
using Sidecar.Host.Logging;
using Sidecar.Host.ServiceStatus;

namespace Sidecar.Host.Diagnostics;

/// <summary>Wiring of the diagnostics.</summary>
internal static class DiagnosticsSetup
{
    // People, and what they watch with.
    private const int MaxConnections = 32;

    /// <summary>Adds what the diagnostics need. Nothing of it is made before somebody asks, but for what cuts the process off from the cloud.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">What is in force.</param>
    public static void AddDiagnostics(this IServiceCollection services, SidecarOptions options)
    {
        services.AddSingleton(static provider => new Isolation(
            provider.GetRequiredService<ProcessClock>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => new DiagnosticsServices
        {
            Sight = SightOf(provider, options),
            Road = provider.GetRequiredService<ICustomerRoad>(),
            Config = ConfigSource.Read,
            Verdict = () => VerdictOf(provider.GetRequiredService<StatusReader>().Look().Verdict),
            Fallback = feature => provider.GetRequiredService<GlobalFallbacks>().Table.Find(feature),
        });
        services.AddSingleton(provider => new RequestGate(options.DiagnosticsToken, options.DiagnosticsBind));
        services.AddSingleton(provider => new LogLevelOperation(
            provider.GetRequiredService<LogLevelSwitch>(), provider.GetRequiredService<ActorSystem>));
        services.AddSingleton(static provider => new DiagnosticsEndpoint(
            provider.GetRequiredService<RequestGate>(),
            provider.GetRequiredService<IRequiredActor<DiagnosticsActor>>().GetAsync,
            provider.GetRequiredService<LogLevelOperation>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DiagnosticsEndpoint>>()));
    }

    /// <summary>Answers all requests of the listener.</summary>
    public static IApplicationBuilder UseDiagnostics(this IApplicationBuilder app)
    {
        DiagnosticsEndpoint? endpoint = null;
        app.Run(context => (endpoint ??= app.ApplicationServices.GetRequiredService<DiagnosticsEndpoint>()).AnswerAsync(context));
        return app;
    }

    /// <summary>Bounds the listener's connections.</summary>
    /// <param name="listen">The listener.</param>
    public static void UseDiagnosticsLimit(this ListenOptions listen) => listen.Use(new ConnectionLimit(MaxConnections).Before);

    /// <summary>The start-up error of a port that can't be opened.</summary>
    public static SettingFault NotOpened(SidecarOptions options, string reason) => new(
        $"{Configuration.Settings.DiagnosticsPort.Name} {options.DiagnosticsPort} on {Configuration.Settings.DiagnosticsBind.Name} {options.DiagnosticsBind} can't be opened: {reason}; "
        + "the service runs without diagnostics",
        EndsProcess: false);

    private static ICustomerSight SightOf(IServiceProvider provider, SidecarOptions options) => options.Cluster.IsEnabled && provider.GetService<ClusterKeeper>() is { } keeper
        ? new NodeSight(
            keeper,
            provider.GetRequiredService<LeasedViews>(),
            provider.GetRequiredService<SidecarCounters>().Cluster,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IRequiredActor<StandIns>>().GetAsync)
        : new LocalSight(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IRequiredActor<CustomerActor>>().GetAsync);

    private static VerdictReport VerdictOf(StatusVerdict verdict) => new(
        verdict.State.ToString().ToLowerInvariant(), [.. verdict.Causes.Select(static cause => $"{cause.Name}: {cause.Text}")]);
}
