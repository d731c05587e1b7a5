using System.Text.Json;
using Sidecar.Actors.Redis;

namespace Sidecar.Actors.Metrics;

/// <summary>What Redis is asked.</summary>
public enum RedisOperation
{
    /// <summary>To read an entry.</summary>
    Load = 0,

    /// <summary>To write an entry, or what is used of it.</summary>
    Save,

    /// <summary>To remove an entry.</summary>
    Delete,
}

/// <summary>How that ended.</summary>
public enum RedisOutcome
{
    /// <summary>It was done; of a load: the entry was there.</summary>
    Success = 0,

    /// <summary>The entry was not there, or not whole; of a usage: there is no entry that it could belong to.</summary>
    Missing,

    /// <summary>It was not done.</summary>
    Failure,
}

/// <summary>Counts what Redis is asked, by operation and outcome.</summary>
public sealed class RedisMetrics
{
    private static readonly RedisOperation[] Operations = Enum.GetValues<RedisOperation>();
    private static readonly RedisOutcome[] Outcomes = Enum.GetValues<RedisOutcome>();
    private static readonly string[] TroubleNames =
        Array.ConvertAll(Enum.GetValues<RedisFailureKind>(), static kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()));

    private readonly Gauge _isEnabled = new();
    private readonly Gauge _trouble = new();
    private readonly StripedCounter[] _counts = [.. Operations.SelectMany(_ => Outcomes).Select(_ => new StripedCounter())];
    private readonly StripedHistogram[] _durations =
        [.. Operations.Select(_ => new StripedHistogram(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10))];

    /// <summary>Every operation and outcome, and how many operations ended so.</summary>
    public IEnumerable<(string Operation, string Outcome, StripedCounter Count)> All =>
        Operations.SelectMany(operation => Outcomes.Select(outcome => (NameOf(operation), NameOf(outcome), this[operation, outcome])));

    /// <summary>Every operation, and how long it took.</summary>
    public IEnumerable<(string Operation, StripedHistogram Durations)> Durations =>
        Operations.Select(operation => (NameOf(operation), _durations[(int)operation]));

    /// <summary>Entitlements in Redis that have a form that can't be read, and were passed over.</summary>
    public StripedCounter Unreadable { get; } = new();

    /// <summary>Entries that are kept in memory only, since an id could be taken for a part of another entry's key.</summary>
    public StripedCounter Ambiguous { get; } = new();

    /// <summary>How changes that others make are learnt of: 0 not at all, 1 by looking at dates, 2 told by the server.</summary>
    public Gauge Watch { get; } = new();

    /// <summary>Where dates are looked at, how long the last round took, in milliseconds.</summary>
    public Gauge WatchDelayMs { get; } = new();

    /// <summary>Entries that were looked at because another program may have changed them.</summary>
    public StripedCounter Changes { get; } = new();

    /// <summary>1 while there is a connection, else 0.</summary>
    public Gauge IsUp { get; } = new();

    /// <summary>Whether Redis is used.</summary>
    public bool IsEnabled
    {
        get => _isEnabled.Value != 0;
        internal set => _isEnabled.Value = value ? 1 : 0;
    }

    /// <summary>
    /// Why it does not do what it is asked, until it does so again; null where it does. A write that it refuses counts until it takes one.
    /// </summary>
    public RedisFailureKind? Trouble
    {
        get => _trouble.Value is var kind and > 0 ? (RedisFailureKind)(kind - 1) : null;
        internal set => _trouble.Value = value is { } kind ? (int)kind + 1 : 0;
    }

    /// <summary>Every kind of trouble by its name, and whether it is the present one.</summary>
    public IEnumerable<(string Kind, bool IsPresent)> Troubles
    {
        get
        {
            var present = Trouble;
            return TroubleNames.Select((name, kind) => (name, present == (RedisFailureKind)kind));
        }
    }

    /// <summary>1 while loads are suspended because Redis hangs, else 0.</summary>
    public Gauge AreLoadsSuspended { get; } = new();

    /// <summary>1 while saves and deletes are suspended because Redis hangs, else 0.</summary>
    public Gauge AreSavesSuspended { get; } = new();

    /// <summary>The count of one operation and outcome.</summary>
    public StripedCounter this[RedisOperation operation, RedisOutcome outcome] => _counts[((int)operation * Outcomes.Length) + (int)outcome];

    /// <summary>Notes an operation's end.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="duration">How long it took.</param>
    public void Ended(RedisOperation operation, RedisOutcome outcome, TimeSpan duration)
    {
        this[operation, outcome].Increment();
        _durations[(int)operation].Record(duration);
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
