namespace Sidecar.Host.Logging;

/// <summary>
/// So many lines of a kind in a stretch of time, and how many were left out told with the first one after it: what anybody can cause who
/// reaches a port is not to fill the log. Not safe for several threads.
/// </summary>
/// <param name="lines">The lines of a kind.</param>
/// <param name="stretch">The time.</param>
/// <param name="time">The source of time.</param>
internal sealed class LineBudget(int lines, TimeSpan stretch, TimeProvider time)
{
    private readonly Dictionary<(string, LogLevel), Kind> _kinds = [];

    /// <summary>Takes a line.</summary>
    /// <param name="category">Who speaks: a class, of which there are few.</param>
    /// <param name="level">How loud.</param>
    /// <returns>How many were left out before it; null where it is left out itself.</returns>
    public int? Take(string category, LogLevel level)
    {
        if (!_kinds.TryGetValue((category, level), out var kind))
            _kinds.Add((category, level), kind = new Kind());
        if (kind.Began is not { } began || time.GetElapsedTime(began) >= stretch)
            (kind.Began, kind.Taken) = (time.GetTimestamp(), 0);
        if (kind.Taken >= lines)
        {
            kind.LeftOut++;
            return null;
        }

        kind.Taken++;
        var leftOut = kind.LeftOut;
        kind.LeftOut = 0;
        return leftOut;
    }

    private sealed class Kind
    {
        public long? Began { get; set; }

        public int Taken { get; set; }

        public int LeftOut { get; set; }
    }
}
