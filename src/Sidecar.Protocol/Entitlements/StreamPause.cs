namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// How long the stream of updates waits before it connects again. Many processes lose their connections in the same moment: each draw is
/// spread, so that they don't all come back in the same moment too.
/// </summary>
public static class StreamPause
{
    /// <summary>Failures are forgotten once a connection has been up for so long: one that comes and goes is no fresh start each time.</summary>
    public static readonly TimeSpan SteadyAfter = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause after a first failure.</summary>
    public static readonly TimeSpan FirstWithin = TimeSpan.FromSeconds(1);

    private static readonly Backoff Later = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    private static readonly Backoff Throttling = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
    private static readonly TimeSpan RefusedKey = TimeSpan.FromMinutes(1);
    private const double RefusedKeySpread = 0.1;

    /// <summary>After a connection that dropped, or did not come up.</summary>
    /// <param name="failures">How many there were in a row, from 1.</param>
    /// <param name="jitter">0 up to 1, spread evenly.</param>
    public static TimeSpan AfterFailure(int failures, double jitter) =>
        failures <= 1 ? FirstWithin * Math.Clamp(jitter, 0, 1) : Later.Delay(failures - 1, jitter);

    /// <summary>After the cloud said that it has too many requests: never less than 5 s.</summary>
    /// <param name="failures">How many failures there were in a row, from 1.</param>
    /// <param name="jitter">0 up to 1, spread evenly.</param>
    public static TimeSpan AfterThrottling(int failures, double jitter) => Throttling.Delay(failures, jitter);

    /// <summary>After the cloud refused the key: about a minute.</summary>
    /// <param name="jitter">0 up to 1, spread evenly.</param>
    public static TimeSpan AfterRefusedKey(double jitter) =>
        RefusedKey * (1 - RefusedKeySpread + (2 * RefusedKeySpread * Math.Clamp(jitter, 0, 1)));
}
