using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Metrics;

/// <summary>
/// Counts answers by source, and the time they took by call. On the way of every answer: no allocation, no lock, two additions to cells
/// that threads don't share.
/// </summary>
public sealed class AnswerMetrics
{
    // From an answer out of memory, some microseconds, to the guard of a read; 0.3 s is what a suspect view costs at most.
    private static readonly double[] Bounds =
        [0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.01, 0.025, 0.1, 0.25, 0.3, 0.5, 1, 2.5, 5, 10];

    private static readonly string[] SourceNames =
        Array.ConvertAll(Enum.GetValues<AnswerSource>(), source => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(source.ToString()));

    private static readonly string[] CallNames =
        Array.ConvertAll(Enum.GetValues<AnswerCall>(), call => call.ToString());

    private readonly StripedCounter[] _bySource = Array.ConvertAll(SourceNames, _ => new StripedCounter());
    private readonly StripedHistogram[] _byCall = Array.ConvertAll(CallNames, _ => new StripedHistogram(Bounds));

    /// <summary>Upper bounds of the buckets of durations, in seconds, rising.</summary>
    internal static ReadOnlySpan<double> BucketBounds => Bounds;

    /// <summary>How many buckets there are, with the one that has no bound.</summary>
    internal static int Buckets => Bounds.Length + 1;

    /// <summary>How many answers came from one source.</summary>
    public StripedCounter this[AnswerSource source] => _bySource[(int)source];

    /// <summary>Every source, and how many answers came from it.</summary>
    public IEnumerable<(string Source, StripedCounter Count)> Sources => SourceNames.Zip(_bySource);

    /// <summary>Every call, and how long its answers took.</summary>
    public IEnumerable<(string Call, StripedHistogram Durations)> Durations => CallNames.Zip(_byCall);

    /// <summary>Adds how many answers of all calls fell into each bucket.</summary>
    internal void AddDurations(Span<long> buckets)
    {
        foreach (var histogram in _byCall)
        {
            var counts = histogram.Read().Counts;
            for (var bucket = 0; bucket < counts.Count; bucket++)
                buckets[bucket] += counts[bucket];
        }
    }

    /// <summary>The word for a source.</summary>
    public static string NameOf(AnswerSource source) => SourceNames[(int)source];

    /// <summary>Notes an answer.</summary>
    /// <param name="call">The call.</param>
    /// <param name="source">Where its answer came from.</param>
    /// <param name="duration">The time from the call's arrival in the facade to its answer.</param>
    public void Answered(AnswerCall call, AnswerSource source, TimeSpan duration)
    {
        _bySource[(int)source].Increment();
        _byCall[(int)call].Record(duration);
    }
}

/// <summary>A call that asks a question.</summary>
public enum AnswerCall
{
    /// <summary>GetEntitlement.</summary>
    GetEntitlement = 0,

    /// <summary>GetEntitlementV2.</summary>
    GetEntitlementV2,

    /// <summary>GetBooleanEntitlement.</summary>
    GetBooleanEntitlement,

    /// <summary>GetNumericEntitlement.</summary>
    GetNumericEntitlement,

    /// <summary>GetMeteredEntitlement.</summary>
    GetMeteredEntitlement,

    /// <summary>GetEnumEntitlement.</summary>
    GetEnumEntitlement,

    /// <summary>GetEntitlements.</summary>
    GetEntitlements,

    /// <summary>GetEntitlementsStateV2.</summary>
    GetEntitlementsStateV2,
}
