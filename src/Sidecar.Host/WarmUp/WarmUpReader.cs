using System.Collections.Concurrent;
using Sidecar.Actors;
using Sidecar.Actors.Entries;
using Sidecar.Host.Configuration;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.WarmUp;

/// <summary>
/// Asks at the start about the entries of <c>WARM_UP_CUSTOMERS_FILE</c>, as an application would, so that the first questions about them are answered
/// from memory. It takes at most half of the requests a second that there are, asks about few at once, and ends before it would push out what
/// it has read. Entries that failed are asked about again once the cloud is well.
/// </summary>
public sealed partial class WarmUpReader : BackgroundService
{
    /// <summary>The largest list, in bytes.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>The most entries of a list; those after them are left out.</summary>
    public const int MaxEntries = 1_000_000;

    /// <summary>Entries that are asked about at once.</summary>
    public const int AtOnce = 32;

    /// <summary>How often an entry is asked about.</summary>
    public const int MaxRounds = 5;

    /// <summary>From this part of the cache's bound on no entry is read: live questions need the rest.</summary>
    public const double FullAt = 0.9;

    /// <summary>The least time between two rounds.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>The longest that the stream of updates is waited for: what is read before it is up has to be read again.</summary>
    public static readonly TimeSpan StreamPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly string _path;
    private readonly TimeSpan _pace;
    private readonly Customers _customers;
    private readonly ActorServices _services;
    private readonly WarmUpProgress _progress;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <summary>Makes one; nothing is read yet.</summary>
    /// <param name="path">The list.</param>
    /// <param name="maxRequestsPerSecond">Requests a second that may be sent to the cloud in all.</param>
    /// <param name="customers">The actors' front desk.</param>
    /// <param name="services">What the actors share.</param>
    /// <param name="progress">Where it is told how far it is.</param>
    /// <param name="log">The log.</param>
    public WarmUpReader(
        string path, int maxRequestsPerSecond, Customers customers, ActorServices services, WarmUpProgress progress, ILogger<WarmUpReader> log)
    {
        _path = path;
        _pace = TimeSpan.FromSeconds(2.0 / maxRequestsPerSecond);
        _customers = customers;
        _services = services;
        _progress = progress;
        _time = services.Clock.Time;
        _log = log;
    }

    /// <summary>The bound that is in force, for specs.</summary>
    internal int MostEntries { get; init; } = MaxEntries;

    private bool IsFull => _services.Cache.Bytes > _services.Cache.MaxBytes * FullAt;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The ports open meanwhile.
        await Task.Yield();
        try
        {
            IReadOnlyList<EntryKey> entries = Load();
            _progress.Begin(entries.Count);
            await UntilStreamIsUpAsync(stoppingToken);
            for (var round = 1; entries.Count > 0; round++)
            {
                entries = await AskAsync(entries, stoppingToken);
                _progress.Over();
                if (entries.Count == 0 || round == MaxRounds || IsFull)
                    break;
                await UntilWellAsync(stoppingToken);
                _progress.Again();
            }

            if (IsFull)
                Log.Full(_log, _progress.Listed, _progress.Read);
            else if (_progress.Failed > 0)
                Log.NotAll(_log, _progress.Listed, _progress.Failed);
            else
                Log.Done(_log, _progress.Listed);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
        catch (Exception e)
        {
            // The host would end the process for it.
            Log.Broken(_log, _progress.Listed, _progress.Read, e);
        }
        finally
        {
            _progress.Over();
        }
    }

    private List<EntryKey> Load()
    {
        try
        {
            using var file = SettingFile.Open(_path);
            var entries = new List<EntryKey>();
            var known = new HashSet<EntryKey>();
            var (bad, firstBad) = (0, 0);
            foreach (var line in EntryLines.Read(file, MaxBytes))
            {
                if (line.Entry is not { } entry)
                {
                    firstBad = bad++ == 0 ? line.Number : firstBad;
                }
                else if (known.Add(entry))
                {
                    if (entries.Count == MostEntries)
                    {
                        Refuse($"it has more than {MostEntries} entries, the most that are read; line {line.Number} and those after it are left out");
                        break;
                    }

                    entries.Add(entry);
                }
            }

            if (bad > 0)
                Refuse($"line {firstBad} and {bad - 1} others have another form, expected {EntryLines.Expected}; they are left out");
            return entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Refuse($"it can't be read: {e.Message}; nothing is read at the start");
            return [];
        }
    }

    private void Refuse(string why)
    {
        _services.Counters.InitializationErrors.Increment();
        Log.NotUsable(_log, _path, why);
    }

    // Those of which nothing is known after it.
    private async Task<IReadOnlyList<EntryKey>> AskAsync(IReadOnlyList<EntryKey> entries, CancellationToken cancellation)
    {
        var failed = new ConcurrentQueue<EntryKey>();
        await Parallel.ForEachAsync(
            PacedAsync(entries, cancellation),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (entry, token) =>
            {
                var found = await _customers.AskAsync(entry, token);
                if (found.State is null)
                    failed.Enqueue(entry);
                _progress.Note(found.State is not null);
            });
        return [.. failed];
    }

    private async IAsyncEnumerable<EntryKey> PacedAsync(
        IReadOnlyList<EntryKey> entries, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var due = _services.Clock.Uptime;
        foreach (var entry in entries)
        {
            if (IsFull)
                yield break;
            var now = _services.Clock.Uptime;
            if (due > now)
                await Task.Delay(due - now, _time, cancellation);
            // What was slow is not made up for by a burst.
            due = (due > now ? due : now) + _pace;
            yield return entry;
        }
    }

    private async Task UntilStreamIsUpAsync(CancellationToken cancellation)
    {
        var end = _services.Clock.Uptime + StreamPatience;
        while (_services.Updates is not null && !_services.Cache.Stream.IsUp && _services.Clock.Uptime < end)
            await Task.Delay(LookAgain, _time, cancellation);
    }

    private async Task UntilWellAsync(CancellationToken cancellation)
    {
        do
            await Task.Delay(Pause, _time, cancellation);
        while (_services.Cloud.IsSuspended);
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Information, "WARM_UP_CUSTOMERS_FILE: all {Listed} entries are in memory")]
        public static partial void Done(ILogger logger, int listed);

        [LoggerMessage(31, LogLevel.Warning,
            "WARM_UP_CUSTOMERS_FILE: of {Listed} entries {Failed} could not be read; they are read when somebody asks about them")]
        public static partial void NotAll(ILogger logger, int listed, int failed);

        [LoggerMessage(32, LogLevel.Warning,
            "WARM_UP_CUSTOMERS_FILE: of {Listed} entries {Read} were read; the others would push those out, since CACHE_MAX_SIZE_BYTES has no room for more")]
        public static partial void Full(ILogger logger, int listed, int read);

        [LoggerMessage(33, LogLevel.Error, "WARM_UP_CUSTOMERS_FILE '{Path}': {Why}")]
        public static partial void NotUsable(ILogger logger, string path, string why);

        [LoggerMessage(34, LogLevel.Error,
            "WARM_UP_CUSTOMERS_FILE: reading its {Listed} entries failed when {Read} were read; the others are read when somebody asks about them")]
        public static partial void Broken(ILogger logger, int listed, int read, Exception exception);
    }
}
