using System.Diagnostics;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>Waits for something that another process will have done before long.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until a condition holds; fails where it does not within the limit.</summary>
    public static async Task<TimeSpan> HoldsAsync(Func<Task<bool>> condition, TimeSpan? within = null)
    {
        var limit = within ?? TimeSpan.FromSeconds(10);
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > limit)
                throw new TimeoutException($"it did not come to hold within {limit}");
            await Task.Delay(Pause);
        }

        return watch.Elapsed;
    }
}
