using System.Collections.Concurrent;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cache;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Redis;

/// <summary>
/// Writes to Redis what memory knows and Redis may not: entries whose save failed, and all of them where Redis has come back empty, or before
/// they come to the end of their life there. At a bounded rate, behind what is saved as it comes; every value by its date, so that nothing
/// newer is overwritten.
/// </summary>
public sealed partial class RedisKeeper : UntypedActor, IWithTimers
{
    /// <summary>Entries that are remembered as owed; beyond it all are.</summary>
    public const int MaxOwed = 100_000;

    /// <summary>Writes of the keeper under way at once.</summary>
    public const int MaxAtOnce = 16;

    /// <summary>Writes of the keeper in a tick.</summary>
    public const int MaxPerTick = 100;

    /// <summary>Length of a tick.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    /// <summary>How often some entries are looked for, to notice that Redis has lost all.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>The shortest time between two rounds over everything.</summary>
    public static readonly TimeSpan RoundInterval = TimeSpan.FromSeconds(60);

    /// <summary>So long the end of the process waits for what is owed.</summary>
    public static readonly TimeSpan LastLimit = TimeSpan.FromSeconds(2);

    private const int Sample = 8;
    private static readonly TimeSpan QuietAfterLost = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly EntitlementCache _cache;
    private readonly ProcessClock _clock;
    private readonly IRedisStore _store;
    private readonly ILogger _log;
    private readonly TimeSpan _began;
    private readonly HashSet<EntryKey> _owed = [];
    private readonly HashSet<EntryKey> _passedOver = [];

    // Those, and the ones of them that are being written; read by whoever evicts.
    private readonly ConcurrentDictionary<EntryKey, bool> _kept = new();
    private IEnumerator<EntryKey>? _round;
    private bool _isRoundOwed;
    private bool _seemsEmpty;
    private TimeSpan? _lastRound;
    private TimeSpan _pausedUntil;
    private TimeSpan? _lostToldAt;
    private TimeSpan _nextLook;
    private int _underWay;
    private int _thisTick;
    private bool _isLooking;
    private long _written;
    private IActorRef? _finishing;
    private bool _isEnding;

    /// <summary>Makes the keeper.</summary>
    /// <param name="services">What all actors share.</param>
    /// <param name="store">Redis.</param>
    public RedisKeeper(ActorServices services, IRedisStore store)
    {
        _cache = services.Cache;
        _clock = services.Clock;
        _store = store;
        _log = services.Log.CreateLogger<RedisKeeper>();
        _began = _clock.Uptime;
        _cache.IsOwed = key => _kept.ContainsKey(key) || Find(key) is { IsUndecided: true };
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(Ticked.Instance, Ticked.Instance, Tick);

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _round?.Dispose();
        if (_isEnding && _owed.Count + _underWay is var left and > 0)
            Log.LeftOwed(_log, left);
    }

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        // What was owed went with the one that crashed; memory knows it.
        BeginRound(isOwed: true);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Owed owed:
                Owe(owed.Key);
                break;
            case PassedOver passedOver:
                // Beyond the bound they wait for the next time that all is written anew.
                if (_passedOver.Count < MaxOwed)
                    _passedOver.Add(passedOver.Key);
                break;
            case LookNow:
                _nextLook = TimeSpan.Zero;
                _pausedUntil = TimeSpan.Zero;
                break;
            case Lost:
                TellLost();
                BeginRound(isOwed: _round is not null && _isRoundOwed);
                break;
            case Ticked:
                _thisTick = 0;
                Look();
                Renew();
                Pay();
                break;
            case Looked looked:
                OnLooked(looked);
                break;
            case Paid paid:
                OnPaid(paid);
                break;
            case Finish:
                (_finishing, _isEnding) = (Sender, true);
                _pausedUntil = TimeSpan.Zero;
                Pay();
                EndWhereDone(isInVain: !_store.IsUp);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Owe(EntryKey key)
    {
        if (_owed.Count < MaxOwed || _owed.Contains(key))
        {
            Remember(key);
            return;
        }

        // Too many to remember: those of them that memory still knows are in a round over everything.
        _owed.Clear();
        _kept.Clear();
        Remember(key);
        BeginRound(isOwed: true);
    }

    // One that comes and goes is not worth a line each time.
    private void TellLost()
    {
        if (_clock.Uptime - _lostToldAt < QuietAfterLost)
            return;
        _lostToldAt = _clock.Uptime;
        Log.Lost(_log);
    }

    private void Remember(EntryKey key)
    {
        _owed.Add(key);
        _kept[key] = true;
    }

    private void Forget(EntryKey key)
    {
        if (!_owed.Contains(key))
            _kept.TryRemove(key, out _);
    }

    private void EndWhereDone(bool isInVain)
    {
        if (_finishing is null || (!isInVain && (_underWay > 0 || _owed.Count > 0 || _round is not null || _passedOver.Count > 0)))
            return;
        _finishing.Tell(new Finished(_owed.Count));
        _finishing = null;
    }

    private void Look()
    {
        if (_isLooking || !_store.IsUp || _clock.Uptime < _nextLook)
            return;
        _nextLook = _clock.Uptime + LookInterval;
        var sample = Known(alsoUnknown: false).Take(Sample).ToList();
        if (sample.Count == 0)
            return;
        _isLooking = true;
        _ = _store.CountAsync(sample, Limit).PipeTo(Self, success: found => new Looked(sample.Count, found), failure: _ => new Looked(sample.Count, null));
    }

