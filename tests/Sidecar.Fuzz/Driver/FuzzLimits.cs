namespace Sidecar.Fuzz.Driver;

/// <summary>What no execution may take.</summary>
internal sealed record FuzzLimits
{
    /// <summary>An execution that takes longer is tried again, as the machine may have been busy; when it always does, it is a failure.</summary>
    public TimeSpan Slow { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>An execution that has not ended by then is a failure at once.</summary>
    public TimeSpan Endless { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What may stay on the heap, however many inputs were tried, in bytes.</summary>
    public long Heap { get; init; } = 256L * 1024 * 1024;
}
