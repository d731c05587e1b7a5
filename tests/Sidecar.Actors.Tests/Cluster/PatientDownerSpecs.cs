using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Tests.Support;
using AkkaCluster = Akka.Cluster.Cluster;
using ClusterSettings = Sidecar.Actors.Cluster.ClusterSettings;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>Two actor systems of one cluster, of which one ends without a word. The time that counts for who is given up is a virtual one.</summary>
public sealed class PatientDownerSpecs : IAsyncLifetime, IDisposable
{
    private const int GivenUp = 630;
    private const int StoodStill = 631;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);
    private readonly CountedTime _time = new();
    private readonly LogCapture _log = new();
    private readonly ActorSystem _staying;
    private readonly ActorSystem _lost;

    public PatientDownerSpecs()
    {
        _staying = Start(_time, _log);
        _lost = Start(new FakeTimeProvider(), _log);
    }

    private AkkaCluster Cluster => AkkaCluster.Get(_staying);

    public async Task InitializeAsync()
    {
        Cluster.Join(Cluster.SelfAddress);
        AkkaCluster.Get(_lost).Join(Cluster.SelfAddress);
        await Eventually.HoldsAsync(() => Cluster.State.Members.Count(m => m.Status == MemberStatus.Up) == 2, "both are members");
    }

    public async Task DisposeAsync()
    {
        await _staying.Terminate();
        await _lost.Terminate();
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_node_out_of_reach_is_given_up_after_two_seconds_and_not_before()
    {
        await LoseAsync();

        await PassAsync(ClusterSettings.DownAfter - Step);
        Cluster.State.Members.Should().HaveCount(2);
        _log.Of(GivenUp).Should().BeEmpty();
        await PassAsync(2 * Step);

        await Eventually.HoldsAsync(() => Cluster.State.Members.Count == 1, "it is no member any more");
        _log.Of(GivenUp).Should().ContainSingle();
        Cluster.IsTerminated.Should().BeFalse("the own side is never given up");
    }

    [Fact]
    public async Task After_a_pause_of_its_own_nobody_is_given_up_before_two_seconds_more()
    {
        await LoseAsync();

        _time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.HoldsAsync(() => _log.Of(StoodStill).Count == 1, "the pause is seen");
        await PassAsync(ClusterSettings.DownAfter - Step);
        Cluster.State.Members.Should().HaveCount(2);
        await PassAsync(2 * Step);

        await Eventually.HoldsAsync(() => Cluster.State.Members.Count == 1, "it is no member any more");
    }

    // Without leaving.
    private async Task LoseAsync()
    {
        await _lost.Terminate();
        await Eventually.HoldsAsync(() => Cluster.State.Unreachable.Count == 1, "it is out of reach");
        await LookedAsync();
    }

    private async Task PassAsync(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= Step)
        {
            _time.Advance(Step);
            await LookedAsync();
        }
    }

    // It looks four times a second of the real clock, and what it was told before it has seen by then.
    private async Task LookedAsync()
    {
        var before = _time.Readings;
        await Eventually.HoldsAsync(() => _time.Readings >= before + 3, "it looks");
    }

    private static ActorSystem Start(TimeProvider time, LogCapture log) => ActorSystem.Create("sidecar", ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig("""
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
            akka.remote.dot-netty.tcp.port = 0
            akka.cluster.downing-provider-class = "Sidecar.Actors.Cluster.PatientDowning, Sidecar.Actors"
            akka.cluster.failure-detector.heartbeat-interval = 200ms
            akka.cluster.failure-detector.acceptable-heartbeat-pause = 1s
            akka.cluster.run-coordinated-shutdown-when-down = off
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
            akka.loggers = []
            akka.stdout-loglevel = OFF
            """),
        new PatientDowningSetup(time, log)));

    private sealed class CountedTime : FakeTimeProvider
    {
        private int _readings;

        public int Readings => Volatile.Read(ref _readings);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _readings);
            return base.GetTimestamp();
        }
    }
}
