using Microsoft.Extensions.Options;
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
        logging.Services.AddSingleton(provider => new LogLevelSwitch(
            options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LogLevelSwitch>>));
        logging.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(static provider => provider.GetRequiredService<LogLevelSwitch>());
        logging.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(static provider => provider.GetRequiredService<LogLevelSwitch>());
        return logging;
    }
}
