using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>
/// The reference: what the service is to do with what it was asked and told. What it is seen to do is held against it; it throws where the
/// two differ.
/// </summary>
internal sealed partial class Reference
{
    /// <summary>The longest that a question waits: a read's time, less the way there and back.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(9_800);

    private static readonly TimeSpan SuspectWait = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan ReloadWait = TimeSpan.FromSeconds(10);

    private readonly Dictionary<EntryKey, EntryModel> _entries = CloudTruth.Keys.ToDictionary(key => key, _ => EntryModel.Nothing);
    private readonly List<WaitingQuestion> _questions = [];
    private readonly List<WaitingReload> _reloads = [];

    // What is to be seen of the step: answers, and reads for which there is a reason.
    private readonly Dictionary<int, Answered> _due = [];
    private readonly Dictionary<int, bool> _dueReloads = [];
    private readonly HashSet<EntryKey> _reasons = [];
    private readonly HashSet<EntryKey> _repeats = [];
    // What the actors have in hand, beside what memory shows.
    private readonly HashSet<EntryKey> _held = [];
    // Of what the last save failed.
    private readonly HashSet<EntryKey> _unsaved = [];
    // Reloads whose time was over: their reads may still begin, since nobody tells the actor.
    private readonly HashSet<EntryKey> _givenUp = [];
    private readonly HashSet<string> _living = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Inquiry> _inquiries = [];
    private DateTimeOffset _utc;
    private int _order;
    private int _node;

    /// <summary>The stream of updates.</summary>
    public StreamModel Stream { get; private set; } = new(IsUp: false, null, TimeSpan.Zero);

    /// <summary>Whether reads are suspended, as it was seen.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>Whether there is a persistent cache.</summary>
    public bool HasStore { get; init; }

    /// <summary>Whether reads for reloads are suspended, as it was seen.</summary>
    public bool IsReloadSuspended { get; set; }

    /// <summary>What is known of an entry.</summary>
    public EntryModel this[EntryKey key] => _entries[key];

    /// <summary>The entries of which questions and reloads wait.</summary>
    public IEnumerable<EntryKey> Waiting => _questions.Select(question => question.Key).Concat(_reloads.Select(reload => reload.Key));

    /// <summary>Somebody asks.</summary>
    public void Ask(int number, EntryKey key, Inquiry inquiry, TimeSpan now, DateTimeOffset utc)
    {
        _inquiries.Add(number, inquiry);
        _utc = utc;
        var own = _entries[key.Customer];
        if (_entries[key].IsShown)
        {
            var trust = Judge(key, own.IsShown ? own : null, now, utc);
            if (trust <= Trust.Revalidate)
            {
                Expect(number, key, AnswerSource.Memory);
                if (trust == Trust.Revalidate)
                    _reasons.Add(key);
                if (key.ResourceId is not null && own.IsShown && own.Judge(now, utc, Stream, _node) != Trust.Fresh)
                    _reasons.Add(key.Customer);
                return;
            }

            // Nothing would be read.
            if (IsSuspended)
            {
                Expect(number, key, AnswerSource.Stale);
                return;
            }
        }

        // Its actor may still have in hand what memory has lost.
        _held.Add(key);
        var held = _entries[key].Known is null ? Trust.Expired : Judge(key, own.Known is null ? null : own, now, utc);
        if (held <= Trust.Revalidate)
        {
            Expect(number, key, AnswerSource.Memory);
            _reasons.Add(key);
            Show(key);
            if (own.Known is not null)
                Show(key.Customer);
            return;
        }

        _held.Add(key.Customer);
        var limit = held == Trust.Suspect ? SuspectWait : LongestWait;
        _questions.Add(new WaitingQuestion(number, key, _entries[key].Present(_node), now + limit));
        _reasons.Add(key);
        _reasons.Add(key.Customer);
    }

    /// <summary>Somebody has an entry reloaded.</summary>
    public void Reload(int number, EntryKey key, TimeSpan now)
    {
        _held.Add(key);
        _held.Add(key.Customer);
        _entries[key] = _entries[key].Invalidated();
        if (_entries[key].Known is not null)
            Show(key);
        _reloads.Add(new WaitingReload(number, key, _entries[key].Present(_node), now + ReloadWait));
        _reasons.Add(key.Customer);
    }

