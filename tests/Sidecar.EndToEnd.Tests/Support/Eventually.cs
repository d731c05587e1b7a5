using System.Diagnostics;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>Waits for something that another process will have done before long.</summary>
public static class Eventually
{
    // Longer than anything takes on a busy machine: only a failing spec waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until a condition holds; fails where it does not within the limit.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="within">The limit; null where the time is not the point.</param>
    /// <param name="why">Says what is missing, where it does not come to hold.</param>
    public static async Task<TimeSpan> HoldsAsync(Func<Task<bool>> condition, TimeSpan? within = null, Func<string>? why = null)
    {
        var limit = within ?? Patience;
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > limit)
                throw new TimeoutException($"it did not come to hold within {limit}{(why is null ? "" : $": {why()}")}");
            await Task.Delay(Pause);
        }

        return watch.Elapsed;
    }
}
