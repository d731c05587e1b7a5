using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Control;

/// <summary>A rule in force, or used up: its number, and how many requests it has met.</summary>
public sealed record FaultEntry(int Id, FaultRule Rule, int Hits);

/// <summary>The rules by which requests go wrong, in the order in which they were added. Safe for many threads.</summary>
public sealed class FaultBook
{
    private readonly Lock _lock = new();
    private readonly List<FaultEntry> _entries = [];
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
            _entries.Add(new FaultEntry(++_lastId, rule, Hits: 0));
            return _lastId;
        }
    }

    /// <summary>All rules, the used up ones too.</summary>
    public IReadOnlyList<FaultEntry> List()
    {
        lock (_lock)
            return [.. _entries];
    }

    /// <summary>How many requests a rule has met.</summary>
    public int Hits(int id)
    {
        lock (_lock)
            return _entries.Find(entry => entry.Id == id)?.Hits ?? 0;
    }

    /// <summary>Takes one rule away; false where there is none of that number.</summary>
    public bool Remove(int id)
    {
        lock (_lock)
            return _entries.RemoveAll(entry => entry.Id == id) > 0;
    }

    /// <summary>Takes all rules away. Requests that already hang go on hanging.</summary>
    public void Clear()
    {
        lock (_lock)
            _entries.Clear();
    }

    /// <summary>The rule that a request meets, counted as met.</summary>
    internal FaultRule? Take(RequestSubject subject)
    {
        lock (_lock)
        {
            var at = _entries.FindIndex(entry =>
                (entry.Rule.Times is null || entry.Hits < entry.Rule.Times) && entry.Rule.Fits(subject));
            if (at < 0)
                return null;
            _entries[at] = _entries[at] with { Hits = _entries[at].Hits + 1 };
            return _entries[at].Rule;
        }
    }
}
