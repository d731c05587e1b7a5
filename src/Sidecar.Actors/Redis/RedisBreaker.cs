using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Redis;

/// <summary>
/// Tells a Redis that hangs from one that is slow. It opens when three operations in a row had no answer for as long as one is waited for, and
/// nothing else was answered meanwhile either; any answer, however late, closes it. While it is open one operation a second goes through, to try.
/// Safe for any thread.
/// </summary>
/// <param name="clock">Both clocks.</param>
/// <param name="isOpen">Shows whether it is open.</param>
internal sealed class RedisBreaker(ProcessClock clock, Gauge isOpen)
{
    /// <summary>So many operations in a row have to be without an answer.</summary>
    public const int Threshold = 3;

    /// <summary>The time between two operations that go through while it is open.</summary>
    public static readonly TimeSpan TrialInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile int _unanswered;
    private volatile bool _isOpen;
    private long _answeredAt = long.MinValue;
    private TimeSpan _triedAt;

    /// <summary>Whether nothing but a try is to be sent.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Asks whether an operation may be sent: while it is open, one a second.</summary>
    /// <param name="isTrial">Whether it is such a one.</param>
    public bool MayPass(out bool isTrial)
    {
        isTrial = false;
        if (!_isOpen)
            return true;
        lock (_lock)
        {
            if (!_isOpen)
                return true;
            if (clock.Uptime - _triedAt < TrialInterval)
                return false;
            _triedAt = clock.Uptime;
            return isTrial = true;
        }
    }

    /// <summary>Notes that an operation has had no answer for as long as one is waited for.</summary>
    /// <param name="sentAt">When it was sent, on the monotonic clock.</param>
    public void NotAnswered(TimeSpan sentAt)
    {
        lock (_lock)
        {
            // It is slow, but it works.
            if (Volatile.Read(ref _answeredAt) > sentAt.Ticks || ++_unanswered < Threshold || _isOpen)
                return;
            _isOpen = true;
            _triedAt = clock.Uptime;
            isOpen.Value = 1;
        }
    }

    /// <summary>Notes an answer, if only one that refuses.</summary>
    public void Answered()
    {
        Volatile.Write(ref _answeredAt, clock.Uptime.Ticks);
        if (_unanswered == 0)
            return;
        lock (_lock)
        {
            _unanswered = 0;
            _isOpen = false;
            isOpen.Value = 0;
        }
    }
}
