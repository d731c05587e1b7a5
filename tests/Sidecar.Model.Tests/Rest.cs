using System.Diagnostics;

namespace Sidecar.Model.Tests;

/// <summary>
/// Tells when everything that was set going has come to rest. All of it runs on the thread pool: every mailbox (the systems of a run have
/// no other dispatcher), every continuation of a request, every message of a socket. Time is virtual, so that nothing comes back by itself,
/// and a run has a thread of its own, which is none of the pool's. So where no work waits in the pool and none of its threads is at
/// work, nothing will happen before the run does something. The order of the looks matters: work that is queued is counted as waiting until
/// a thread takes it, and that thread was counted as at work before. Threads of the pool on which the test runner itself waits for the end
/// of the test are at work all the time: how many they are is found out before anything is set going.
/// </summary>
internal sealed class Rest
{
    // What the runner has to say of a test that begins is said by then, also on a busy machine.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private int _others;

    /// <summary>Finds out what is at work before anything is set going.</summary>
    public Rest()
    {
        _others = int.MaxValue;
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Settling)
        {
            _others = Math.Min(_others, AtWork());
            Thread.Yield();
        }
    }

    /// <summary>Waits for it, on a thread that is none of the pool's.</summary>
    public void Await()
    {
        var start = Stopwatch.GetTimestamp();
        var spin = default(SpinWait);
        while (!IsThere())
        {
            spin.SpinOnce(sleep1Threshold: -1);
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException(
                    $"no rest within {Patience}: {ThreadPool.PendingWorkItemCount} wait, {AtWork()} are at work, {_others} from before");
            }
        }
    }

    private bool IsThere()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
            return false;
        var atWork = AtWork();
        // The runner's own went on meanwhile.
        _others = Math.Min(_others, atWork);
        return atWork == _others && ThreadPool.PendingWorkItemCount == 0;
    }

    private static int AtWork()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var idle, out _);
        return most - idle;
    }
}
