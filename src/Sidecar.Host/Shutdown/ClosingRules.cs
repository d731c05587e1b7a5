namespace Sidecar.Host.Shutdown;

/// <summary>How many calls a connection has seen begin and end.</summary>
/// <param name="Started">Calls that began.</param>
/// <param name="Finished">Calls that ended, read before <paramref name="Started"/>.</param>
internal readonly record struct CallCounts(long Started, long Finished)
{
    /// <summary>Whether no call was under way.</summary>
    public bool IsIdle => Started == Finished;
}

/// <summary>Since when a connection has been without a call.</summary>
/// <param name="Calls">The calls that it had seen by then.</param>
/// <param name="Since">The moment, on the watcher's clock.</param>
internal readonly record struct Quiet(long Calls, TimeSpan Since);

/// <summary>
/// When a connection may be closed. Some clients drop a connection with all its calls at the first GOAWAY, so it is sent in a quiet moment:
/// one with no call under way and, by what the last moments were like, none about to come. A connection in constant use has no such
/// moment; see <see cref="Handover"/>.
/// </summary>
internal static class ClosingRules
{
    /// <summary>How long a connection has to be without a call.</summary>
    public static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long one in constant use has to be. 50 ms are no quiet moment there, but a client that is being held up and about to send all at
    /// once.
    /// </summary>
    public static readonly TimeSpan LongQuietTime = TimeSpan.FromSeconds(1);

    /// <summary>How long such a time is waited for; after that the connection is closed at its next call, too.</summary>
    public static readonly TimeSpan QuietPatience = TimeSpan.FromSeconds(3);

    /// <summary>How long a call is waited for that begins while there is no other; after that any call will do.</summary>
    public static readonly TimeSpan LoneCallPatience = TimeSpan.FromSeconds(5);

    /// <summary>When callers are told what is known of their reports by then: afterwards there is nobody to tell.</summary>
    public static readonly TimeSpan LastReports = TimeSpan.FromSeconds(8.5);

    /// <summary>When what is still open is ended.</summary>
    public static readonly TimeSpan HardEnd = TimeSpan.FromSeconds(10);

    private const double ConstantUsePerSecond = 100;
    private static readonly TimeSpan ShortestMeasure = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether that many calls in that time mean that quiet moments are not to be looked for.</summary>
    public static bool IsConstantUse(long calls, TimeSpan time) => time >= ShortestMeasure && calls >= ConstantUsePerSecond * time.TotalSeconds;

    /// <summary>Since when the connection is quiet, after another look at it; null while it is not.</summary>
    public static Quiet? Follow(Quiet? before, CallCounts counts, TimeSpan now) =>
        !counts.IsIdle ? null
        : before is { } quiet && quiet.Calls == counts.Started ? quiet
        : new Quiet(counts.Started, now);

    /// <summary>Whether the connection has been quiet for long enough.</summary>
    public static bool IsQuietEnough(Quiet? quiet, TimeSpan now, bool isInConstantUse) =>
        quiet is { } q && now - q.Since >= (isInConstantUse ? LongQuietTime : QuietTime);
}
