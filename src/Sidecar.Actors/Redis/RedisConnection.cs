using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Metrics;
using StackExchange.Redis;

namespace Sidecar.Actors.Redis;

/// <summary>
/// The connection to Redis. It is made in the background and made again whenever it ends; nothing waits for it but the first loads, for the
/// first try: while it is down, what is asked fails at once.
/// </summary>
public sealed partial class RedisConnection : IAsyncDisposable
{
    /// <summary>
    /// What the first load waits for the first try to connect at most, and all others with it: a question is answered within two seconds of the
    /// process's start, whatever Redis does.
    /// </summary>
    public static readonly TimeSpan FirstTryPatience = TimeSpan.FromSeconds(1);

    // What an operation may take at all: a question's own limits are shorter.
    private static readonly TimeSpan OperationLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    // The end of the process waits no longer for it.
    private static readonly TimeSpan DisposeLimit = TimeSpan.FromSeconds(2);
    private const int LongestPauseMs = 5_000;
    private const int FirstPauseMs = 250;

    private readonly RedisSettings _settings;
    private readonly SidecarCounters _counters;
    private readonly ProcessClock _clock;
    private readonly Func<double> _jitter;
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationToken _endingToken;
    private volatile ConnectionMultiplexer? _connection;
    private volatile RedisFailureException? _refusal;
    private int _isDisposed;
    private Task _connecting = Task.CompletedTask;
    private readonly FirstTry _firstTry;
    private string? _serverRun;
    // Servers to which there is a connection, or a try at one, of which it is not known that it is in the right database; with the number of
    // the try. Empty where all is well.
    private ImmutableDictionary<EndPoint, long> _unchecked = ImmutableDictionary<EndPoint, long>.Empty;
    private long _tries;
    private int _isChecking;
    // Why the last certificate was not trusted, or null.
    private volatile string? _certificateFault;

    /// <summary>Makes the connection; <see cref="Start"/> begins to connect.</summary>
    /// <param name="settings">How Redis is spoken to.</param>
    /// <param name="counters">The counters.</param>
    /// <param name="clock">Both clocks.</param>
    /// <param name="jitter">Randomness: 0 up to 1, a new one a call.</param>
    /// <param name="loggers">The log.</param>
    public RedisConnection(
        RedisSettings settings, SidecarCounters counters, ProcessClock clock, Func<double> jitter, ILoggerFactory loggers)
    {
        _settings = settings;
        _counters = counters;
        _clock = clock;
        _jitter = jitter;
        _endingToken = _ending.Token;
        _firstTry = new FirstTry(clock.Time, FirstTryPatience);
        Log = new RedisLog(loggers.CreateLogger<RedisConnection>(), clock.Time, counters.Redis);
        counters.Redis.IsEnabled = true;
    }

    /// <summary>Raised after the connection came up, the first time too; on a thread of the client's.</summary>
    public event EventHandler? Restored;

    /// <summary>Raised after another server process than before was found to answer: it may hold less, or older. On a thread of the client's.</summary>
    public event EventHandler? Replaced;

    /// <summary>How Redis is spoken to.</summary>
    public RedisSettings Settings => _settings;

    /// <summary>Whether there is a connection.</summary>
    public bool IsUp => _refusal is null && _connection is { IsConnected: true } connection && IsChecked(connection);

    /// <summary>
    /// Whether what there is a connection to is a replica: the client sends it no writes, and says that there is no connection.
    /// </summary>
    internal bool HasOnlyReplicas
    {
        get
        {
            var connected = _connection?.GetServers().Where(server => server.IsConnected).ToList();
            return connected is { Count: > 0 } && connected.TrueForAll(server => server.IsReplica);
        }
    }

    /// <summary>What happens to Redis, for people.</summary>
    internal RedisLog Log { get; }

