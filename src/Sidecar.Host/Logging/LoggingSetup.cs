using Sidecar.Host.Configuration;

namespace Sidecar.Host.Logging;

/// <summary>Wiring of the log.</summary>
public static class LoggingSetup
{
    /// <summary>The logger whose lines appear at any log level: older SDKs wait for one of them on stdout.</summary>
    public const string AlwaysCategory = "Sidecar.Start";

    /// <summary>Makes JSON lines on stdout the only log.</summary>
    public static ILoggingBuilder AddSidecarLog(this ILoggingBuilder logging, SidecarOptions options)
    {
        logging.ClearProviders();
        logging.Services.AddSingleton(new LogKeys(options.LogMessageKey, options.LogErrorKey));
        logging.AddConsole(console => console.FormatterName = JsonLineFormatter.FormatterName);
        logging.AddConsoleFormatter<JsonLineFormatter, Microsoft.Extensions.Logging.Console.ConsoleFormatterOptions>();
        logging.SetMinimumLevel(options.LogLevel);
        // The framework's own tales of every request are for those who look for a fault in it.
        if (options.LogLevel == LogLevel.Information)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.AddFilter("Grpc", LogLevel.Warning);
            logging.AddFilter("System.Net.Http", LogLevel.Warning);
        }

        // A region that has no coordinator yet says so five times a second.
        if (options is { Cluster.IsEnabled: true, LogLevel: > LogLevel.Debug })
            logging.AddFilter("Akka.Cluster.Sharding.ShardRegion", LogLevel.Error);

        // With a logger for it, the framework makes an activity and a scope for each request, which costs more than the answer.
        if (options.LogLevel > LogLevel.Debug)
            logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // What keeps the host from starting is told by this service's own line; what ends it later is not.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        logging.AddFilter(AlwaysCategory, LogLevel.Information);
        return logging;
    }
}
