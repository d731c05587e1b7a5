using System.Diagnostics;

namespace Sidecar.Soak.Running;

/// <summary>Begins something at a constant rate, whether or not what was begun before has ended, as long as not too much of it is under way.</summary>
internal static class Pace
{
    // A service that answers nothing must not make this process grow.
    private const int MostUnderWay = 2_000;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);

    /// <summary>Runs until it is stopped; what is under way then is waited for.</summary>
    /// <param name="rate">How often in a second.</param>
    /// <param name="begin">Begins the n-th.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task RunAsync(int rate, Func<long, Task> begin, CancellationToken stop)
    {
        var under = new List<Task>();
        using var timer = new PeriodicTimer(Turn);
        var watch = Stopwatch.StartNew();
        long begun = 0;
        while (!stop.IsCancellationRequested)
        {
            for (var due = (long)(watch.Elapsed.TotalSeconds * rate); begun < due && under.Count < MostUnderWay; begun++)
                under.Add(begin(begun));
            foreach (var ended in under.FindAll(static task => task.IsCompleted))
                await ended;
            under.RemoveAll(static task => task.IsCompletedSuccessfully);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        await Task.WhenAll(under);
    }
}