    /// <summary>News came: an entry's set, a usage, or only that something changed.</summary>
    public void Tell(Told told)
    {
        if (!IsHeard(told.Key))
            return;
        var before = _entries[told.Key];
        // With a persistent cache a set that comes over an empty one is read at once.
        if (HasStore && told.Set is not null)
            _reasons.Add(told.Key);
        Change(told.Key, before, told switch
        {
            { Set: { } set } => before.WithNews(set, ++_order, _node),
            { Use: { } use } => before.WithNews(told.Feature!, use, ++_order),
            _ => before.Invalidated(),
        });
    }

    /// <summary>The cloud acknowledged a report: what it counts now, or no more than that it counted.</summary>
    public void TellReported(EntryKey key, string feature, Use? use, TimeSpan now)
    {
        // The next question may find it in the persistent cache, as it was before the report.
        var isForStored = HasStore && use is not null;
        if (!IsHeard(key, isForStored))
            return;
        if (isForStored && _entries[key] is { Known: null, Load: null, Reads.IsEmpty: true } unknown)
            _entries[key] = unknown with { Load = new LoadModel(0, ++_order, _node, now) };
        var before = _entries[key];
        Change(key, before, use is null ? before.Invalidated() : before.WithReported(feature, use, ++_order));
    }

    /// <summary>Everything may have changed.</summary>
    public void TellPublished() => _node++;

    /// <summary>The stream came up.</summary>
    public void StreamCameUp(TimeSpan now, TimeSpan lastSign)
    {
        Stream = new StreamModel(IsUp: true, now, lastSign);
        _node++;
    }

    /// <summary>The stream went down.</summary>
    public void StreamWentDown(TimeSpan lastSign) => Stream = Stream with { IsUp = false, LastSign = lastSign };

    /// <summary>Holds what was seen of a step against what is to be seen.</summary>
    /// <param name="seen">What was seen, in its order.</param>
    /// <param name="living">The customers that have an actor now.</param>
    /// <param name="now">The present.</param>
    /// <param name="utc">The same by the wall clock.</param>
    public void Check(IReadOnlyList<Observation> seen, IReadOnlySet<string> living, TimeSpan now, DateTimeOffset utc)
    {
        _utc = utc;
        // One that turns out to be slow has the cloud asked, also where a reload has told meanwhile; a customer's also for its resources.
        foreach (var (key, _) in _entries.Where(one => one.Value.Load is { } load && now - load.Start == LoadModel.Patience))
            _reasons.UnionWith(key.ResourceId is null ? Of(key.CustomerId) : [key]);
        // A load whose time is over has failed: at that very instant perhaps not yet.
        foreach (var (key, entry) in _entries.Where(one => one.Value.Load is { } load && now - load.Start >= LoadModel.Limit).ToList())
        {
            _reasons.Add(key);
            if (now - entry.Load!.Start > LoadModel.Limit)
                _entries[key] = entry with { Load = null };
        }

        foreach (var one in InOrder(seen))
        {
            switch (one)
            {
                case ReadBegan began:
                    OnReadBegan(began, now);
                    break;
                case ReadEnded ended:
                    OnReadEnded(ended, now, utc);
                    break;
                case LoadBegan began:
                    OnLoadBegan(began, now);
                    break;
                case LoadEnded ended:
                    OnLoadEnded(ended, now, utc);
                    break;
                case Saved saved:
                    OnSaved(saved);
                    break;
                case Evicted evicted:
                    OnEvicted(evicted.CustomerId);
                    break;
            }
        }

        // Refused at once, in the cloud's trouble.
        foreach (var question in _questions.Where(question => IsWithoutRead(question, now)).ToList())
        {
            Require(IsSuspended, $"question {question.Number} about {question.Key} waits, and no read for it is under way");
            Expect(question.Number, question.Key, AnswerSource.Stale);
            _questions.Remove(question);
            ReadRefused(question.Key);
            ReadRefused(question.Key.Customer);
        }

        foreach (var reload in _reloads.Where(r => !_entries[r.Key].Reads.Exists(read => read.IsReload)).ToList())
        {
            Require(IsReloadSuspended, $"reload {reload.Number} of {reload.Key} waits, and no read is under way for it");
            _dueReloads.Add(reload.Number, false);
            _reloads.Remove(reload);
            ReadRefused(reload.Key);
        }

        foreach (var key in _repeats)
            Require(IsSuspended || IsReadNow(key), $"a read of {key} was overtaken, and is not repeated");
        foreach (var answered in seen.OfType<Answered>())
            OnAnswered(answered, now);
        foreach (var reloaded in seen.OfType<Reloaded>())
            OnReloaded(reloaded, now);
        Require(_due.Count == 0, $"not answered: {string.Join(", ", _due.Values)}");
        Require(_dueReloads.Count == 0, $"reloads not answered: {string.Join(", ", _dueReloads.Keys)}");
        foreach (var question in _questions)
            Require(question.Deadline >= now, $"question {question.Number} about {question.Key} was to be answered at {question.Deadline}");
        foreach (var reload in _reloads)
            Require(reload.Deadline >= now, $"reload {reload.Number} of {reload.Key} was to be answered at {reload.Deadline}");
        // It may have come and gone within the step.
        var atWork = _living.Concat(_held.Select(key => key.CustomerId)).Distinct(StringComparer.Ordinal);
        foreach (var customer in atWork.Except(living, StringComparer.Ordinal).ToList())
            OnActorEnded(customer);
        _living.Clear();
        _living.UnionWith(living);
        _reasons.Clear();
        _repeats.Clear();
    }

