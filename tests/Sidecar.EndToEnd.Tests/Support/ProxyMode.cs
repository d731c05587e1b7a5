namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>What a <see cref="FaultProxy"/> does to bytes.</summary>
internal enum ProxyKind
{
    /// <summary>Lets them through.</summary>
    Pass,

    /// <summary>Lets each piece through after <see cref="ProxyMode.Delay"/>.</summary>
    Delayed,

    /// <summary>Lets so many through a second on each way, <see cref="ProxyMode.BytesPerSecond"/>.</summary>
    Throttled,

    /// <summary>Holds them back; they come through when the mode is another one.</summary>
    Frozen,

    /// <summary>Takes all and says nothing: both sides believe in a connection that is there no longer. What was said is lost.</summary>
    HalfOpen,

    /// <summary>Says something that nobody can read in the place of what the server says.</summary>
    Garbage,
}

/// <summary>A <see cref="ProxyKind"/> with its measure.</summary>
internal sealed record ProxyMode(ProxyKind Kind)
{
    public static readonly ProxyMode Pass = new(ProxyKind.Pass);
    public static readonly ProxyMode Frozen = new(ProxyKind.Frozen);
    public static readonly ProxyMode HalfOpen = new(ProxyKind.HalfOpen);
    public static readonly ProxyMode Garbage = new(ProxyKind.Garbage);

    /// <summary>One byte after the other: what is whole only after minutes.</summary>
    public static readonly ProxyMode SlowLoris = Throttled(bytesPerSecond: 1);

    /// <summary>How late a piece is.</summary>
    public TimeSpan Delay { get; private init; }

    /// <summary>How many bytes come through in a second.</summary>
    public int BytesPerSecond { get; private init; }

    public static ProxyMode Delayed(TimeSpan delay) => new(ProxyKind.Delayed) { Delay = delay };

    public static ProxyMode Throttled(int bytesPerSecond) => new(ProxyKind.Throttled) { BytesPerSecond = bytesPerSecond };
}
