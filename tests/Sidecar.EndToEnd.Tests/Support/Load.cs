using System.Diagnostics;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>What a load of calls saw.</summary>
/// <param name="Calls">How many there were.</param>
/// <param name="Lost">How many were not answered as they should have been.</param>
/// <param name="PerSecond">The rate that was reached.</param>
/// <param name="Times">How long each took, from when it was due; in ms, ascending.</param>
public sealed record LoadResult(int Calls, int Lost, double PerSecond, IReadOnlyList<double> Times)
{
    /// <summary>The time that so many of 100 calls stay below, in ms.</summary>
    public double Percentile(double percent) => Times[(int)Math.Min(Times.Count * percent / 100, Times.Count - 1)];

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Calls} calls at {PerSecond:0} a second, {Lost} lost, median {Percentile(50):0.00} ms, p99 {Percentile(99):0.00} ms, longest {Times[^1]:0.0} ms";
}

/// <summary>Begins calls at a constant rate, whether or not those before have ended: a late answer makes no later question late.</summary>
internal static class Load
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);

    /// <summary>Runs until it is stopped.</summary>
    /// <param name="rate">Calls a second.</param>
    /// <param name="call">One call, by its number; false where it was lost.</param>
    /// <param name="stop">Ends it; calls under way are waited for.</param>
    public static async Task<LoadResult> RunAsync(int rate, Func<int, Task<bool>> call, CancellationToken stop)
    {
        var (calls, lost) = (0, 0);
        var under = new List<Task<double>>();
        var times = new List<double>();
        using var timer = new PeriodicTimer(Turn);
        var watch = Stopwatch.StartNew();
        while (!stop.IsCancellationRequested)
        {
            for (var due = (int)(watch.Elapsed.TotalSeconds * rate); calls < due; calls++)
                under.Add(CallAsync(calls));
            under.RemoveAll(task =>
            {
                if (!task.IsCompletedSuccessfully)
                    return false;
                times.Add(task.GetAwaiter().GetResult());
                return true;
            });
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        var perSecond = calls / watch.Elapsed.TotalSeconds;
        times.AddRange(await Task.WhenAll(under));
        times.Sort();
        return new LoadResult(calls, lost, perSecond, times);

        async Task<double> CallAsync(int number)
        {
            if (!await call(number))
                Interlocked.Increment(ref lost);
            return watch.Elapsed.TotalMilliseconds - (number * 1000.0 / rate);
        }
    }
}
