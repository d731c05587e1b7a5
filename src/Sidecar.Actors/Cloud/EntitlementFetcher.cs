using Akka.Actor;
using Sidecar.Actors.Cache;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Reads entries from the cloud: so many at once, so many a second, so many waiting, the rest refused at once. Who asks decides which reads
/// there are; each is answered exactly once, also across a restart. While the breaker of a path is open, reads on it are answered at once
/// with nothing, and a probe of this actor's own tries whether the path works again.
/// </summary>
internal sealed class EntitlementFetcher : UntypedActor, IWithTimers
{
    /// <summary>So long, at most, reads that nobody waits for stand back while entries are being loaded for those who wait.</summary>
    public static readonly TimeSpan LongestStandBack = TimeSpan.FromSeconds(5);

    private const string TurnTimer = "next-turn";
    private const string StandBackTimer = "stand-back";
    private const int KnownToChooseFrom = 64;
    private static readonly TimeSpan StandBackPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortestProbePause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbeSpread = TimeSpan.FromSeconds(3);

    private readonly ActorServices _services;
    private readonly ReadQueue<Again> _waiting;
    private readonly EventHandler _tellChange;
    private readonly HashSet<CloudPath> _suspended = [];
    private readonly HashSet<CloudPath> _probed = [];

    // The read that was refused last on a path, for its probe.
    private readonly Dictionary<CloudPath, EntryKey> _refused = [];
    private RestartPause _pause = null!;
    private int _underWay;

    // Since when reads have stood back for the first time since none waited.
    private TimeSpan? _standBackSince;

    // The read whose turn is next, until it waits for its result or is answered.
    private Again? _inHand;

    // Whether something is being done with it: while it waits, a crash is none of its doing.
    private bool _isAtWork;

    public EntitlementFetcher(ActorServices services)
    {
        _services = services;
        _waiting = new ReadQueue<Again>(
            CloudSettings.MaxQueuedReads,
            again => again.Read.IsFirst,
            again => services.Cache.Find(again.Read.Key.CustomerId)?.LastUsed ?? 0,
            again => again.Read.IsAwaited);
        var self = Self;
        _tellChange = (_, _) => self.Tell(SuspensionChanged.Instance);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Done(ReadEntry Read, CloudRead Result) : INoSerializationVerificationNeeded;

    // Of the incarnation that crashed: the reads it had begun, whose results still come.
    private sealed record Handover(int Failures, int UnderWay) : INoSerializationVerificationNeeded;

    // A read, and whether the incarnation that crashed was at work on it: then it may be the cause.
    private sealed record Again(ReadEntry Read, bool IsSuspect) : INoSerializationVerificationNeeded;

    private sealed record Probe(CloudPath Path) : INoSerializationVerificationNeeded;

    private sealed record Probed(CloudPath Path, CloudFailure? Failure) : INoSerializationVerificationNeeded;

    // The breaker of some path opened or closed.
    private sealed class SuspensionChanged : INoSerializationVerificationNeeded
    {
        public static readonly SuspensionChanged Instance = new();
    }

    private sealed class NextTurn : INoSerializationVerificationNeeded
    {
        public static readonly NextTurn Instance = new();
    }

    public static Props Props(ActorServices services) => Akka.Actor.Props.Create(() => new EntitlementFetcher(services));

    protected override void PreStart()
    {
        _pause = new RestartPause(Timers, _services.Jitter);
        _services.Cloud.SuspensionChanged += _tellChange;
        // What happened before, or during a restart.
        Self.Tell(SuspensionChanged.Instance);
    }

    protected override void PostStop()
    {
        _services.Cloud.SuspensionChanged -= _tellChange;
        _services.Counters.ReadsWaiting.Value = 0;
        _services.Counters.RereadsWaiting.Value = 0;
    }

    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        _pause.Begin(0);
    }

    protected override void PreRestart(Exception reason, object message)
    {
        Self.Tell(new Handover(_pause.Failures, _underWay));
        if (_inHand is { IsSuspect: true } && _isAtWork)
            Reply(_inHand.Read, CloudRead.Failed(CloudFailureKind.Network, $"the read failed within: {reason.Message}"));
        else if (_inHand is not null)
            Self.Tell(_inHand with { IsSuspect = _inHand.IsSuspect || _isAtWork });
        foreach (var waiting in _waiting.TakeAll(_ => true))
            Self.Tell(waiting);

        base.PreRestart(reason, message);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadEntry read:
                Accept(new Again(read, IsSuspect: false));
                break;
            case Again again:
                Accept(again);
                break;
            case ReadIsAwaited awaited:
                // One that is under way, or was answered, is not there.
                _waiting.PutFirst(again => again.Read.Number == awaited.Number && again.Read.ReplyTo.Equals(awaited.ReplyTo));
                StartWaiting();
                break;
            case Done done:
                _underWay--;
                if (done.Result.State is not null)
                    _pause.Reset();
                Context.Parent.Tell(new CloudOutcome(done.Result.Failure, IsStartUp: false, done.Result.Unreadable));
                Reply(done.Read, done.Result);
                StartWaiting();
                break;
            case SuspensionChanged:
                OnSuspensionChanged(CloudPath.Edge);
                OnSuspensionChanged(CloudPath.Api);
                break;
            case Probe probe:
                OnProbe(probe.Path);
                break;
            case Probed probed:
                _probed.Remove(probed.Path);
                Context.Parent.Tell(new CloudOutcome(probed.Failure, IsStartUp: false));
                ScheduleProbe(probed.Path, ShortestProbePause + (ProbeSpread * _services.Jitter()));
                break;
            case NextTurn:
                StartWaiting();
                break;
            case Handover handover:
                _underWay += handover.UnderWay;
                if (handover.Failures > 0)
                    _pause.Begin(handover.Failures);
                break;
            case RestartPause.Over:
                _pause.End();
                StartWaiting();
                break;
            default:
                Unhandled(message);
                return;
        }

