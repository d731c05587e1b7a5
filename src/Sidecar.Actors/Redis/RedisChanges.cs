using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Redis;

/// <summary>
/// Entries that other programs have changed in Redis and nobody has looked at yet. A writer changes several keys of an entry, so that it
/// stands here once. Bounded; beyond the bound everything may have changed. Safe for any thread.
/// </summary>
/// <param name="prefix">Begins all keys.</param>
/// <param name="isOfInterest">Whether an entry concerns this node.</param>
public sealed class RedisChanges(string prefix, Func<EntryKey, bool> isOfInterest)
{
    /// <summary>Entries that are remembered.</summary>
    public const int Capacity = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<EntryKey> _changed = [];
    private bool _isAnything;

    /// <summary>Raised when all keys are gone, on the thread that noted it.</summary>
    public event EventHandler? Emptied;

    /// <summary>Notes that a key has changed, or is gone.</summary>
    /// <param name="redisKey">The key; null where all are gone.</param>
    public void Note(string? redisKey)
    {
        if (redisKey is null)
        {
            NoteAnything();
            Emptied?.Invoke(this, EventArgs.Empty);
            return;
        }

        if (EntryKeys.EntryOf(prefix, redisKey) is { } key)
            Note(key);
    }

    /// <summary>Notes that an entry has changed, or may have.</summary>
    public void Note(EntryKey key)
    {
        if (!isOfInterest(key))
            return;
        lock (_lock)
        {
            if (_changed.Count < Capacity || _changed.Contains(key))
                _changed.Add(key);
            else
                _isAnything = true;
        }
    }

    /// <summary>Notes that anything may have changed.</summary>
    public void NoteAnything()
    {
        lock (_lock)
            _isAnything = true;
    }

    /// <summary>Takes some of them out.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="isAnything">Whether anything may have changed since the last time.</param>
    public IReadOnlyList<EntryKey> Take(int most, out bool isAnything)
    {
        lock (_lock)
        {
            isAnything = _isAnything;
            _isAnything = false;
            var taken = _changed.Take(most).ToList();
            _changed.ExceptWith(taken);
            return taken;
        }
    }
}
