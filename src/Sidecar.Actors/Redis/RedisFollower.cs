using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Redis;

/// <summary>
/// Follows what other programs write to Redis, and has the customers' actors look at what concerns this node. Where another program keeps
/// Redis up to date and no stream is listened to, this takes the stream's place: what was loaded since the following began is fresh.
/// </summary>
public sealed partial class RedisFollower : UntypedActor, IWithTimers
{
    /// <summary>Length of a tick.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>How often the server is asked whether it still tells; and how often dates are looked at where it does not.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Entries handed out in a tick.</summary>
    public const int MaxPerTick = 250;

    /// <summary>Entries whose dates are looked at in one go.</summary>
    public const int MaxLooked = 2_000;

    private readonly ActorServices _services;
    private readonly IRedisWatch _watch;
    private readonly RedisChanges _changes;
    private readonly Action<EntryKey> _tell;
    private readonly bool _isStream;
    private readonly RedisMetrics _metrics;
    private readonly ILogger _log;
    private RedisWatchState _state = RedisWatchState.Down;
    private IEnumerator<EntryKey>? _round;
    private IEnumerator<CustomerViews>? _looks;
    private TimeSpan _looksBegan;
    private long _lookedUpTo;
    private long _lookingFrom;
    private TimeSpan _nextCheck;
    private bool _isChecking;
    private bool _isLooking;
    private bool _isSifting;

