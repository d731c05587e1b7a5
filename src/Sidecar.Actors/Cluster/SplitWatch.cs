namespace Sidecar.Actors.Cluster;

/// <summary>
/// Sees, round by round, whether a node has to give way to another cluster. Joins and news of them take their time to get about: a split
/// counts once it was seen some rounds in a row, or at once where this process stood still, which others may have given up meanwhile.
/// </summary>
/// <param name="time">The source of time.</param>
public sealed class SplitWatch(TimeProvider time)
{
    /// <summary>Rounds in a row that have to see a split.</summary>
    public const int Rounds = 3;

    /// <summary>How long a pause of the own process counts.</summary>
    public static readonly TimeSpan PauseCountsFor = TimeSpan.FromSeconds(10);

    private long? _stoodStill;
    private long _restBegan;
    private TimeSpan _restLimit;
    private int _seen;

    /// <summary>What was seen last; null for nothing.</summary>
    public string? Seen { get; private set; }

    /// <summary>Whether that was seen for the first time in a row.</summary>
    public bool IsFirst => _seen == 1;

    /// <summary>Whether this process stood still lately.</summary>
    public bool HasStoodStill => _stoodStill is { } since && time.GetElapsedTime(since) < PauseCountsFor;

    /// <summary>Something begins that takes no longer than this where the process does not stand still.</summary>
    /// <param name="limit">The longest that it may take.</param>
    public void BeginRest(TimeSpan limit) => (_restBegan, _restLimit) = (time.GetTimestamp(), limit);

    /// <summary>It has ended.</summary>
    public void EndRest()
    {
        if (time.GetElapsedTime(_restBegan) - _restLimit > ClusterSettings.PauseThatCounts)
            _stoodStill = time.GetTimestamp();
    }

    /// <summary>Looks once more.</summary>
    /// <param name="self">The node, up.</param>
    /// <param name="answers">The others that answered.</param>
    /// <returns>Why the node gives way; null where it stays.</returns>
    public string? See(MemberView self, IReadOnlyList<MemberView> answers)
    {
        var isPaused = HasStoodStill;
        Seen = SplitRule.WhyYield(self, answers, isPaused);
        _seen = Seen is null ? 0 : _seen + 1;
        return Seen is not null && (isPaused || _seen >= Rounds) ? Seen : null;
    }
}
