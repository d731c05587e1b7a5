using Sidecar.Actors.Cloud;

namespace Sidecar.Actors.Reports;

/// <summary>The limits of reporting. They stand as constants beside what they limit.</summary>
public static class ReportSettings
{
    /// <summary>Reports on their way to the API at once. They have connections of their own: reads that hang hold up no report.</summary>
    public const int MaxConcurrent = 128;

    /// <summary>Reports waiting for their turn; one more is refused at once.</summary>
    public const int MaxQueued = 2_000;

    /// <summary>
    /// What the bodies of all reports, waiting or on their way, may take together, in bytes; one that does not fit is refused at once, but for
    /// one that is alone.
    /// </summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>Tries in all (the upstream contract: up to five attempts), of what may be tried again at all.</summary>
    public const int MaxAttempts = 5;

    /// <summary>A report that is not on its way after this time is not sent any more: nobody waits without end to be told so.</summary>
    public static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(10);

    /// <summary>An answer that has not come this time after the start of a try is not waited for (the upstream contract).</summary>
    public static readonly TimeSpan AnswerLimit = CloudSettings.RequestTimeout;

    /// <summary>A pooled connection that has been idle for longer is not used: the other side may be closing it just now.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(20);

    /// <summary>The longest that a report can take before and while it is sent, whatever happens.</summary>
    internal static readonly TimeSpan Longest = SendLimit + (2 * AnswerLimit) + ResultDesk.Patience;
}
