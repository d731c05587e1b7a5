namespace Sidecar.Host.Diagnostics;

/// <summary>The lines of the diagnostics.</summary>
internal static partial class DiagnosticsLog
{
    [LoggerMessage(710, LogLevel.Warning, "diagnostics: somebody has a customer taken out of memory")]
    public static partial void Evict(ILogger logger);

    [LoggerMessage(711, LogLevel.Warning, "diagnostics: somebody has a customer read again")]
    public static partial void Reread(ILogger logger);

    [LoggerMessage(712, LogLevel.Warning, "diagnostics: somebody has the stream of updates connected anew")]
    public static partial void Reconnect(ILogger logger);

    [LoggerMessage(713, LogLevel.Warning, "diagnostics: somebody asks for this process to be cut off from the cloud for {Minutes} minutes (0 ends it)")]
    public static partial void Isolate(ILogger logger, double minutes);

    [LoggerMessage(714, LogLevel.Warning, "diagnostics: somebody changes the log level to {Level}, for {Minutes} minutes (for good where there are none)")]
    public static partial void Level(ILogger logger, LogLevel level, int? minutes);

    [LoggerMessage(715, LogLevel.Debug, "diagnostics: {Operation} of {Customer}")]
    public static partial void OfCustomer(ILogger logger, string operation, string customer);

    [LoggerMessage(716, LogLevel.Warning, "diagnostics: a request was refused, and {LeftOut} others since the last such line: {Why}")]
    public static partial void Refused(ILogger logger, string why, int leftOut);
}
