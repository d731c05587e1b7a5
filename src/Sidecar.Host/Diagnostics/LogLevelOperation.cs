using Akka.Actor;
using Sidecar.Actors.Diagnostics;
using Sidecar.Host.Logging;
using AkkaLevel = Akka.Event.LogLevel;

namespace Sidecar.Host.Diagnostics;

/// <summary>Changes the log level, that of the actor system with it.</summary>
/// <param name="levels">The level in force.</param>
/// <param name="system">The actor system.</param>
internal sealed class LogLevelOperation(LogLevelSwitch levels, Func<ActorSystem> system)
{
    /// <summary>The longest time after which a level goes back.</summary>
    public const int MostMinutes = 1440;

    private readonly Lock _lock = new();
    private bool _isFollowed;

    /// <summary>The names of levels, as <c>LOG_LEVEL</c> has them.</summary>
    public static IReadOnlyDictionary<string, LogLevel> Names { get; } = new Dictionary<string, LogLevel>(StringComparer.OrdinalIgnoreCase)
    {
        ["error"] = LogLevel.Error,
        ["warn"] = LogLevel.Warning,
        ["info"] = LogLevel.Information,
        ["debug"] = LogLevel.Debug,
    };

    /// <summary>Changes it.</summary>
    /// <param name="level">The level.</param>
    /// <param name="minutes">After how many minutes that of the configuration is in force again; null for never.</param>
    public OperationReport Set(LogLevel level, int? minutes)
    {
        lock (_lock)
        {
            if (!_isFollowed)
                levels.Changed += (_, _) => system().EventStream.SetLogLevel(OfAkka(levels.Level));
            _isFollowed = true;
        }

        levels.Set(level, minutes is { } length ? TimeSpan.FromMinutes(length) : null);
        var name = NameOf(level);
        return new OperationReport("logLevel", minutes is null
            ? $"the log level is {name} until the process ends or it is changed again"
            : $"the log level is {name} for {minutes} minutes, then {NameOf(levels.Configured)}");
    }

    private static string NameOf(LogLevel level) => Names.First(pair => pair.Value == level).Key;

    private static AkkaLevel OfAkka(LogLevel level) => level switch
    {
        LogLevel.Debug => AkkaLevel.DebugLevel,
        LogLevel.Information => AkkaLevel.InfoLevel,
        LogLevel.Error => AkkaLevel.ErrorLevel,
        _ => AkkaLevel.WarningLevel,
    };
}