    /// <summary>The database.</summary>
    /// <exception cref="RedisFailureException">There is no connection.</exception>
    internal IDatabase Database => _refusal is { } refusal
        ? throw refusal
        : _connection is { } connection && IsChecked(connection) ? connection.GetDatabase(_settings.Database)
        : throw new RedisFailureException(RedisFailureKind.Unreachable, "not connected yet");

    /// <summary>The client, or null where there has been no connection yet.</summary>
    internal ConnectionMultiplexer? Client => _connection;

    /// <summary>Begins to connect.</summary>
    public void Start()
    {
        _firstTry.Begin();
        _connecting = ConnectAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await _ending.CancelAsync();
        _firstTry.End();
        // A connection that comes up later than that is closed by whoever made it.
        await WithinAsync(_connecting);
        if (_connection is { } connection)
            await CloseAsync(connection);

        // A try to connect may still be under way and look at this: it holds nothing that has to be given back.
        if (_connecting.IsCompleted)
            _ending.Dispose();
    }

    /// <summary>
    /// Waits until the first try has ended, or has taken <see cref="FirstTryPatience"/>: questions that come right after a start would else be
    /// told that nothing is known, of customers that Redis holds.
    /// </summary>
    internal Task WaitForFirstTryAsync(CancellationToken cancellation) => _firstTry.WaitAsync(cancellation);

    /// <summary>Notes a failure: counts it, and tells it where it is news.</summary>
    internal void Failed(RedisFailureException failure, bool isWrite = false)
    {
        _counters.RedisClientErrors.Increment();
        Log.Failed(failure, isWrite);
    }

    // What hangs is not waited for.
    private static Task CloseAsync(ConnectionMultiplexer connection) => WithinAsync(Task.Run(async () =>
    {
        await connection.CloseAsync(allowCommandsToComplete: false);
        await connection.DisposeAsync();
    }));