    /// <summary>Makes the follower.</summary>
    /// <param name="services">What all actors share.</param>
    /// <param name="watch">Learns of changes.</param>
    /// <param name="changes">What was learnt.</param>
    /// <param name="tell">Tells a customer's actor that an entry may have changed.</param>
    /// <param name="isStream">Whether this takes the place of the stream of updates.</param>
    public RedisFollower(ActorServices services, IRedisWatch watch, RedisChanges changes, Action<EntryKey> tell, bool isStream)
    {
        _services = services;
        _watch = watch;
        _changes = changes;
        _tell = tell;
        _isStream = isStream;
        _metrics = services.Counters.Redis;
        _log = services.Log.CreateLogger<RedisFollower>();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Checked(RedisWatchState State, bool IsNew, TimeSpan BeganAt) : INoSerializationVerificationNeeded;

    private sealed record Looked(IReadOnlyList<EntryKey>? Changed) : INoSerializationVerificationNeeded;

    private sealed record Sifted(IReadOnlyList<(EntryKey Key, EntitlementState Known)> Asked, IReadOnlyList<EntryKey>? Changed)
        : INoSerializationVerificationNeeded;

    private sealed class Ticked : INoSerializationVerificationNeeded
    {
        public static readonly Ticked Instance = new();
    }

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(Ticked.Instance, Ticked.Instance, Tick);

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _round?.Dispose();
        _looks?.Dispose();
        Become(RedisWatchState.Down, isNew: false, _services.Clock.Uptime);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Ticked:
                Check();
                HandOut();
                Look();
                break;
            case Checked check:
                _isChecking = false;
                Become(check.State, check.IsNew, check.BeganAt);
                break;
            case Looked looked:
                _isLooking = false;
                // The next round begins where this one did.
                if (looked.Changed is null)
                    _lookedUpTo = Math.Min(_lookedUpTo, _lookingFrom);
                foreach (var key in looked.Changed ?? [])
                    Tell(key);
                break;
            case Sifted sifted:
                OnSifted(sifted);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Check()
    {
        var now = _services.Clock.Uptime;
        if (_isChecking || now < _nextCheck)
            return;
        _isChecking = true;
        _nextCheck = now + CheckInterval;
        _ = _watch.EnsureAsync().PipeTo(
            Self, success: it => new Checked(it.State, it.IsNew, now), failure: _ => new Checked(RedisWatchState.Down, IsNew: false, now));
    }

    private void Become(RedisWatchState state, bool isNew, TimeSpan at)
    {
        var before = _state;
        _state = state;
        _metrics.Watch.Value = (long)state;
        if (before != state)
            Log.Turned(_log, state);
        var isUp = state != RedisWatchState.Down;
        if (isUp && (isNew || before == RedisWatchState.Down))
        {
            // What changed before it was followed may have been missed. In the stream's place that makes all suspect, and whoever is asked for
            // is read again; else everything is looked at.
            if (_isStream)
                _services.Cache.Stream = new StreamState(IsUp: true, _services.Clock.Uptime, _services.Clock.Uptime);
            else
                _changes.NoteAnything();
        }
        else if (_isStream)
        {
            var stream = _services.Cache.Stream;
            _services.Cache.Stream = stream with { IsUp = isUp && stream.UpSince != TimeSpan.MaxValue, LastSignOfLife = isUp ? at : stream.LastSignOfLife };
        }
    }

    // The server also tells of what this process itself has written by its script. What has the dates that are known is not looked at.
    private void HandOut()
    {
        // Until then it is remembered; with another program as the source, the cloud is read where Redis can't be.
        if (_isSifting || !_watch.MayLook)
            return;
        var told = _changes.Take(MaxPerTick, out var isAnything).ToList();
        if (isAnything)
        {
            _round?.Dispose();
            _round = Held().GetEnumerator();
        }

        while (told.Count < MaxPerTick && _round is not null)
        {
            if (_round.MoveNext())
            {
                told.Add(_round.Current);
                continue;
            }

            _round.Dispose();
            _round = null;
        }

        var entries = new List<(EntryKey Key, EntitlementState Known)>();
        foreach (var key in told)
        {
            if (_services.Cache.Find(key.CustomerId)?.Find(key.ResourceId) is { State: { IsUnknown: false } known })
                entries.Add((key, known));
            else
                Tell(key);
        }

        if (entries.Count == 0)
            return;
        _isSifting = true;
        _ = _watch.ChangedAmongAsync(entries).PipeTo(
            Self, success: changed => new Sifted(entries, changed), failure: _ => new Sifted(entries, null));
    }

    private void OnSifted(Sifted sifted)
    {
        _isSifting = false;
        foreach (var key in sifted.Changed ?? [])
            Tell(key);
        // Nobody knows: they are asked for once more.
        if (sifted.Changed is null)
        {
            foreach (var (key, _) in sifted.Asked)
                _changes.Note(key);
        }
    }

    // Where the server does not tell: the dates of what was asked for since the last look, some at a time.
    private void Look()
    {
        if (_state != RedisWatchState.Looking || _isLooking)
            return;
        var now = _services.Clock.Uptime;
        if (_looks is null)
        {
            if (now - _looksBegan < CheckInterval)
                return;
            _metrics.WatchDelayMs.Value = (long)(now - _looksBegan).TotalMilliseconds;
            _looksBegan = now;
            (_lookedUpTo, _lookingFrom) = (EntitlementCache.TickOf(now), _lookedUpTo);
            _looks = _services.Cache.All().Where(views => views.LastUsed >= _lookingFrom).GetEnumerator();
        }

        var entries = new List<(EntryKey, EntitlementState)>();
        while (entries.Count < MaxLooked && _looks is not null)
        {
            if (!_looks.MoveNext())
            {
                _looks.Dispose();
                _looks = null;
                break;
            }

            var views = _looks.Current;
            if (views.Own is { State: { IsUnknown: false } own })
                entries.Add((new EntryKey(views.CustomerId), own));
            foreach (var (resourceId, view) in views.Resources)
            {
                if (view.State is { IsUnknown: false } known)
                    entries.Add((new EntryKey(views.CustomerId, resourceId), known));
            }
        }

        if (entries.Count == 0)
            return;
        _isLooking = true;
        _ = _watch.ChangedAmongAsync(entries).PipeTo(Self, success: changed => new Looked(changed), failure: _ => new Looked(null));
    }

    private void Tell(EntryKey key)
    {
        _metrics.Changes.Increment();
        _tell(key);
    }

    private IEnumerable<EntryKey> Held()
    {
        foreach (var views in _services.Cache.All())
        {
            if (views.Own is not null)
                yield return new EntryKey(views.CustomerId);
            foreach (var (resourceId, _) in views.Resources)
                yield return new EntryKey(views.CustomerId, resourceId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(520, LogLevel.Information, "changes that other programs make in Redis: {State}")]
        public static partial void Turned(ILogger logger, RedisWatchState state);
    }
}