    private void OnLooked(Looked looked)
    {
        _isLooking = false;
        if (looked.Found is not { } found)
            return;
        var seemedEmpty = _seemsEmpty;
        _seemsEmpty = found == 0;
        if (!_seemsEmpty || _round is not null || _clock.Uptime - _lastRound < RoundInterval)
            return;
        // What was read just now may be on its way there: it is looked for twice.
        if (!seemedEmpty)
        {
            _nextLook = _clock.Uptime + LookAgain;
            return;
        }

        Log.Empty(_log);
        BeginRound(isOwed: false);
    }

    // With a stream that is up nothing is read again, so that a set which does not change would outlive its keys.
    private void Renew()
    {
        if (_round is not null || !_store.IsUp || _store.RenewalInterval is not { } interval)
            return;
        if (_clock.Uptime - (_lastRound ?? _began) >= (interval > RoundInterval ? interval : RoundInterval))
            BeginRound(isOwed: false);
    }

    private void BeginRound(bool isOwed)
    {
        _round?.Dispose();
        // First told, then looked for: what is evicted in between is owed by its actor.
        _cache.BeginStoreRound();
        _round = Known(alsoUnknown: isOwed).GetEnumerator();
        _isRoundOwed = isOwed;
        _lastRound = _clock.Uptime;
    }

    private void Pay()
    {
        if (!_store.IsUp || _clock.Uptime < _pausedUntil)
            return;
        while (_underWay < MaxAtOnce && (_thisTick < MaxPerTick || _finishing is not null) && Next() is var (key, isOwed))
        {
            _thisTick++;
            // What is undecided is neither written nor taken out: its owner saves it once it is decided.
            if (Find(key) is not { IsUndecided: false } view || (view.State.IsUnknown && !isOwed))
            {
                Forget(key);
                continue;
            }

            _underWay++;
            var write = view.State.IsUnknown ? _store.DeleteAsync(key, Limit) : _store.RestoreAsync(key, view.State, isOwed, Limit);
            // What is no failure of Redis would be one each time.
            _ = write.PipeTo(
                Self,
                success: () => new Paid(key, view.State, isOwed, IsDone: true),
                failure: e => new Paid(key, view.State, isOwed, IsDone: e.GetBaseException() is not RedisFailureException));
        }
    }

    private void OnPaid(Paid paid)
    {
        _underWay--;
        if (paid.IsDone)
        {
            _written++;
            // What has no date wins, also over what was saved while this was on its way.
            if (paid.IsOwed && paid.State.IsEmpty && Find(paid.Key) is { } present && !ReferenceEquals(present.State, paid.State))
                Owe(paid.Key);
            Forget(paid.Key);
            if (_owed.Count == 0 && _round is null && _underWay == 0)
            {
                Log.Written(_log, _written);
                _written = 0;
            }
        }
        else
        {
            Owe(paid.Key);
            _pausedUntil = _clock.Uptime + Pause;
        }

        Pay();
        EndWhereDone(isInVain: !paid.IsDone);
    }

    private (EntryKey Key, bool IsOwed)? Next()
    {
        if (_owed.Count > 0)
        {
            var key = _owed.First();
            _owed.Remove(key);
            return (key, true);
        }

        if (_round is not null)
        {
            if (_round.MoveNext())
                return (_round.Current, _isRoundOwed);
            _round.Dispose();
            _round = null;
            _cache.EndStoreRound();
        }

        if (_passedOver.Count == 0)
            return null;
        var passedOver = _passedOver.First();
        _passedOver.Remove(passedOver);
        // As in the round: what others wrote meanwhile stays.
        return (passedOver, false);
    }

    private EntitlementView? Find(EntryKey key) => _cache.Find(key.CustomerId)?.Find(key.ResourceId);

    // What Redis is to hold of what memory knows; and, where asked for, what it is not to hold.
    private IEnumerable<EntryKey> Known(bool alsoUnknown)
    {
        foreach (var views in _cache.All())
        {
            if (views.Own is { } own && IsMeant(own) && _store.Keeps(new EntryKey(views.CustomerId)))
                yield return new EntryKey(views.CustomerId);
            foreach (var (resourceId, view) in views.Resources)
            {
                var key = new EntryKey(views.CustomerId, resourceId);
                if (IsMeant(view) && _store.Keeps(key))
                    yield return key;
            }
        }

        bool IsMeant(EntitlementView view) => !view.IsUndecided && (alsoUnknown || !view.State.IsUnknown);
    }

    private static partial class Log
    {
        [LoggerMessage(510, LogLevel.Warning, "Redis holds nothing of what memory knows; it is written again, behind everything else")]
        public static partial void Empty(ILogger logger);

        [LoggerMessage(512, LogLevel.Warning,
            "Redis was started anew, or emptied; what memory knows is written again, behind everything else")]
        public static partial void Lost(ILogger logger);

        [LoggerMessage(513, LogLevel.Warning,
            "The process ends while Redis is owed {Count} entries; what stands there of them is older, and is put right when they are read again")]
        public static partial void LeftOwed(ILogger logger, int count);

        [LoggerMessage(511, LogLevel.Information, "{Count} entries that Redis was owed have been written")]
        public static partial void Written(ILogger logger, long count);
    }
}