        _services.Counters.ReadsWaiting.Value = _waiting.Count + (_inHand is null ? 0 : 1);
        _services.Counters.RereadsWaiting.Value = _waiting.Again + (_inHand is { Read.IsFirst: false } ? 1 : 0);
        _services.Counters.ReadsUnderWay.Value = _underWay;
    }

    private void Accept(Again read)
    {
        if (_services.Cloud.IsOpen(read.Read.Path))
        {
            Suspend(read.Read);
            return;
        }

        // One that a crash interrupted goes before all others: later it could be in hand at some other crash, and seem to be the cause. There is only one.
        if (read.IsSuspect && _inHand is null)
            _inHand = read;
        else if (!_waiting.TryAdd(read, out var refused))
            Reply(refused.Read, CloudRead.Failed(CloudFailureKind.Busy, $"{CloudSettings.MaxQueuedReads} reads wait already"));
        StartWaiting();
    }

    private void StartWaiting()
    {
        while (!_pause.IsOn && _underWay < CloudSettings.MaxConcurrentReads && !StandsBack()
            && (_inHand is not null || _waiting.TryTake(() => EntitlementCache.TickOf(_services.Clock.Uptime), out _inHand)))
        {
            _isAtWork = true;
            // One with no time left takes no turn from those that have some.
            var limit = _inHand.Read.Deadline - _services.Clock.Uptime;
            if (limit < CloudSettings.ShortestTelling)
            {
                Reply(_inHand.Read, CloudRead.Failed(CloudFailureKind.Timeout, "the time was over before its turn came"));
                _inHand = null;
                continue;
            }

            if (!_services.Cloud.TryTakeTurn(out var wait))
            {
                if (!Timers.IsTimerActive(TurnTimer))
                    Timers.StartSingleTimer(TurnTimer, NextTurn.Instance, wait);
                break;
            }

            Start(_inHand.Read, limit);
            _inHand = null;
        }

        _isAtWork = false;
    }

    // After a start all is loaded at once, and the re-read of each and what it saves would take the processor from first answers. Not for
    // long, since what was loaded may be old: then they have their turns until none waits.
    private bool StandsBack()
    {
        if (_waiting.Count == 0)
            _standBackSince = null;
        if (_inHand is not null || !_waiting.IsUnawaited || _services.Snapshots is not { } snapshots || !snapshots.AreLoadsUnderWay())
            return false;

        var now = _services.Clock.Uptime;
        _standBackSince ??= now;
        if (now - _standBackSince >= LongestStandBack)
            return false;
        if (!Timers.IsTimerActive(StandBackTimer))
            Timers.StartSingleTimer(StandBackTimer, NextTurn.Instance, StandBackPause);
        return true;
    }

    private void Start(ReadEntry read, TimeSpan limit)
    {
        _underWay++;
        // Off this thread: the first part of a request runs in the caller.
        _ = Task.Run(() => _services.Cloud.ReadStateAsync(read.Key, limit, read.Path)).PipeTo(
            Self,
            success: result => new Done(read, result),
            failure: e => new Done(read, CloudRead.Failed(CloudFailureKind.Network, e.Message)));
    }

    private void OnSuspensionChanged(CloudPath path)
    {
        var isSuspended = _services.Cloud.IsOpen(path);
        if (isSuspended == _suspended.Contains(path))
            return;
        Context.Parent.Tell(new PathSuspended(path, isSuspended));
        if (!isSuspended)
        {
            _suspended.Remove(path);
            Timers.Cancel(TimerOf(path));
            return;
        }

        _suspended.Add(path);
        foreach (var waiting in _waiting.TakeAll(again => again.Read.Path == path))
            Suspend(waiting.Read);
        if (_inHand?.Read.Path == path)
        {
            Suspend(_inHand.Read);
            _inHand = null;
        }

        // The first one at once: where few entries failed, the fault may be theirs.
        ScheduleProbe(path, TimeSpan.Zero);
    }

    private void ScheduleProbe(CloudPath path, TimeSpan delay)
    {
        if (_services.Cloud.IsOpen(path) && !_probed.Contains(path))
            Timers.StartSingleTimer(TimerOf(path), new Probe(path), delay);
    }

    private void OnProbe(CloudPath path)
    {
        if (!_services.Cloud.IsOpen(path) || !_probed.Add(path))
            return;
        var other = OtherEntry(path);
        _ = Task.Run(() => _services.Cloud.ProbeAsync(path, other)).PipeTo(
            Self,
            success: failure => new Probed(path, failure),
            failure: e => new Probed(path, new CloudFailure(CloudFailureKind.Network, e.Message)));
    }

    // Some customer that was read before, or the read that was refused last: now the one, now the other.
    private EntryKey? OtherEntry(CloudPath path)
    {
        EntryKey? refused = _refused.TryGetValue(path, out var key) ? key : null;
        if (refused is not null && _services.Jitter() < 0.5)
            return refused;
        return _services.Cache.All().Take(KnownToChooseFrom).ToList() is { Count: > 0 } known
            ? new EntryKey(known[(int)(_services.Jitter() * (known.Count - 1))].CustomerId)
            : refused;
    }

    private static string TimerOf(CloudPath path) => path == CloudPath.Edge ? "probe-edge" : "probe-api";

    private void Suspend(ReadEntry read)
    {
        _refused[read.Path] = read.Key;
        Reply(read, CloudRead.Suspended);
    }

    private static void Reply(ReadEntry read, CloudRead result) => read.ReplyTo.Tell(new EntryRead(read.Key, read.Number, result));
}
