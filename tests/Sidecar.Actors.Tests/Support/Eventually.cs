namespace Sidecar.Actors.Tests.Support;

/// <summary>Waits for what has to come, and gives up where it does not.</summary>
internal static class Eventually
{
    /// <summary>Longer than anything takes on a busy machine: only a failing spec waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until something holds that nobody tells of.</summary>
    public static async Task HoldsAsync(Func<bool> holds, string what)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var looks = new PeriodicTimer(LookAgain);
        while (!holds())
        {
            try
            {
                await looks.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"it did not come to this: {what}", e);
            }
        }
    }
}
