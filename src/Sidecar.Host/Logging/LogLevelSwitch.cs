using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.Logging;

/// <summary>
/// The log level in force, and what follows from it for each source of lines. It can be changed while the process runs, for a time or for good.
/// Safe for any thread.
/// </summary>
/// <param name="options">What is in force at the start.</param>
/// <param name="time">The source of time.</param>
/// <param name="logger">The log, which itself asks for the level in force: not asked for before the level is changed.</param>
internal sealed partial class LogLevelSwitch(SidecarOptions options, TimeProvider time, Func<ILogger> logger)
    : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Lock _telling = new();
    private LogLevel _level = options.LogLevel;
    private ConfigurationReloadToken _token = new();
    private ITimer? _back;
    private long _turn;

    /// <summary>Raised after the level changed.</summary>
    public event EventHandler? Changed;

    /// <summary>The level in force.</summary>
    public LogLevel Level
    {
        get
        {
            lock (_lock)
                return _level;
        }
    }

    /// <summary>The level that the configuration asks for.</summary>
    public LogLevel Configured => options.LogLevel;

    /// <inheritdoc/>
    public string Name => Options.DefaultName;

    /// <summary>Changes it.</summary>
    /// <param name="level">The level.</param>
    /// <param name="length">How long; then that of the configuration is in force again. Null: until the process ends.</param>
    public void Set(LogLevel level, TimeSpan? length = null)
    {
        var log = length is null ? null : logger();
        ConfigurationReloadToken? told;
        lock (_lock)
        {
            _back?.Dispose();
            var turn = ++_turn;
            _back = log is not null ? time.CreateTimer(_ => GoBack(turn, log), null, length!.Value, Timeout.InfiniteTimeSpan) : null;
            told = Change(level);
        }

        Tell(told);
    }

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => Volatile.Read(ref _token);

    /// <inheritdoc/>
    public void Configure(LoggerFilterOptions filter)
    {
        var level = Level;
        filter.MinLevel = level;
        // The framework's own tales of every request are for those who look for a fault in it.
        if (level == LogLevel.Information)
        {
            filter.AddFilter("Microsoft", LogLevel.Warning);
            filter.AddFilter("Grpc", LogLevel.Warning);
            filter.AddFilter("System.Net.Http", LogLevel.Warning);
        }

        // A region that has no coordinator yet says so five times a second.
        if (options.Cluster.IsEnabled && level > LogLevel.Debug)
            filter.AddFilter("Akka.Cluster.Sharding.ShardRegion", LogLevel.Error);

        // With a logger for it, the framework makes an activity and a scope for each request, which costs more than the answer.
        if (level > LogLevel.Debug)
            filter.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // What keeps the host from starting is told by this service's own line; what ends it later is not.
        filter.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        filter.AddFilter(LoggingSetup.AlwaysCategory, LogLevel.Information);
    }

    /// <inheritdoc/>
    public void Dispose() => _back?.Dispose();

    private void GoBack(long turn, ILogger log)
    {
        ConfigurationReloadToken? told;
        lock (_lock)
        {
            // Another change came in between.
            if (turn != _turn)
                return;
            told = Change(options.LogLevel);
        }

        Tell(told);
        if (told is not null)
            Log.WentBack(log, options.LogLevel);
    }

    // Under the lock. What is to be told of the change; null where there is none.
    private ConfigurationReloadToken? Change(LogLevel level)
    {
        if (_level == level)
            return null;
        _level = level;
        // Whoever asks for the next token does so before the present one tells.
        return Interlocked.Exchange(ref _token, new ConfigurationReloadToken());
    }

    // One after the other, and each reads the level anew: so the last one to tell tells of the level in force.
    private void Tell(ConfigurationReloadToken? changed)
    {
        if (changed is null)
            return;
        lock (_telling)
        {
            changed.OnReload();
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "the time of the changed log level is over: it is {Level} again, as LOG_LEVEL says")]
        public static partial void WentBack(ILogger logger, LogLevel level);
    }
}