    private static async Task WithinAsync(Task task) =>
        await task.WaitAsync(DisposeLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // Once there is a client it connects again by itself. Until then, a name that can't be resolved or sentinels out of reach end the try.
    private async Task ConnectAsync()
    {
        await Task.Yield();
        for (var tries = 1; !_ending.IsCancellationRequested; tries++)
        {
            try
            {
                var connection = await ConnectionMultiplexer.ConnectAsync(Options());
                if (_ending.IsCancellationRequested)
                {
                    await CloseAsync(connection);
                    return;
                }

                if (await NoSentinelsInAsync(connection) is { } fault)
                {
                    await CloseAsync(connection);
                    throw fault;
                }

                // Each connection is two; the one for messages that are pushed follows the other.
                connection.ConnectionFailed += (_, e) =>
                {
                    if (_ending.IsCancellationRequested || e.ConnectionType != ConnectionType.Interactive)
                        return;
                    NoteState();
                    Failed((e.Exception is null ? null : FailureOf(e.Exception))
                        ?? new RedisFailureException(RedisFailureKind.Unreachable, e.Exception?.Message ?? e.FailureType.ToString()));
                };
                connection.ConnectionRestored += (_, e) =>
                {
                    if (e.ConnectionType == ConnectionType.Interactive)
                        OnRestored(connection);
                };
                NoteRefusal(connection);
                _connection = connection;
                if (connection.IsConnected)
                {
                    OnRestored(connection);
                    return;
                }

                _firstTry.End();
                Failed(await WhyAsync(connection));
                return;
            }
            catch (Exception e) when (FailureOf(e) is { } failure)
            {
                if (failure.Kind == RedisFailureKind.Settings)
                    _refusal = failure;
                Failed(failure);
            }
            catch (Exception e) when (IsOfFile(e))
            {
                // The authorities' file.
                Failed(new RedisFailureException(RedisFailureKind.Unreachable, $"REDIS_TLS_CA_FILE can't be read: {e.Message}"));
            }

            _firstTry.End();
            await PauseAsync(tries);
        }
    }

    private async Task PauseAsync(int tries)
    {
        var pause = Math.Min(LongestPauseMs, FirstPauseMs * Math.Pow(2, Math.Min(tries, 10))) * (0.5 + (_jitter() / 2));
        await Task.Delay(TimeSpan.FromMilliseconds(pause), _clock.Time, _endingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Where the client finds no sentinel it takes those places for the servers themselves: such a connection is not used, and made anew.
    private async Task<RedisFailureException?> NoSentinelsInAsync(ConnectionMultiplexer connection)
    {
        if (_settings.SentinelMaster is not { } master || connection.GetServers() is not { Length: > 0 } servers
            || !Array.TrueForAll(servers, server => _settings.EndPoints.Any(place => Equals(place, server.EndPoint))))
            return null;
        var plain = servers.Where(server => server.IsConnected && server.ServerType != ServerType.Sentinel).Select(server => server.EndPoint).ToList();
        return plain.Count == 0 ? await WhyAsync(connection) : new RedisFailureException(
            RedisFailureKind.Settings,
            $"REDIS_SENTINEL_MASTER is '{master}', so that REDIS_HOST is expected to name sentinels, but "
            + $"{string.Join(", ", _settings.EndPoints.Where(plain.Contains).Select(place => $"{place.Host}:{place.Port}"))} is no sentinel");
    }

    private void OnRestored(ConnectionMultiplexer connection)
    {
        if (Volatile.Read(ref _unchecked).IsEmpty)
            TakeUp(connection);
        else
            _ = CheckAsync(connection);
    }

    // The client selects the database without looking at the answer, and goes on in the first one where the server refuses. So it is selected
    // here before a connection is used. A right that is missing may be given later.
    private async Task CheckAsync(ConnectionMultiplexer connection)
    {
        if (Interlocked.Exchange(ref _isChecking, 1) != 0)
            return;
        await Task.Yield();
        for (var tries = 1; !_ending.IsCancellationRequested; tries++)
        {
            NoteRefusal(connection, keeps: true);
            if (_refusal is not { Kind: RedisFailureKind.Cluster } && await SelectAsync(connection) is { } fault)
            {
                if (fault.Kind == RedisFailureKind.Settings)
                    _refusal = fault;
                NoteState();
                Failed(fault);
                _firstTry.End();
                await PauseAsync(tries);
                continue;
            }

            Volatile.Write(ref _isChecking, 0);
            if (connection.IsConnected && (IsChecked(connection) || _refusal is { Kind: RedisFailureKind.Cluster }))
                TakeUp(connection);
            // One that came up in between was told to nobody.
            if (Doubtful(connection).Count == 0 || Interlocked.Exchange(ref _isChecking, 1) != 0)
                return;
        }
    }

    // Why the database can't be used, or null.
    private async Task<RedisFailureException?> SelectAsync(ConnectionMultiplexer connection)
    {
        foreach (var (server, number) in Doubtful(connection))
        {
            try
            {
                await server.ExecuteAsync("SELECT", _settings.Database);
                // Where it was connected to once more meanwhile, that connection counts.
                ImmutableInterlocked.Update(ref _unchecked, all => all.Contains(new(server.EndPoint, number)) ? all.Remove(server.EndPoint) : all);
            }
            catch (Exception e) when (RedisFailureException.Of(e) is { } failure)
            {
                if (!server.IsConnected)
                    continue;
                return failure.Kind == RedisFailureKind.Error || failure.Message.Contains("NOPERM", StringComparison.Ordinal)
                    ? new RedisFailureException(
                        RedisFailureKind.Settings,
                        $"REDIS_DB is {_settings.Database}, expected a database that the server has and the user may select ({failure.Message})")
                    : failure;
            }
        }

        return null;
    }

    private List<(IServer Server, long Number)> Doubtful(ConnectionMultiplexer connection)
    {
        var doubtful = Volatile.Read(ref _unchecked);
        return doubtful.IsEmpty
            ? []
            : [.. connection.GetServers()
                .Where(server => server.IsConnected && doubtful.ContainsKey(server.EndPoint))
                .Select(server => (server, doubtful[server.EndPoint]))];
    }

    // What is asked goes to one of those that are connected; which one is the client's affair.
    private bool IsChecked(ConnectionMultiplexer connection)
    {
        var doubtful = Volatile.Read(ref _unchecked);
        if (doubtful.IsEmpty)
            return true;
        var isAny = false;
        foreach (var server in connection.GetServers())
        {
            if (!server.IsConnected)
                continue;
            if (doubtful.ContainsKey(server.EndPoint))
                return false;
            isAny = true;
        }

        return isAny;
    }

    private void TakeUp(ConnectionMultiplexer connection)
    {
        NoteRefusal(connection);
        NoteState();
        _firstTry.End();
        if (_refusal is { } refusal)
        {
            Failed(refusal);
            return;
        }

        Restored?.Invoke(this, EventArgs.Empty);
        _ = TellBackAsync(connection);
    }

    // The client keeps the reason, and tells it to whoever asks for something.
    private async Task<RedisFailureException> WhyAsync(ConnectionMultiplexer connection)
    {
        try
        {
            await connection.GetDatabase(_settings.Database).PingAsync();
        }
        catch (Exception e) when (FailureOf(e) is { } failure)
        {
            return failure;
        }

        return new RedisFailureException(RedisFailureKind.Unreachable, $"no connection within {ConnectLimit.TotalSeconds} s");
    }

    // Also where nobody asks for anything.
    private async Task TellBackAsync(ConnectionMultiplexer connection)
    {
        try
        {
            await connection.GetDatabase(_settings.Database).PingAsync();
            Log.Succeeded(isWrite: false);
            var info = (string?)await connection.GetDatabase(_settings.Database).ExecuteAsync("INFO", "server");
            var run = info?.Split('\n').FirstOrDefault(line => line.StartsWith("run_id:", StringComparison.Ordinal));
            if (run is not null && Interlocked.Exchange(ref _serverRun, run) is { } before && before != run)
                Replaced?.Invoke(this, EventArgs.Empty);
        }
        catch (Exception e) when (RedisFailureException.Of(e) is not null)
        {
            // It is gone again, which is told by itself; or it does not say which process it is.
        }
    }

    private void NoteRefusal(ConnectionMultiplexer connection, bool keeps = false) =>
        _refusal = connection.GetServers().Any(server => server.IsConnected && server.ServerType == ServerType.Cluster)
            ? new RedisFailureException(RedisFailureKind.Cluster, "cluster mode is on")
            : keeps ? _refusal : null;

    private RedisFailureException? FailureOf(Exception exception) =>
        RedisFailureException.Of(exception) is not { } failure ? null
        : failure.Kind == RedisFailureKind.Unreachable && _certificateFault is { } fault && IsOfCertificate(exception)
            ? new RedisFailureException(RedisFailureKind.Unreachable, fault)
        : failure;

    // A connection that is there no longer says nothing of why the next one is refused.
    private void OnAttempt(object? sender, ConnectionAttemptCompletedEventArgs e)
    {
        if (e.IsSuccess || e.ConnectionType != ConnectionType.Interactive || _ending.IsCancellationRequested || e.Exception is null
            || _connection is not { } connection || !connection.GetServers().Any(server => Equals(server.EndPoint, e.EndPoint)))
            return;
        // A failed handshake of TLS has the same type; the connection that is lost tells it.
        if (e is { FailureType: ConnectionFailureType.AuthenticationFailure, Stage: ConnectionAttemptStage.Handshake })
            Failed(RedisFailureException.Refused(e.Exception));
    }

    private void NoteState() => _counters.Redis.IsUp.Value = IsUp ? 1 : 0;
}
