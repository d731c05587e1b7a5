using System.Globalization;
using Sidecar.Host.Logging;

namespace Sidecar.Host.Telemetry;

/// <summary>Exports log lines as they stand on the standard output: the same of them, and the same left out and made unreadable.</summary>
/// <param name="exporter">Takes them.</param>
internal sealed class ExportedLog(ILoggerProvider exporter) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, exporter.CreateLogger(categoryName));

    /// <inheritdoc/>
    public void Dispose()
    {
        // The exporter has an owner.
    }

    private sealed class Logger(string category, ILogger exporter) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => exporter.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (JsonLineFormatter.IsGoneCaller(category, logLevel, exception))
                return;
            Func<string, string> shown = logLevel > LogLevel.Debug ? CustomerScrubber.Scrub : text => text;
            var fields = new List<KeyValuePair<string, object?>>();
            foreach (var (name, value) in state as IReadOnlyList<KeyValuePair<string, object?>> ?? [])
            {
                if (name.Length > 0 && char.IsAsciiLetter(name[0]) && Shown(value, shown) is { } field)
                    fields.Add(new(name, field));
            }

            if (exception is not null)
            {
                fields.Add(new("exception.type", exception.GetType().FullName));
                fields.Add(new("exception.message", shown(exception.Message)));
                fields.Add(new("exception.stacktrace", shown(exception.ToString())));
            }

            var message = shown(formatter(state, exception));
            exporter.Log<IReadOnlyList<KeyValuePair<string, object?>>>(logLevel, eventId, fields, exception: null, (_, _) => message);
        }

        private static object? Shown(object? value, Func<string, string> shown) => value switch
        {
            int or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            string or Enum or TimeSpan => shown(value.ToString() ?? ""),
            _ => null,
        };
    }
}
