using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.Logging;

/// <summary>Wiring of the log.</summary>
public static class LoggingSetup
{
    /// <summary>The logger whose lines appear at any log level: older SDKs wait for one of them on stdout.</summary>
    public const string AlwaysCategory = "Sidecar.Start";

    /// <summary>How many lines wait to be written where whoever reads them is slow; what comes then is left out.</summary>
    public const int MostWaiting = 2_500;

    /// <summary>Makes JSON lines on stdout the only log.</summary>
    public static ILoggingBuilder AddSidecarLog(this ILoggingBuilder logging, SidecarOptions options)
    {
        logging.ClearProviders();
        logging.Services.AddSingleton(new LogKeys(options.LogMessageKey, options.LogErrorKey));
        logging.AddConsole(console =>
        {
            console.FormatterName = JsonLineFormatter.FormatterName;
            // A reader that hangs would hold up whoever has something to say, actors and answers too.
            (console.MaxQueueLength, console.QueueFullMode) = (MostWaiting, ConsoleLoggerQueueFullMode.DropWrite);
        });
        logging.AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
        logging.Services.AddSingleton(provider => new LogLevelSwitch(
            options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LogLevelSwitch>>));
        logging.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(static provider => provider.GetRequiredService<LogLevelSwitch>());
        logging.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(static provider => provider.GetRequiredService<LogLevelSwitch>());
        return logging;
    }
}
