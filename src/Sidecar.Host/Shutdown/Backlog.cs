namespace Sidecar.Host.Shutdown;

/// <summary>Whether the process has more to do than it keeps up with. Looked at once a millisecond at most: a look takes the pool's locks.</summary>
internal static class Backlog
{
    /// <summary>More pieces of work than a service that keeps up ever has waiting.</summary>
    public const int MostPending = 4_000;

    private static long _lookedAt;
    private static volatile bool _isLong;

    /// <summary>Whether that is so, as of this millisecond.</summary>
    public static bool IsLong
    {
        get
        {
            var now = Environment.TickCount64;
            if (Volatile.Read(ref _lookedAt) != now)
            {
                Volatile.Write(ref _lookedAt, now);
                _isLong = ThreadPool.PendingWorkItemCount > MostPending;
            }

            return _isLong;
        }
    }
}
