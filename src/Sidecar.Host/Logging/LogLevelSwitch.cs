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
internal sealed class LogLevelSwitch(SidecarOptions options, TimeProvider time)
    : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    private readonly Lock _lock = new();
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
        lock (_lock)
        {
            _back?.Dispose();
            var turn = ++_turn;
            _back = length is { } until ? time.CreateTimer(_ => GoBack(turn), null, until, Timeout.InfiniteTimeSpan) : null;
        }

        Change(level);
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

    private void GoBack(long turn)
    {
        lock (_lock)
        {
            // Another change came in between.
            if (turn != _turn)
                return;
        }

        Change(options.LogLevel);
    }

    private void Change(LogLevel level)
    {
        lock (_lock)
        {
            if (_level == level)
                return;
            _level = level;
        }

        // Whoever asks for the next token does so before the present one tells.
        Interlocked.Exchange(ref _token, new ConfigurationReloadToken()).OnReload();
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
