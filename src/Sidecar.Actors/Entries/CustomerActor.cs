using Akka.Actor;
using Akka.Persistence;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>
/// The writer of one customer's entries; only news is applied without it, by <see cref="UnheldEntries"/>, where none has the customer in hand. It
/// decides when to read, by pure functions; publishes what it knows as views; answers who waits; and stops when there is nothing left to do, while
/// its views stay.
/// </summary>
public sealed partial class CustomerActor : UntypedActor, IWithTimers
{
    /// <summary>Questions that may wait here at once; one more gets what is known, at once.</summary>
    public const int MaxWaiters = 10_000;

    /// <summary>What a live actor is charged with in the cache, in bytes, beside its name: what it was measured to take.</summary>
    public const long ActorBytes = 3_700;

    /// <summary>
    /// An actor without work stops after this time among the nodes of a cluster, where others may ask it again, and where it keeps for a while
    /// what no view shows. All others stop at once, but for what <see cref="RereadFloor"/> remembers: one that lives on outlives some collections of
    /// the heap, which then copy it, and beside 2,000 updates a second that was half of the time of collections.
    /// </summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(1);

    // Entries without work that are kept at hand; what they know stands in the cache anyway.
    private const int MaxIdleEntries = 64;

    // Tries of a question after a crash.
    private const int MaxAttempts = 1;

    // By then the fetcher has answered: its own limit is the guard.
    private static readonly TimeSpan ReadIsLost = CloudSettings.ReadGuard + TimeSpan.FromSeconds(2);

    private readonly ActorServices _services;
    private readonly IActorRef _cloud;
    private readonly IActorRef _snapshots;
    private readonly CustomerRole? _role;
    private readonly Dictionary<EntryKey, Entry> _entries = [];
    private RestartPause _pause = null!;

    // Not one of the scheduler's, whose tick is too coarse for a question that waits a quarter of a second at most.
    private ITimer? _timer;
    private TimeSpan? _timerDueAt;
    private int _waiters;
    private int _saves;
    private bool _isStopping;
    private bool _hasSaidIdle;
    private string? _customerId;

    // Not a receive time-out: that one is a new timer a message, and those cancelled fill the scheduler until their time comes.
    private ICancelable? _idleCheck;
    private TimeSpan _activeAt;

    // The question being handled, until it is answered or waits.
    private Asked? _inHand;

    /// <summary>Makes the actor of a customer, which it learns from its first message.</summary>
    /// <param name="services">What all actors share.</param>
    /// <param name="cloud">The cloud's supervisor.</param>
    /// <param name="snapshots">The snapshot store.</param>
    /// <param name="role">What it is among the nodes of a cluster; null on a node alone.</param>
    public CustomerActor(ActorServices services, IActorRef cloud, IActorRef snapshots, CustomerRole? role = null)
    {
        _services = services;
        _cloud = cloud;
        _snapshots = snapshots;
        _role = role;
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    // An id may be long.
    private long Size => ActorBytes + HeapSize.Of(Self.Path.Name);

    // A question, and how many crashes of the actor it has been through; its deadline, once it has one.
    private sealed record Asked(Question Question, IActorRef Asker, TimeSpan? Deadline = null, int Attempt = 0)
        : INoSerializationVerificationNeeded;

    // Of the incarnation that crashed: what is still under way, and what it was told.
    private sealed record Handover(int Failures, int Saves, bool IsStopping) : INoSerializationVerificationNeeded;

    // One that a crash came between.
    private sealed record InvalidateAgain(EntryKey Key) : INoSerializationVerificationNeeded;

    private sealed class DeadlineReached : INoSerializationVerificationNeeded
    {
        public static readonly DeadlineReached Instance = new();
    }

    private sealed class IdleCheck : INoSerializationVerificationNeeded
    {
        public static readonly IdleCheck Instance = new();
    }

    /// <summary>Ends the actor once nobody waits and no read is under way; a save that is, is left as owed.</summary>
    public sealed class Stop : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly Stop Instance = new();
    }

