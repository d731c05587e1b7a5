namespace Sidecar.Host.Shutdown;

/// <summary>
/// How a connection in constant use is closed without loss. While a call is under way, the server first gives notice by a GOAWAY that
/// names no last call, and names it in a second one after the last call. A client needs the time between the two to stop: what it sends
/// after the second is refused, and not every client sends that again. So the answer to one call is held back until no further one comes,
/// and for no more than half of the time that its caller waits.
/// </summary>
internal static class Handover
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    // Longer than a client's garbage collection, or a busy machine, makes it stand still.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Answers the call once its client has stopped.</summary>
    public static async Task RunAsync(HttpContext context, RequestDelegate next, ClientConnection connection)
    {
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        var start = time.GetTimestamp();
        var (pause, longest) = Bounds(GrpcTimeout.Parse(context.Request.Headers[GrpcTimeout.Header].ToString()));
        long calls;
        do
        {
            calls = connection.Counts.Started;
            await Task.Delay(pause, time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (connection.Counts.Started != calls && time.GetElapsedTime(start) < longest);
        await next(context);
    }

    /// <summary>How long further calls are waited for, and how long the call is held back at most.</summary>
    /// <param name="timeout">How long its caller waits, or null.</param>
    internal static (TimeSpan Pause, TimeSpan Longest) Bounds(TimeSpan? timeout) => timeout is { } patience && patience < 2 * Longest
        ? (patience / 4 < Pause ? patience / 4 : Pause, patience / 2)
        : (Pause, Longest);
}
