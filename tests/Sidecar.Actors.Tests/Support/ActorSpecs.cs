using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Snapshots;

namespace Sidecar.Actors.Tests.Support;

/// <summary>Actors in virtual time: nothing happens before a spec says that time passes.</summary>
public abstract class ActorSpecs : TestKit
{
    private const string Quiet = """
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.test.single-expect-default = 30s
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        """;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private TestProbe? _settled;
    private ActorServices? _services;

    protected ActorSpecs()
        : base(Quiet)
    {
    }

    /// <summary>The clock of everything.</summary>
    internal VirtualTime Time { get; } = new();

    /// <summary>What is logged.</summary>
    internal LogCapture Logged { get; } = new();

    /// <summary>What the actors share.</summary>
    internal ActorServices Services
    {
        get => _services ??= NewServices(ScriptedHandler.Hanging());
        set => _services = value;
    }

    /// <summary>What the actors draw of the backoff's jitter: the middle, so that delays are those of the table.</summary>
    protected double Jitter { get; set; } = 0.5;

    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    /// <summary>Services whose reads go to a scripted transport.</summary>
    internal ActorServices NewServices(
        HttpMessageHandler cloud,
        string? key = TestCloud.Key,
        long maxBytes = 64 * EntitlementCache.SmallestMaxBytes,
        int maxRequestsPerSecond = TestCloud.NoBoundThatMatters,
        CloudPath readPath = CloudPath.Edge)
    {
        var settings = TestCloud.Settings(key) with { MaxRequestsPerSecond = maxRequestsPerSecond, ReadPath = readPath };
        var counters = new SidecarCounters();
        return new ActorServices
        {
            Clock = new ProcessClock(Time),
            Cache = new EntitlementCache(maxBytes),
            Counters = counters,
            Cloud = new CloudClient(settings, counters, Time, () => Jitter, cloud),
            Jitter = () => Jitter,
            Snapshots = new SnapshotServices { Prefix = "local" },
            Log = Logged,
        };
    }

    /// <summary>An actor under a parent that restarts it whatever happens, and the parent, which passes on what it is told.</summary>
    internal (IActorRef Actor, TestProbe Parent) Supervised(Props props, string name)
    {
        var seen = CreateTestProbe();
        var parent = Sys.ActorOf(Props.Create(() => new Guardian(props, name, seen.Ref)));
        parent.Tell(Guardian.WhoIsIt.Instance, seen.Ref);
        return (seen.ExpectMsg<ActorIdentity>().Subject, seen);
    }

    /// <summary>Ends when an actor has done what it was told up to now, what it told itself meanwhile, and a restart in between.</summary>
    protected void Settle(IActorRef actor) => Settle(actor, rounds: 4);

    /// <summary>Lets time pass, in small steps, so that what an actor does at one instant is done before the next one.</summary>
    protected void Advance(TimeSpan time, params IActorRef[] settling)
    {
        foreach (var actor in settling)
            Settle(actor);
        var longest = TimeSpan.FromTicks(Math.Max(Step.Ticks, time.Ticks / 200));
        for (var left = time; left > TimeSpan.Zero; left -= longest)
        {
            var step = left < longest ? left : longest;
            Time.Advance(step);
            Scheduler.Advance(step);
            foreach (var actor in settling)
                Settle(actor, rounds: 2);
        }
    }

    private void Settle(IActorRef actor, int rounds)
    {
        if (_settled is null)
        {
            _settled = CreateTestProbe("settled");
            Sys.EventStream.Subscribe(_settled.Ref, typeof(UnhandledMessage));
        }

        for (var round = 0; round < rounds; round++)
        {
            var marker = new Marker();
            actor.Tell(marker, ActorRefs.NoSender);
            _settled.FishForMessage(
                m => m is UnhandledMessage { Message: Marker seen } && ReferenceEquals(seen, marker), Eventually.Patience);
        }
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _services?.Cloud.Dispose();
    }

    private sealed class Marker : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded;

    private sealed class Guardian : UntypedActor
    {
        private readonly IActorRef _seen;
        private readonly IActorRef _child;

        public Guardian(Props child, string name, IActorRef seen)
        {
            _seen = seen;
            _child = Context.ActorOf(child, name);
        }

        internal sealed class WhoIsIt : INoSerializationVerificationNeeded
        {
            public static readonly WhoIsIt Instance = new();
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

        protected override void OnReceive(object message)
        {
            if (message is WhoIsIt)
                Sender.Tell(new ActorIdentity(null, _child));
            else
                _seen.Forward(message);
        }
    }
}
