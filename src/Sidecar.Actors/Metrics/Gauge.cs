namespace Sidecar.Actors.Metrics;

/// <summary>A number that one writer keeps up to date for anybody to read.</summary>
public sealed class Gauge
{
    private long _value;

    /// <summary>The number.</summary>
    public long Value
    {
        get => Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }
}
