namespace Sidecar.Actors.Updates;

/// <summary>
/// When the last message of a connection came whose predecessors were all applied. The connection writes it; its owner reads it when the
/// connection is gone, however it went.
/// </summary>
internal sealed class SignOfLife
{
    private long _last;

    /// <summary>The instant, on the monotonic clock.</summary>
    public TimeSpan Last
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _last));
        set => Volatile.Write(ref _last, value.Ticks);
    }
}

/// <summary>
/// Tells since when the receiving side waits for the socket. While it does not, because what came is still being applied, nothing that the
/// other side does or does not do can be seen.
/// </summary>
internal sealed class SocketWatch
{
    private const long NotWaiting = -1;
    private long _since = NotWaiting;

    /// <summary>Since when it waits, on the monotonic clock; null while it does not.</summary>
    public TimeSpan? WaitingSince
    {
        get => Volatile.Read(ref _since) is var since && since == NotWaiting ? null : TimeSpan.FromTicks(since);
        set => Volatile.Write(ref _since, value?.Ticks ?? NotWaiting);
    }
}
