namespace Sidecar.Actors.Entries;

/// <summary>
/// How often one entry may be read from the cloud because of what changed in the persistent cache: what leads to a read leads to a save, which
/// changes the persistent cache again. The time between two of them doubles for as long as they go on.
/// </summary>
/// <param name="PassedAt">The last one, on the monotonic clock; null where there was none.</param>
/// <param name="InARow">How many there were in a row.</param>
internal readonly record struct RereadFloor(TimeSpan? PassedAt, int InARow)
{
    /// <summary>The shortest time between two.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The longest.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(64);

    /// <summary>When the next one may be; null: at once.</summary>
    public TimeSpan? OpensAt => PassedAt + Interval;

    private TimeSpan Interval => InARow > 6 ? Longest : First * (1 << Math.Max(InARow - 1, 0));

    /// <summary>Whether one may be now.</summary>
    public bool IsOpen(TimeSpan now) => !(now < OpensAt);

    /// <summary>Whether the last ones still count: no longer where, once it was allowed, there was none for as long again.</summary>
    public bool IsRemembered(TimeSpan now) => now < OpensAt + Interval;

    /// <summary>One is now.</summary>
    public RereadFloor Passed(TimeSpan now) => new(now, IsRemembered(now) ? InARow + 1 : 1);
}
