using Akka.Actor;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Reports;
using Sidecar.Host.Configuration;
using Sidecar.Host.Health;
using Sidecar.Host.Logging;

namespace Sidecar.Host.Shutdown;

/// <summary>
/// The end of the process (the operations contract, "Shutdown"): not ready any more, the drain delay, during which a node leaves its cluster,
/// the clients' listeners, their connections, health and metrics, at last the actors.
/// </summary>
/// <param name="drain">How long new calls are answered as before.</param>
/// <param name="readiness">The readiness.</param>
/// <param name="listeners">The listeners.</param>
/// <param name="connections">The clients' connections.</param>
/// <param name="closer">Closes them.</param>
/// <param name="aging">Closes those that are old until then, or null.</param>
/// <param name="reports">Knows who waits to be told what became of a report.</param>
/// <param name="cluster">Keeps this process in a cluster, or null.</param>
/// <param name="time">The source of time.</param>
/// <param name="loggers">The log.</param>
internal sealed partial class OrderlyEnd(
    TimeSpan drain,
    Readiness readiness,
    ListenerKeeper listeners,
    ClientConnections connections,
    ConnectionCloser closer,
    ConnectionAging? aging,
    ReportDesk reports,
    ClusterKeeper? cluster,
    TimeProvider time,
    ILoggerFactory loggers)
{
    /// <summary>Exit code of a process that ended without being told to.</summary>
    public const int EndedByItself = 1;

    // What is left on them by then is a request that somebody has not sent to its end.
    private static readonly TimeSpan LastRequests = TimeSpan.FromSeconds(2);
    private readonly ILogger _logger = loggers.CreateLogger<OrderlyEnd>();

    /// <summary>Waits until the process is told to end, and ends it.</summary>
    /// <param name="app">The application, started.</param>
    /// <param name="signals">What tells it to end.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(WebApplication app, EndSignals signals)
    {
        await using var end = signals.First.UnsafeRegister(static readiness => ((Readiness)readiness!).End(), readiness);
        await FirstOfAsync(Timeout.InfiniteTimeSpan, signals.First, app.Lifetime.ApplicationStopping);
        var isTold = signals.First.IsCancellationRequested;
        // While calls are answered as before, other nodes take over what is this one's.
        var leaving = cluster?.LeaveAsync() ?? Task.CompletedTask;
        if (isTold)
        {
            Log.Draining(_logger, drain.TotalSeconds);
            WatchConnections();
            await FirstOfAsync(drain, signals.Second);
        }
        else
        {
            var always = loggers.CreateLogger(LoggingSetup.AlwaysCategory);
            if (app.Services.GetRequiredService<ActorSystem>().WhenTerminated.IsCompleted)
                Log.ActorsEnded(always);
            else
                Log.EndedFromWithin(always);
            readiness.End();
            WatchConnections();
        }

        await leaving;
        await listeners.UnbindAsync(connections.EndPoints);
        var closing = closer.CloseAllAsync();
        if (await Task.WhenAny(closing, Task.Delay(ClosingRules.LastReports, time)) != closing)
            await reports.EndAsync();
        await closing;
        using (var limit = new CancellationTokenSource(LastRequests, time))
            await app.Services.GetRequiredService<IServer>().StopAsync(limit.Token);
        // The deadline of the whole bounds this.
        await app.StopAsync(CancellationToken.None);
        return isTold ? 0 : EndedByItself;
    }

    private void WatchConnections()
    {
        aging?.Stop();
        closer.Watch();
    }

    private async Task FirstOfAsync(TimeSpan delay, params CancellationToken[] tokens)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(tokens);
        await Task.Delay(delay, time, any.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Told to end; calls are answered for another {Seconds} s, then connections are closed")]
        public static partial void Draining(ILogger logger, double seconds);

        [LoggerMessage(3, LogLevel.Error,
            "The application was stopped from within, without being told to; the process ends, to be started anew")]
        public static partial void EndedFromWithin(ILogger logger);

        [LoggerMessage(2, LogLevel.Error, "The actor system has ended without being told to; the process ends, to be started anew")]
        public static partial void ActorsEnded(ILogger logger);
    }
}

/// <summary>Wiring of <see cref="OrderlyEnd"/>.</summary>
internal static class OrderlyEndSetup
{
    /// <summary>Lets nothing but <see cref="OrderlyEnd"/> end the process.</summary>
    public static void AddOrderlyEnd(this IServiceCollection services, ClientConnections connections, SidecarOptions options, GrpcSocket? unixSocket)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = EndDeadline.Limit);
        services.AddSingleton<IHostLifetime, OwnLifetime>();
        services.AddSingleton(provider => new ListenerKeeper(new SocketTransportFactory(
            provider.GetRequiredService<IOptions<SocketTransportOptions>>(), provider.GetRequiredService<ILoggerFactory>()), unixSocket));
        // The server takes the last one.
        services.AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<ListenerKeeper>());
        services.AddSingleton(connections);
        services.AddSingleton<ConnectionCloser>();
        services.AddHostedService<CallCeiling>();
        if (options.MaxConnectionAge is { } age)
        {
            services.AddSingleton(provider => new ConnectionAging(
                connections, age, provider.GetRequiredService<TimeProvider>(), Random.Shared.NextDouble,
                provider.GetRequiredService<ILogger<ConnectionAging>>()));
        }

        services.AddSingleton(provider => new OrderlyEnd(
            options.ShutdownDrain,
            provider.GetRequiredService<Readiness>(),
            provider.GetRequiredService<ListenerKeeper>(),
            connections,
            provider.GetRequiredService<ConnectionCloser>(),
            provider.GetService<ConnectionAging>(),
            provider.GetRequiredService<ReportDesk>(),
            provider.GetService<ClusterKeeper>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
    }
}
