using Akka.Actor;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Reads entries from Edge: so many at once, so many waiting, the rest refused at once. Who asks decides which reads there are; each
/// is answered exactly once, also across a restart.
/// </summary>
internal sealed class EntitlementFetcher : UntypedActor, IWithTimers
{
    private readonly ActorServices _services;
    private readonly Queue<Again> _waiting = new();
    private RestartPause _pause = null!;
    private int _underWay;

    // The read being started, until it waits for its result or is answered.
    private Again? _inHand;

    public EntitlementFetcher(ActorServices services) => _services = services;

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Done(ReadEntry Read, CloudRead Result) : INoSerializationVerificationNeeded;

    // Of the incarnation that crashed: the reads it had begun, whose results still come.
    private sealed record Handover(int Failures, int UnderWay) : INoSerializationVerificationNeeded;

    // A read, and whether the incarnation that crashed had it in hand: then it may be the cause.
    private sealed record Again(ReadEntry Read, bool IsSuspect) : INoSerializationVerificationNeeded;

    public static Props Props(ActorServices services) => Akka.Actor.Props.Create(() => new EntitlementFetcher(services));

    protected override void PreStart() => _pause = new RestartPause(Timers, _services.Jitter);

    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        _pause.Begin(0);
    }

    protected override void PreRestart(Exception reason, object message)
    {
        Self.Tell(new Handover(_pause.Failures, _underWay));
        if (_inHand is { IsSuspect: true })
            Reply(_inHand.Read, CloudRead.Failed(CloudFailureKind.Network, $"the read failed within: {reason.Message}"));
        else if (_inHand is not null)
            Self.Tell(_inHand with { IsSuspect = true });
        foreach (var waiting in _waiting)
            Self.Tell(waiting);

        base.PreRestart(reason, message);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadEntry read:
                Accept(new Again(read, IsSuspect: false));
                break;
            case Again again:
                Accept(again);
                break;
            case Done done:
                _underWay--;
                if (done.Result.State is not null)
                    _pause.Reset();
                Context.Parent.Tell(new CloudOutcome(done.Result.Failure, IsStartUp: false, done.Result.Unreadable));
                Reply(done.Read, done.Result);
                StartWaiting();
                break;
            case Handover handover:
                _underWay += handover.UnderWay;
                if (handover.Failures > 0)
                    _pause.Begin(handover.Failures);
                break;
            case RestartPause.Over:
                _pause.End();
                StartWaiting();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Accept(Again read)
    {
        if (_waiting.Count >= CloudSettings.MaxQueuedReads)
        {
            Reply(read.Read, CloudRead.Failed(CloudFailureKind.Busy, $"{CloudSettings.MaxQueuedReads} reads wait already"));
            return;
        }

        _waiting.Enqueue(read);
        StartWaiting();
    }

    private void StartWaiting()
    {
        while (!_pause.IsOn && _underWay < CloudSettings.MaxConcurrentReads && _waiting.TryDequeue(out _inHand))
        {
            Start(_inHand.Read);
            _inHand = null;
        }
    }

    private void Start(ReadEntry read)
    {
        var limit = read.Deadline - _services.Clock.Uptime;
        if (limit <= TimeSpan.Zero)
        {
            Reply(read, CloudRead.Failed(CloudFailureKind.Timeout, "the time was over before its turn came"));
            return;
        }

        _underWay++;
        // Off this thread: the first part of a request runs in the caller.
        _ = Task.Run(() => _services.Edge.ReadStateAsync(read.Key, limit)).PipeTo(
            Self,
            success: result => new Done(read, result),
            failure: e => new Done(read, CloudRead.Failed(CloudFailureKind.Network, e.Message)));
    }

    private static void Reply(ReadEntry read, CloudRead result) => read.ReplyTo.Tell(new EntryRead(read.Key, read.Number, result));
}
