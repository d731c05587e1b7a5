using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sidecar.Actors.Tests.Support;

/// <summary>One line of the log.</summary>
internal sealed record LogLine(LogLevel Level, int Event, string Text);

/// <summary>Keeps what is logged.</summary>
internal sealed class LogCapture : ILoggerFactory
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    /// <summary>All lines, in order.</summary>
    public IReadOnlyList<LogLine> Lines => [.. _lines];

    /// <summary>The lines of one event.</summary>
    public IReadOnlyList<LogLine> Of(int eventId) => [.. _lines.Where(line => line.Event == eventId)];

    public ILogger CreateLogger(string categoryName) => new Logger(_lines);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("everything is kept here");

    public void Dispose()
    {
    }

    private sealed class Logger(ConcurrentQueue<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(new LogLine(logLevel, eventId.Id, formatter(state, exception)));
    }
}