    // Two reads that begin together may be seen in either order. A question has its customer's begun first, so that it is not the newer
    // one; behind an answer from memory it is the other way round.
    private List<Observation> InOrder(IReadOnlyList<Observation> seen)
    {
        var ordered = seen.ToList();
        var isBehind = _due.Values.Any(answer => answer.Source == AnswerSource.Memory);
        for (var i = 1; i < ordered.Count; i++)
        {
            if (ordered[i - 1] is ReadBegan first && ordered[i] is ReadBegan second && first.Key.Customer == second.Key.Customer
                && first.Key != second.Key && (first.Key.ResourceId is null) == isBehind)
                (ordered[i - 1], ordered[i]) = (second, first);
            // A reload has its customer's load begun before its own read.
            if (ordered[i - 1] is ReadBegan { IsReload: true } read && ordered[i] is LoadBegan load && read.Key.Customer == load.Key)
                (ordered[i - 1], ordered[i]) = (load, read);
        }

        return ordered;
    }

    // It has failed like any other: what was kept for a first read goes with the last one.
    private void ReadRefused(EntryKey key) => _entries[key] = _entries[key].WithoutRead(number: 0);

    private Trust Judge(EntryKey key, EntryModel? own, TimeSpan now, DateTimeOffset utc)
    {
        var entry = _entries[key];
        var trust = entry.Judge(now, utc, Stream, _node);
        // A resource rests on its customer.
        var isBehind = key.ResourceId is not null && (own is null || own.SetChanged > entry.ReadOrder);
        return isBehind && trust < Trust.Suspect ? Trust.Suspect : trust;
    }

    private void Expect(int number, EntryKey key, AnswerSource source) => _due.Add(number, Expected(number, key, source));

    private Answered Expected(int number, EntryKey key, AnswerSource source)
    {
        var known = _entries[key].Known;
        return new Answered(number, known, known is null ? AnswerSource.Default : source, _inquiries[number].Of(known, _utc));
    }

    private void Show(EntryKey key) => _entries[key] = _entries[key] with { IsShown = true };

    private IEnumerable<EntryKey> Of(string customer) => _entries.Keys.Where(key => key.CustomerId == customer);

    // News concerns whoever holds the entry or waits for one of its customer's; and news alone keeps nothing that memory has lost.
    private bool IsHeard(EntryKey key, bool isForStored = false)
    {
        if (!isForStored && !_entries[key].IsShown && !_living.Contains(key.CustomerId))
            return false;
        var entries = Of(key.CustomerId).ToList();
        var isBusy = entries.Any(one => !_entries[one].Reads.IsEmpty || _entries[one].Load is not null || Waiting.Contains(one));
        if (isBusy || entries.Any(one => _entries[one].IsShown))
        {
            if (_entries[key].IsShown || isForStored)
                _held.Add(key);
            return _held.Contains(key);
        }

        foreach (var one in entries)
            Forget(one);
        if (isForStored)
            _held.Add(key);
        return isForStored;
    }

    private void Forget(EntryKey key)
    {
        _entries[key] = EntryModel.Nothing;
        _held.Remove(key);
    }

    private void Change(EntryKey key, EntryModel before, EntryModel after)
    {
        _entries[key] = after;
        if (!ReferenceEquals(before, after) && after.Known is not null && Of(key.CustomerId).Any(one => _entries[one].IsShown))
            Show(key);
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
            throw new DivergenceException(fault);
    }

    // Whether a read for it has failed already, other than a reload's.
    private sealed record WaitingQuestion(int Number, EntryKey Key, EpochAt Epoch, TimeSpan Deadline, bool HasFailed = false);

    private sealed record WaitingReload(int Number, EntryKey Key, EpochAt Epoch, TimeSpan Deadline);
}
