using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Sidecar.Model.Tests;

/// <summary>The actors' scheduler on the clock of the run, so that there is one time and not two that have to be moved together.</summary>
internal sealed class VirtualScheduler : SchedulerBase
{
    private const string ClockPath = "model.clock";
    private static readonly ConcurrentDictionary<string, VirtualClock> Clocks = new(StringComparer.Ordinal);
    private readonly VirtualClock _clock;

    public VirtualScheduler(Config settings, ILoggingAdapter log)
        : base(settings, log) => _clock = Clocks[settings.GetString(ClockPath)];

    public override TimeSpan MonotonicClock => _clock.Uptime;

    public override TimeSpan HighResMonotonicClock => _clock.Uptime;

    protected override DateTimeOffset TimeNow => _clock.Utc;

    /// <summary>The settings of a system whose scheduler runs on a clock, under a name of the run's own.</summary>
    public static string SettingsFor(VirtualClock clock, string name)
    {
        Clocks[name] = clock;
        return $"""
            akka.scheduler.implementation = "{typeof(VirtualScheduler).FullName}, {typeof(VirtualScheduler).Assembly.GetName().Name}"
            {ClockPath} = "{name}"
            """;
    }

    /// <summary>Forgets a clock.</summary>
    public static void Forget(string name) => Clocks.TryRemove(name, out _);

    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Begin(delay, Timeout.InfiniteTimeSpan, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Begin(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Begin(delay, Timeout.InfiniteTimeSpan, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Begin(delay, Timeout.InfiniteTimeSpan, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Begin(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Begin(initialDelay, interval, action.Run, cancelable);

    private void Begin(TimeSpan delay, TimeSpan period, Action action, ICancelable? cancelable)
    {
        if (cancelable is { IsCancellationRequested: true })
            return;
        var timer = _clock.CreateTimer(
            _ =>
            {
                if (cancelable is not { IsCancellationRequested: true })
                    action();
            },
            null,
            delay,
            period);
        cancelable?.Token.Register(timer.Dispose);
    }
}
