using Sidecar.Actors.Cloud;

namespace Sidecar.Actors.Metrics;

/// <summary>Counts requests to the cloud by target and outcome.</summary>
public sealed class UpstreamMetrics
{
    private static readonly CloudPath[] Targets = Enum.GetValues<CloudPath>();

    // What a request that was sent can end with; what was never sent is no request.
    private static readonly (CloudFailureKind? Kind, string Name)[] AllOutcomes =
    [
        (null, "success"),
        (CloudFailureKind.InvalidKey, "invalid_key"),
        (CloudFailureKind.Network, "network_error"),
        (CloudFailureKind.Timeout, "timeout"),
        (CloudFailureKind.ServerError, "server_error"),
        (CloudFailureKind.Refused, "refused"),
        (CloudFailureKind.RateLimited, "rate_limited"),
        (CloudFailureKind.ErrorInBody, "error_in_body"),
        (CloudFailureKind.Unreadable, "unreadable"),
    ];

    private readonly StripedCounter[] _requests = [.. Targets.SelectMany(_ => AllOutcomes).Select(_ => new StripedCounter())];
    private readonly StripedCounter[] _retries = [.. Targets.Select(_ => new StripedCounter())];
    private readonly StripedHistogram[] _durations =
        [.. Targets.Select(_ => new StripedHistogram(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60))];

    /// <summary>The requests to one target that ended in one way.</summary>
    /// <param name="target">Where they went.</param>
    /// <param name="failure">Why they brought nothing; null for those that brought something.</param>
    public StripedCounter this[CloudPath target, CloudFailureKind? failure] =>
        Array.FindIndex(AllOutcomes, one => one.Kind == failure) is var outcome and >= 0
            ? CountOf(target, outcome)
            : throw new ArgumentOutOfRangeException(nameof(failure), failure, "a request that was sent can't end so");

    /// <summary>What a request that was sent can end with, in the order of <see cref="Requests"/>; null for a success.</summary>
    public static IEnumerable<CloudFailureKind?> Outcomes => AllOutcomes.Select(static one => one.Kind);

    /// <summary>Every target and outcome, and how many requests ended so.</summary>
    public IEnumerable<(string Target, string Outcome, StripedCounter Count)> Requests =>
        Targets.SelectMany(target => AllOutcomes.Select((outcome, index) => (NameOf(target), outcome.Name, CountOf(target, index))));

    /// <summary>Every target, and how often a request was tried again.</summary>
    public IEnumerable<(string Target, StripedCounter Count)> Retries => Targets.Select(target => (NameOf(target), _retries[(int)target]));

    /// <summary>Every target, and how long its requests took.</summary>
    public IEnumerable<(string Target, StripedHistogram Durations)> Durations =>
        Targets.Select(target => (NameOf(target), _durations[(int)target]));

    /// <summary>The target's name as a label.</summary>
    public static string NameOf(CloudPath target) => target switch
    {
        CloudPath.Edge => "edge",
        _ => "api",
    };

    /// <summary>Notes a request's end.</summary>
    /// <param name="target">Where it went.</param>
    /// <param name="failure">Why it brought nothing, or null.</param>
    /// <param name="duration">How long it took.</param>
    public void Ended(CloudPath target, CloudFailureKind? failure, TimeSpan duration)
    {
        this[target, failure].Increment();
        _durations[(int)target].Record(duration);
    }

    /// <summary>Notes that a request is tried again.</summary>
    public void Retried(CloudPath target) => _retries[(int)target].Increment();

    private StripedCounter CountOf(CloudPath target, int outcome) => _requests[((int)target * AllOutcomes.Length) + outcome];
}
