namespace Sidecar.Host.WarmUp;

/// <summary>How far the entries of <c>WARM_UP_CUSTOMERS_FILE</c> have been read; for any thread.</summary>
/// <param name="isAwaited">Whether there is a list to read.</param>
public sealed class WarmUpProgress(bool isAwaited)
{
    private int _listed;
    private int _read;
    private int _failed;
    private volatile bool _isAwaited = isAwaited;

    /// <summary>Entries of the list.</summary>
    public int Listed => Volatile.Read(ref _listed);

    /// <summary>Those of which something is known now.</summary>
    public int Read => Volatile.Read(ref _read);

    /// <summary>Those that were asked for, and of which nothing is known.</summary>
    public int Failed => Volatile.Read(ref _failed);

    /// <summary>Those that were not asked for yet.</summary>
    public int Waiting => Math.Max(0, Listed - Read - Failed);

    /// <summary>Whether not every entry has been asked for once.</summary>
    public bool IsAwaited => _isAwaited;

    /// <summary>Notes how long the list is.</summary>
    internal void Begin(int listed) => Volatile.Write(ref _listed, listed);

    /// <summary>Notes what became of an entry.</summary>
    /// <param name="isKnown">Whether something is known of it now.</param>
    internal void Note(bool isKnown)
    {
        if (isKnown)
            Interlocked.Increment(ref _read);
        else
            Interlocked.Increment(ref _failed);
    }

    /// <summary>Notes that the entries that failed are asked for once more.</summary>
    internal void Again() => Volatile.Write(ref _failed, 0);

    /// <summary>Notes that every entry has been asked for, or none will be.</summary>
    internal void Over() => _isAwaited = false;
}
