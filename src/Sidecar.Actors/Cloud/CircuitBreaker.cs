using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Tells a cloud in trouble from one entry in trouble. It opens when requests about three distinct entries failed in a row, or three
/// requests in a row where fewer entries are asked for. Any request that the cloud answers, whatever the answer, ends the row. Safe for
/// any thread; on the way of requests only, never on that of an answer from memory.
/// </summary>
public sealed class CircuitBreaker
{
    /// <summary>So many distinct entries, or requests in a row, have to fail.</summary>
    public const int Threshold = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<EntryKey, int> _underWay = [];
    private readonly List<EntryKey> _failed = [];
    private int _failuresInARow;
    private int _probes;
    private long _successes;
    private bool _isOpen;

    /// <summary>Raised after it opened or closed, on the thread that found it out.</summary>
    public event EventHandler? Changed;

    /// <summary>Whether nothing but probes is to be sent.</summary>
    public bool IsOpen => Volatile.Read(ref _isOpen);

    /// <summary>
    /// What the next probe is to ask for: another entry and one of those that failed, in turn, since the fault may be theirs; null for
    /// something that has nothing to do with any entry, where few failed.
    /// </summary>
    /// <param name="other">An entry that would be read now, or null where there is none.</param>
    public EntryKey? NextProbe(EntryKey? other)
    {
        lock (_lock)
        {
            if (_failed.Count < Threshold)
                return null;
            var probe = _probes++;
            return probe % 2 == 0 && other is { } key && !_failed.Contains(key) ? key : _failed[probe / 2 % _failed.Count];
        }
    }

    /// <summary>Notes a request about an entry that is being sent.</summary>
    /// <returns>A ticket to hand to <see cref="Ended"/>.</returns>
    public long Began(EntryKey key)
    {
        lock (_lock)
        {
            _underWay[key] = _underWay.GetValueOrDefault(key) + 1;
            return _successes;
        }
    }

    /// <summary>Notes the end of such a request.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="ticket">What <see cref="Began"/> returned.</param>
    /// <param name="hasFailed">Whether it was an outage; null where it ended too early to tell.</param>
    public void Ended(EntryKey key, long ticket, bool? hasFailed)
    {
        bool hasChanged;
        lock (_lock)
        {
            if (_underWay[key] == 1)
                _underWay.Remove(key);
            else
                _underWay[key]--;
            hasChanged = hasFailed is { } failed && (failed ? Fail(key, ticket) : Succeed());
        }

        if (hasChanged)
            Changed?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Notes that the cloud answered something that has nothing to do with any entry.</summary>
    public void Answered()
    {
        bool hasChanged;
        lock (_lock)
            hasChanged = Succeed();
        if (hasChanged)
            Changed?.Invoke(this, EventArgs.Empty);
    }

    private bool Fail(EntryKey key, long ticket)
    {
        // What was sent before the cloud last answered says nothing of the time since.
        if (ticket != _successes)
            return false;
        _failuresInARow++;
        if (_failed.Count < Threshold && !_failed.Contains(key))
            _failed.Add(key);
        if (_isOpen || (_failed.Count < Threshold && (_failuresInARow < Threshold || AreMoreAskedFor())))
            return false;
        _isOpen = true;
        return true;
    }

    // Others are under way that may show the cloud to be well.
    private bool AreMoreAskedFor() => _failed.Count + _underWay.Keys.Count(key => !_failed.Contains(key)) >= Threshold;

    private bool Succeed()
    {
        _successes++;
        _failuresInARow = 0;
        _failed.Clear();
        var wasOpen = _isOpen;
        _isOpen = false;
        return wasOpen;
    }
}
