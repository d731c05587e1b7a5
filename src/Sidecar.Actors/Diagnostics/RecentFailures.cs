using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>
/// The reads that failed last, for people who look for the reason: the customers' actors end with their last work, and would take it with
/// them. Safe for any thread.
/// </summary>
public sealed class RecentFailures
{
    /// <summary>So many are remembered; the oldest goes first.</summary>
    public const int Most = 256;

    private readonly Lock _lock = new();
    private FailedRead[] _all = [];
    private long _count;
    private CloudFailureAt? _ofCloud;

    /// <summary>What the cloud last failed with, whatever it was asked; null where it never did.</summary>
    public CloudFailureAt? OfCloud
    {
        get => Volatile.Read(ref _ofCloud);
        internal set => Volatile.Write(ref _ofCloud, value);
    }

    /// <summary>Notes one. A read that was not sent, since reads are suspended, says nothing of its own.</summary>
    /// <param name="failed">The read.</param>
    public void Add(FailedRead failed)
    {
        if (failed.Failure.Kind == CloudFailureKind.Suspended)
            return;
        lock (_lock)
        {
            if (_all.Length == 0)
                _all = new FailedRead[Most];
            _all[_count++ % Most] = failed;
        }
    }

    /// <summary>The last one of an entry, or null.</summary>
    /// <param name="key">The entry.</param>
    public FailedRead? Find(EntryKey key)
    {
        lock (_lock)
        {
            for (var number = _count - 1; number >= 0 && number >= _count - Most; number--)
            {
                if (_all[number % Most] is var failed && failed.Key == key)
                    return failed;
            }

            return null;
        }
    }
}

/// <summary>A failure of the cloud and its time.</summary>
/// <param name="Failure">The failure; its text holds no secret.</param>
/// <param name="At">When.</param>
public sealed record CloudFailureAt(CloudFailure Failure, DateTimeOffset At);
