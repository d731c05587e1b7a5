using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Updates;

/// <summary>
/// One connection to the stream of updates, from the try to make it to its end: connects, subscribes, keeps it alive, and has what is
/// received applied. It tells its owner that it is up, and how it ended; then it stops.
/// </summary>
#pragma warning disable CA1001 // What is to be disposed is disposed in PostStop.
internal sealed class UpdateConnection : UntypedActor, IWithTimers
#pragma warning restore CA1001
{
    private const string PhaseTimer = "phase";
    private const string SendTimer = "send";
    private const string SendFaultTimer = "send-fault";
    private const string PingTimer = "ping";
    private const string WatchTimer = "watch";

    // A peer that takes nothing for so long is gone.
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    // When sending fails, what is received may tell why: so long it is waited for.
    private static readonly TimeSpan ReasonPatience = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly ActorServices _services;
    private readonly UpdateStreamServices _updates;
    private readonly INewsDesk _desk;
    private readonly Secret _key;
    private readonly long _number;
    private readonly SignOfLife _life;
    private readonly SocketWatch _watch = new();
    private readonly CancellationTokenSource _ending = new();

    // The opening messages; later there are but two that can be due, each once.
    private readonly Queue<ReadOnlyMemory<byte>> _opening = new();
    private IUpdateSocket? _socket;
    private Phase _phase = Phase.Connecting;
    private bool _isPingDue;
    private bool _isPongDue;
    private bool _isSending;
    private bool _isEnded;
    private int _isPongTold;
    private TimeSpan _pingSentAt;
    private long _unreadable;
    private string _unreadableFault = "";

    public UpdateConnection(
        ActorServices services, UpdateStreamServices updates, INewsDesk desk, Secret key, long number, SignOfLife life)
    {
        _services = services;
        _updates = updates;
        _desk = desk;
        _key = key;
        _number = number;
        _life = life;
    }

    private enum Phase
    {
        Connecting,
        Acknowledging,
        Subscribing,
        AwaitingPong,
        Settling,
        Up,
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Failed(UpdateSocketFault Fault, string Detail, bool IsByCloud = false) : INoSerializationVerificationNeeded;

    private sealed record SendFailed(Failed Failure) : INoSerializationVerificationNeeded;

    private enum Step
    {
        Connected,

        /// <summary>The receiving side begins, or hands over a message: it goes on when it is told that this was taken.</summary>
        Begins,
        Taken,
        Sent,
        PingDue,
        PongDue,
        Settled,
        Look,
    }

    private sealed record Signal(Step Step) : INoSerializationVerificationNeeded
    {
        public static readonly Signal Connected = new(Step.Connected);
        public static readonly Signal Begins = new(Step.Begins);
        public static readonly Signal Taken = new(Step.Taken);
        public static readonly Signal Sent = new(Step.Sent);
        public static readonly Signal PingDue = new(Step.PingDue);
        public static readonly Signal PongDue = new(Step.PongDue);
        public static readonly Signal Settled = new(Step.Settled);
        public static readonly Signal Look = new(Step.Look);
    }

    public static Props Props(
        ActorServices services, UpdateStreamServices updates, INewsDesk desk, Secret key, long number, SignOfLife life) =>
        Akka.Actor.Props.Create(() => new UpdateConnection(services, updates, desk, key, number, life));

    protected override void PreStart()
    {
        var socket = _socket = _updates.Socket();
        var ending = _ending.Token;
        FailAfter(UpdateSettings.ConnectTimeout, "no connection");
        // Off this thread: the first part of connecting runs in the caller.
        _ = Task.Run(() => socket.ConnectAsync(ending), CancellationToken.None)
            .PipeTo(Self, success: () => Signal.Connected, failure: FailureOf);
    }

    protected override void PostStop()
    {
        _ending.Cancel();
        _socket?.Abort();
        _socket?.Dispose();
        _ending.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Heard heard:
                OnHeard(heard);
                Sender.Tell(Signal.Taken);
                break;
            case Failed failed:
                if (failed.IsByCloud)
                    _life.Last = _services.Clock.Uptime;
                End(failed.Fault, failed.Detail);
                break;
            case SendFailed failed:
                Timers.Cancel(SendTimer);
                Timers.StartSingleTimer(SendFaultTimer, failed.Failure with { IsByCloud = false }, ReasonPatience);
                break;
            case Signal signal:
                OnSignal(signal.Step);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnSignal(Step step)
    {
        switch (step)
        {
            case Step.Begins:
                Sender.Tell(Signal.Taken);
                break;
            case Step.Connected:
                OnConnected();
                break;
            case Step.Sent:
                _isSending = false;
                Timers.Cancel(SendTimer);
                SendNext();
                break;
            case Step.PingDue:
                _isPingDue = true;
                SendNext();
                break;
            case Step.PongDue:
                Volatile.Write(ref _isPongTold, 0);
                _isPongDue = true;
                SendNext();
                break;
            case Step.Settled:
                _phase = Phase.Up;
                Context.Parent.Tell(new ConnectionUp(_number));
                break;
            case Step.Look:
                OnLook();
                break;
        }
    }

    private void OnConnected()
    {
        _phase = Phase.Acknowledging;
        FailAfter(UpdateSettings.AcknowledgeTimeout, "the connection was not acknowledged");
        _opening.Enqueue(StreamRequests.ConnectionInit(_key.Reveal(), _updates.Settings.Identity));
        SendNext();

        // However fast pings come, one word of them is under way.
        var self = Self;
        void TellPong()
        {
            if (Interlocked.Exchange(ref _isPongTold, 1) == 0)
                self.Tell(Signal.PongDue);
        }

        UpdateFlow.Received(_socket!, _watch, _services.Clock, _services.Counters.Stream, _ending.Token)
            .Via(UpdateFlow.Decoded(_updates.Decode))
            .Via(UpdateFlow.PingsAnswered(TellPong))
            .Via(UpdateFlow.Brought(_desk, _services.Counters.News))
            .RunWith(
                Sink.ActorRefWithAck<Heard>(
                    Self, Signal.Begins, Signal.Taken, new Failed(UpdateSocketFault.Closed, "the stream ended"), FailureOf),
                Context.Materializer());
        Timers.StartPeriodicTimer(WatchTimer, Signal.Look, WatchInterval);
    }

    private void OnHeard(Heard heard)
    {
        // Nothing that came before it is still to be applied.
        _life.Last = heard.At;
        switch (heard.Message)
        {
            case StreamMessage.Acknowledged when _phase == Phase.Acknowledging:
                _phase = Phase.Subscribing;
                Timers.Cancel(PhaseTimer);
                foreach (var subscribe in StreamRequests.Subscribes)
                    _opening.Enqueue(subscribe);
                _isPingDue = true;
                Timers.StartPeriodicTimer(PingTimer, Signal.PingDue, UpdateSettings.PingInterval);
                SendNext();
                break;
            case StreamMessage.Pong when _phase == Phase.AwaitingPong:
                _phase = Phase.Settling;
                Timers.StartSingleTimer(PhaseTimer, Signal.Settled, UpdateSettings.SettlingTime);
                break;
            case StreamMessage.Unreadable unreadable:
                _unreadable++;
                _unreadableFault = unreadable.Fault;
                break;
            case StreamMessage.Ended { Error.Code: CloudError.Unauthenticated } ended:
                End(UpdateSocketFault.InvalidKey, $"subscription {ended.Subscription}: {CloudError.Unauthenticated}");
                break;
            case StreamMessage.Ended { Error.Code: CloudError.RateLimitExceeded } ended:
                End(UpdateSocketFault.Throttled, $"subscription {ended.Subscription}: {CloudError.RateLimitExceeded}");
                break;
            case StreamMessage.Ended ended:
                End(UpdateSocketFault.Closed, $"subscription {ended.Subscription} ended: {ended.Error?.Code ?? "no error code"}");
                break;
        }
    }

    private void OnLook()
    {
        TellUnreadable();
        if (_watch.WaitingSince is not { } since)
            return;
        var now = _services.Clock.Uptime;
        if (now - since > UpdateSettings.DeadAfter)
            End(UpdateSocketFault.Timeout, $"nothing came for {UpdateSettings.DeadAfter.TotalSeconds:0} s");
        else if (_phase == Phase.AwaitingPong && now - _pingSentAt > UpdateSettings.DeadAfter)
            End(UpdateSocketFault.Timeout, $"no pong came within {UpdateSettings.DeadAfter.TotalSeconds:0} s");
    }

    // One at a time, and what is due meanwhile is due once.
    private void SendNext()
    {
        if (_isSending || _isEnded)
            return;
        if (_opening.TryDequeue(out var message))
        {
            Send(message);
        }
        else if (_isPongDue)
        {
            _isPongDue = false;
            Send(StreamRequests.Pong);
        }
        else if (_isPingDue)
        {
            _isPingDue = false;
            if (_phase == Phase.Subscribing)
            {
                // The subscriptions are on their way: the pong to this ping tells that they arrived.
                _phase = Phase.AwaitingPong;
                _pingSentAt = _services.Clock.Uptime;
            }

            Send(StreamRequests.Ping);
        }
    }

    private void Send(ReadOnlyMemory<byte> message)
    {
        _isSending = true;
        Timers.StartSingleTimer(
            SendTimer,
            new Failed(UpdateSocketFault.Timeout, $"nothing could be sent for {SendTimeout.TotalSeconds:0} s"),
            SendTimeout);
        var socket = _socket!;
        var ending = _ending.Token;
        _ = Task.Run(async () => await socket.SendAsync(message, ending), CancellationToken.None)
            .PipeTo(Self, success: () => Signal.Sent, failure: e => new SendFailed(FailureOf(e)));
    }

    private void FailAfter(TimeSpan time, string what) =>
        Timers.StartSingleTimer(
            PhaseTimer, new Failed(UpdateSocketFault.Timeout, $"{what} within {time.TotalSeconds:0} s"), time);

    private void End(UpdateSocketFault fault, string detail)
    {
        if (_isEnded)
            return;
        _isEnded = true;
        TellUnreadable();
        _socket?.Abort();
        Context.Parent.Tell(new ConnectionEnded(_number, fault, detail));
        Context.Stop(Self);
    }

    private void TellUnreadable()
    {
        if (_unreadable == 0)
            return;
        Context.Parent.Tell(new MessagesUnreadable(_unreadable, _unreadableFault));
        _unreadable = 0;
    }

    private static Failed FailureOf(Exception exception)
    {
        var cause = exception;
        while (cause is AggregateException { InnerException: { } inner })
            cause = inner;
        return cause switch
        {
            UpdateSocketException e => new Failed(e.Fault, e.Message, e.IsByCloud),
            OperationCanceledException => new Failed(UpdateSocketFault.Network, "the connection was given up"),
            // What it says may hold part of a message.
            _ => new Failed(UpdateSocketFault.Network, $"the connection failed within: {cause.GetType().Name}"),
        };
    }
}
