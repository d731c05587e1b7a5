using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Control;

/// <summary>A rule in force, or used up: its number, and how many requests it has met.</summary>
public sealed record FaultEntry(int Id, FaultRule Rule, int Hits);

/// <summary>The rules by which requests go wrong, in the order in which they were added. Safe for many threads.</summary>
public sealed class FaultBook
{
    private readonly Lock _lock = new();
    private readonly List<Kept> _kept = [];
    private int _lastId;

    /// <summary>Adds a rule, behind the others, and returns its number.</summary>
    /// <exception cref="ArgumentException">The rule contradicts itself.</exception>
    public int Add(FaultRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (rule.Fault() is var (field, problem))
            throw new ArgumentException($"{field}: {problem}", nameof(rule));
        lock (_lock)
        {
            _kept.Add(new Kept(++_lastId, rule));
            return _lastId;
        }
    }

    /// <summary>All rules, the used up ones too.</summary>
    public IReadOnlyList<FaultEntry> List()
    {
        lock (_lock)
            return [.. _kept.Select(kept => new FaultEntry(kept.Id, kept.Rule, kept.Hits.Value))];
    }

    /// <summary>How many requests a rule has met.</summary>
    public int Hits(int id)
    {
        lock (_lock)
            return _kept.Find(kept => kept.Id == id)?.Hits.Value ?? 0;
    }

    /// <summary>Completes when a rule has met so many requests, at once if it already has.</summary>
    /// <exception cref="KeyNotFoundException">There is no rule of that number.</exception>
    public Task WaitForHitsAsync(int id, int count, CancellationToken cancellationToken)
    {
        lock (_lock)
            return (_kept.Find(kept => kept.Id == id) ?? throw new KeyNotFoundException($"there is no fault {id}"))
                .Hits.WaitAsync(count, cancellationToken);
    }

    /// <summary>Takes one rule away; false where there is none of that number.</summary>
    public bool Remove(int id)
    {
        lock (_lock)
            return _kept.RemoveAll(kept => kept.Id == id) > 0;
    }

    /// <summary>Takes all rules away. Requests that already hang go on hanging.</summary>
    public void Clear()
    {
        lock (_lock)
            _kept.Clear();
    }

    /// <summary>The rule that a request meets when it was read, counted as met.</summary>
    internal FaultRule? Take(RequestSubject subject) => Take(subject, ofUnread: false);

    /// <summary>The rule that a request meets of which only the headers have come, counted as met.</summary>
    internal FaultRule? TakeUnread(RequestTarget? announced) => Take(new RequestSubject(announced), ofUnread: true);

    private FaultRule? Take(RequestSubject subject, bool ofUnread)
    {
        lock (_lock)
        {
            var met = _kept.Find(kept => kept.Rule.Moment is FaultMoment.Unread == ofUnread && kept.Meets(subject));
            met?.Hits.Increment();
            return met?.Rule;
        }
    }

    private sealed class Kept(int id, FaultRule rule)
    {
        private readonly Random _dice = new(rule.Seed ?? 0);

        public int Id => id;

        public FaultRule Rule => rule;

        public ArrivalCount Hits { get; } = new();

        public bool Meets(RequestSubject subject) =>
            (rule.Times is null || Hits.Value < rule.Times) && rule.Fits(subject)
            && (rule.Probability is not { } probability || _dice.NextDouble() < probability);
    }
}
