using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using AkkaLevel = Akka.Event.LogLevel;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Sidecar.Host.Logging;

/// <summary>Hands the host's log to the actor system.</summary>
/// <param name="log">The log.</param>
/// <param name="time">The source of time.</param>
public sealed class AkkaLogSetup(ILoggerFactory log, TimeProvider time) : Setup
{
    /// <summary>The source of time.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>The log.</summary>
    public ILoggerFactory Log { get; } = log;
}

/// <summary>Passes the actor system's log on to the host's: the bare message, its source and its exception, nothing twice.</summary>
#pragma warning disable MA0097 // Actor references compare by path; nothing compares this one.
public sealed partial class AkkaLog : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
#pragma warning restore MA0097
{
    /// <summary>The lines above <c>info</c> a minute of one class of the transport between nodes at one level.</summary>
    internal const int TransportLines = 10;

    private const string Transport = "Akka.Remote.";

    private readonly ILoggerFactory _factory;
    private readonly LineBudget _budget;

    /// <summary>Makes the logger; the actor system does so at its start.</summary>
    public AkkaLog()
    {
        var setup = Context.System.Settings.Setup.Get<AkkaLogSetup>() is { HasValue: true, Value: var value } ? value : null;
        _factory = setup?.Log ?? NullLoggerFactory.Instance;
        _budget = new LineBudget(TransportLines, TimeSpan.FromMinutes(1), setup?.Time ?? TimeProvider.System);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    private void Write(LogEvent logged)
    {
        // The class bounds the number of loggers; the source, which may name a single actor, is a field.
        var logger = _factory.CreateLogger(CategoryOf(logged.LogClass));
        var level = LevelOf(logged.LogLevel());
        if (!logger.IsEnabled(level))
            return;
        // Two or three for each connection of whoever can reach the port, with a stack.
        if (level > LogLevel.Information && CategoryOf(logged.LogClass) is var category && category.StartsWith(Transport, StringComparison.Ordinal))
        {
            if (_budget.Take(category, level) is not { } leftOut)
                return;
            if (leftOut > 0)
                Log.LeftOut(logger, level, leftOut);
        }

        var text = TextOf(logged.Message);
        var source = logged.LogSource;
        Log.Event(logger, level, logged.Cause, text, source);
    }

    // Where a source is a mere word, the class is a stand-in that says nothing.
    private static string CategoryOf(Type? logClass) =>
        logClass is null || logClass == typeof(DummyClassForStringSources) ? nameof(Akka) : logClass.FullName ?? nameof(Akka);

    private static string TextOf(object message)
    {
        try
        {
            return message.ToString() ?? "";
        }
        catch (FormatException)
        {
            // A message whose parts don't fit is still worth a line.
            return (message as LogMessage)?.Format ?? "";
        }
    }

    private static LogLevel LevelOf(AkkaLevel level) => level switch
    {
        AkkaLevel.DebugLevel => LogLevel.Debug,
        AkkaLevel.InfoLevel => LogLevel.Information,
        AkkaLevel.WarningLevel => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    private static partial class Log
    {
        [LoggerMessage(EventId = 21, Message = "{Lines} lines like the next one were left out")]
        public static partial void LeftOut(ILogger logger, LogLevel level, int lines);

        [LoggerMessage(EventId = 20, Message = "{Text}")]
        public static partial void Event(
            ILogger logger, LogLevel level, Exception? exception, string text, string source);
    }
}

/// <summary>Wiring of <see cref="AkkaLog"/>.</summary>
public static class AkkaLogWiring
{
    /// <summary>Makes the host's log the actor system's only one.</summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="log">The log.</param>
    /// <param name="level">The least important level that is logged.</param>
    public static AkkaConfigurationBuilder WithSidecarLog(
        this AkkaConfigurationBuilder builder, ILoggerFactory log, LogLevel level)
    {
        builder.AddSetup(new AkkaLogSetup(log, TimeProvider.System));
        return builder.ConfigureLoggers(loggers =>
        {
            loggers.LogLevel = level switch
            {
                LogLevel.Debug => AkkaLevel.DebugLevel,
                LogLevel.Information => AkkaLevel.InfoLevel,
                LogLevel.Error => AkkaLevel.ErrorLevel,
                _ => AkkaLevel.WarningLevel,
            };
            loggers.ClearLoggers();
            loggers.AddLogger<AkkaLog>();
        });
    }
}