    /// <summary>Ends the actor where it still has nothing to do; else it answers with <see cref="Busy"/>.</summary>
    public sealed class StopIfIdle : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly StopIfIdle Instance = new();
    }

    /// <summary>Says to a <see cref="CustomerShard"/> that it is not idle any more.</summary>
    public sealed class Busy : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly Busy Instance = new();
    }

    /// <summary>Says to a <see cref="CustomerShard"/> that there is nothing to do; it answers with <see cref="StopIfIdle"/>.</summary>
    public sealed class Idle : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly Idle Instance = new();
    }

    /// <summary>The recipe, the same for every customer.</summary>
    public static Props Props(ActorServices services, IActorRef cloud, IActorRef snapshots, CustomerRole? role = null) =>
        ActorRecipe.Of(() => new CustomerActor(services, cloud, snapshots, role));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _pause = new RestartPause(Timers, _services.Jitter);
        _services.Cache.Charge(Size);
        if (_role is null)
            return;
        _activeAt = _services.Clock.Uptime;
        _isLeasedUntil = _activeAt + LongestLease;
        CheckIdlenessIn(IdleTime);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_customerId is not null)
            _services.Cache.UnmarkPending(_customerId);
        _customerId = null;
        _timer?.Dispose();
        _idleCheck?.Cancel();
        _services.Cache.Charge(-Size);
        // Whoever still waits here is told what is known: nobody is left without an answer.
        foreach (var entry in _entries.Values)
        {
            foreach (var waiter in entry.Waiters)
                waiter.Asker.Tell(LastKnown(entry.Key));
            FailReloads(entry);
        }
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        // What takes an entry out is a child, which ends with this incarnation and tells nothing.
        var deletes = _entries.Values.Count(e => e is { SaveNumber: not null, IsDeleting: true });
        Self.Tell(new Handover(_pause.Failures, _saves - deletes, _isStopping));
        if (_inHand is not null)
            AskAgain(_inHand);
        foreach (var waiter in _entries.Values.SelectMany(e => e.Waiters))
            AskAgain(new Asked(waiter.Question, waiter.Asker, waiter.Deadline, waiter.Attempt));
        foreach (var entry in _entries.Values)
            FailReloads(entry);
        InvalidateAfterCrashAt(message);
        if (message is TakeNews)
            Sender.Tell(new NewsTaken(NewsOutcome.Lost));
        // Nobody else tells the shard, which would keep for the next actor whatever comes.
        if (message is StopIfIdle)
            Context.Parent.Tell(Busy.Instance);
        if (message is BringNews brought)
            Sender.Tell(new NewsBrought(brought.Id, NewsOutcome.Lost));

        // What no view shows goes with this incarnation.
        foreach (var entry in _entries.Values.Where(e => e.State.HasUnmatchedUsages))
            Self.Tell(new InvalidateAgain(entry.Key));
        foreach (var entry in _entries.Values.Where(e => e.SaveNumber is not null || !e.Unsaved.IsNone))
            _services.Snapshots?.Owed(entry.Key);
        foreach (var entry in _entries.Values.Where(e => e.IsLooking))
            _services.Snapshots?.LookFailed(entry.Key);
        // Nobody may ask before the persistent cache is read again.
        foreach (var entry in _entries.Values.Where(IsToBeDecided))
            Self.Tell(new Refresh(entry.Key));

        _entries.Clear();
        base.PreRestart(reason, message);
    }

    /// <inheritdoc/>
    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        _pause.Begin(0);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Question question:
                OnQuestion(new Asked(question, Sender));
                break;
            case Asked asked:
                OnQuestion(asked);
                break;
            case Reload reload:
                OnReload(reload.Key, Sender);
                break;
            case Refresh refresh:
                OnRefresh(refresh.Key);
                break;
            case Invalidate invalidate:
                OnInvalidate(invalidate.Key);
                break;
            case InvalidateAgain invalidate:
                OnInvalidate(invalidate.Key);
                break;
            case InvalidateAll all:
                OnInvalidateAll(all.CustomerId);
                break;
            case StoredChanged changed:
                OnStoredChanged(changed.Key);
                break;
            case TakeNews news:
                Sender.Tell(new NewsTaken(OnNews(news.News)));
                break;
            case Describe describe:
                // No work of its own: it neither ends nor keeps anything.
                Sender.Tell(Describe(describe.Key));
                return;
            case AskOwner ask:
                OnAskOwner(ask);
                break;
            case ReloadAtOwner reload:
                OnReloadAtOwner(reload);
                break;
            case InvalidateAtOwner invalidate:
                OnInvalidate(invalidate.Key);
                break;
            case BringNews news:
                OnBringNews(news);
                break;
            case EntryRead read:
                OnRead(read);
                break;
            case SnapshotLoaded loaded:
                OnLoaded(loaded);
                break;
            case SaveSnapshotSuccess saved:
                OnSaved(saved.Metadata.SequenceNr, isDone: true);
                break;
            case SaveSnapshotFailure failed:
                OnSaved(failed.Metadata.SequenceNr, isDone: false);
                break;
            case SnapshotDeleted deleted:
                OnSaved(deleted.Operation, deleted.IsDone);
                break;
            case DeadlineReached:
                _timerDueAt = null;
                OnDeadline();
                break;
            case Handover handover:
                OnHandover(handover);
                break;
            case RestartPause.Over:
                OnPauseOver();
                break;
            case IdleCheck:
                OnIdleCheck();
                return;
            case Stop:
                _isStopping = true;
                break;
            case StopIfIdle:
                OnStopIfIdle();
                return;
            default:
                Unhandled(message);
                return;
        }

        AfterMessage();
    }

    private void OnHandover(Handover handover)
    {
        _saves += handover.Saves;
        _isStopping |= handover.IsStopping;
        if (handover.Failures > 0)
            _pause.Begin(handover.Failures);
    }

    private void OnRefresh(EntryKey key)
    {
        var entry = EntryOf(key);
        if (Judge(entry, _services.Clock.Now) is not Freshness.Fresh)
            EnsureRead(entry);
    }

    private void OnPauseOver()
    {
        _pause.End();
        foreach (var entry in _entries.Values.Where(e => e.Waiters.Count > 0).ToList())
            EnsureReads(entry);
        foreach (var entry in _entries.Values)
            EnsureDecided(entry, EntryState.Empty);
        foreach (var entry in _entries.Values.Where(e => e.Reloaders.Count > 0))
            EnsureReloadRead(entry);
    }

    private void AfterMessage()
    {
        _activeAt = _services.Clock.Uptime;
        if (_timerDueAt is not null && !_entries.Values.Any(e => e.IsBusy || e.LookAgainAt is not null))
        {
            // A timer that nobody needs would put off the end of an idle actor.
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timerDueAt = null;
        }

        if (_entries.Count > MaxIdleEntries)
        {
            foreach (var idle in _entries.Values.Where(e => !e.IsHeld(_activeAt)).ToList())
            {
                LetGo(idle);
                _entries.Remove(idle.Key);
            }
        }

        if (!_isStopping && _role is null)
            SayIdleAtOnce();
        if (_isStopping && !_pause.IsOn && !_entries.Values.Any(e => e.IsAwaited))
            End();
    }

    private Entry EntryOf(EntryKey key)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            entry.State = entry.State.OfSource(_services.Cache.SourceSince);
            return entry;
        }

        // What this actor holds is right only as long as all news of the customer reaches it: from before it looks at what is published
        // until its end, also when the views are evicted meanwhile.
        if (_customerId is null)
            _services.Cache.MarkPending(_customerId = key.CustomerId);
        var rounds = _services.Cache.StoreRounds;
        var view = _services.Cache.Find(key.CustomerId)?.Find(key.ResourceId);
        var state = view is null ? EntryState.Empty : EntryState.From(view.TakenOver(_services.Clock.Uptime));
        // A round that goes on may not have come to it; what is not known yet is saved when it is.
        entry = new Entry(key, state.OfSource(_services.Cache.SourceSince)) { StoreRounds = view is null ? rounds : rounds & ~1L };
        _entries.Add(key, entry);
        return entry;
    }

    private Freshness Judge(Entry entry, in Moment now)
    {
        if (Shown(entry.State) is not { } view)
            return Freshness.Expired;
        var (stream, epoch) = (_services.Cache.Stream, _services.Cache.NodeEpoch);
        return entry.Key.ResourceId is null
            ? _services.Freshness.Judge(view, now, stream, epoch)
            : _services.Freshness.Judge(view, ViewOf(entry.Key.Customer), now, stream, epoch);
    }
}
