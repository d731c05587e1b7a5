using System.Threading.Channels;
using Akka.Actor;
using Microsoft.Extensions.Time.Testing;

namespace Sidecar.Actors.Tests.Support;

/// <summary>Makes readings of a clock throw within chosen actors, and nowhere else.</summary>
internal sealed class ClockFault
{
    private Func<ActorPath, bool, bool>? _strikes;
    private int _count;

    /// <summary>Readings that threw.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Throws where a function of the reading actor, and of whether the wall clock is read, says so; null for nowhere.</summary>
    public void Strike(Func<ActorPath, bool, bool>? when) => Volatile.Write(ref _strikes, when);

    /// <summary>Throws once, at an actor's n-th reading from now on.</summary>
    public void StrikeAt(IActorRef actor, int reading)
    {
        var left = reading;
        Strike((path, _) => path.Equals(actor.Path) && Interlocked.Decrement(ref left) == 0);
    }

    /// <summary>Called with each reading.</summary>
    public void OnReading(bool isWallClock)
    {
        if (Volatile.Read(ref _strikes) is not { } strikes
            || ActorCell.GetCurrentSelfOrNoSender() is not { } self || !strikes(self.Path, isWallClock))
            return;
        Interlocked.Increment(ref _count);
        throw new InvalidOperationException("the clock is broken");
    }
}

/// <summary>A clock that stands still until it is told to go on, and that can be made to fail.</summary>
internal sealed class VirtualTime() : FakeTimeProvider(new DateTimeOffset(2026, 10, 1, 12, 0, 0, TimeSpan.Zero))
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>Makes readings throw.</summary>
    public ClockFault Fault { get; } = new();

    public override DateTimeOffset GetUtcNow()
    {
        Fault.OnReading(isWallClock: true);
        return base.GetUtcNow();
    }

    // One tick of the wall clock is one of the monotonic one; the base would read the wall clock once more.
    public override long GetTimestamp()
    {
        Fault.OnReading(isWallClock: false);
        return base.GetUtcNow().Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>The delay of the next timer that was or will be started, in their order: then it may be let run out.</summary>
    public Task<TimeSpan> NextTimerAsync() => _timers.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Patience);
}

/// <summary>The real clock, which can be made to fail. It is slow, since no limit that it is asked about is what is tried with it.</summary>
internal sealed class FaultyTime() : SlowTime(3)
{
    /// <summary>Makes readings throw.</summary>
    public ClockFault Fault { get; } = new();

    public override DateTimeOffset GetUtcNow()
    {
        Fault.OnReading(isWallClock: true);
        return base.GetUtcNow();
    }

    public override long GetTimestamp()
    {
        Fault.OnReading(isWallClock: false);
        return base.GetTimestamp();
    }
}
