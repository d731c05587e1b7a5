using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Metrics;

/// <summary>Counts what happens to the stream of updates. One connection is under way at a time.</summary>
public sealed class StreamMetrics
{
    private static readonly UpdateSocketFault[] Faults = Enum.GetValues<UpdateSocketFault>();
    private readonly StripedCounter _cameUp = new();
    private readonly StripedCounter[] _ended = [.. Faults.Select(_ => new StripedCounter())];
    private readonly Gauge _isEnabled = new();
    private readonly Gauge _isUp = new();
    private readonly Gauge _lastMessage = new();

    /// <summary>Whether there is to be a stream.</summary>
    public bool IsEnabled
    {
        get => _isEnabled.Value != 0;
        internal set => _isEnabled.Value = value ? 1 : 0;
    }

    /// <summary>Whether it is up.</summary>
    public bool IsUp => _isUp.Value != 0;

    /// <summary>
    /// How often connections came up, and how often one ended, or a try to make one, by its cause. What this process ends is not counted.
    /// </summary>
    public IEnumerable<(string Outcome, StripedCounter Count)> Connections =>
        Faults.Select(fault => (NameOf(fault), this[fault])).Prepend(("up", _cameUp));

    /// <summary>How often a connection came up that was not the first one.</summary>
    public long Reconnects => Math.Max(0, _cameUp.Value - 1);

    /// <summary>Messages received.</summary>
    public StripedCounter Messages { get; } = new();

    /// <summary>When the last message came, in seconds since 1970; 0 before the first one.</summary>
    public long LastMessage => _lastMessage.Value;

    /// <summary>How often a connection, or a try to make one, ended for one cause.</summary>
    public StripedCounter this[UpdateSocketFault fault] => _ended[(int)fault];

    /// <summary>Notes that a message came.</summary>
    public void Received(DateTimeOffset now)
    {
        Messages.Increment();
        _lastMessage.Value = now.ToUnixTimeSeconds();
    }

    /// <summary>Notes that a connection came up.</summary>
    internal void CameUp()
    {
        _cameUp.Increment();
        _isUp.Value = 1;
    }

    /// <summary>Notes that none is up.</summary>
    internal void IsDown() => _isUp.Value = 0;

    private static string NameOf(UpdateSocketFault fault) => fault switch
    {
        UpdateSocketFault.InvalidKey => "invalid_key",
        UpdateSocketFault.Throttled => "throttled",
        UpdateSocketFault.Closed => "closed",
        UpdateSocketFault.TooLarge => "too_large",
        UpdateSocketFault.Timeout => "timeout",
        _ => "network",
    };
}
