using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Entries;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// One life of a node's inner actor system, from its start to its end. It is hosted by itself and not by the process's host, so that its end
/// ends nothing else.
/// </summary>
internal sealed partial class Incarnation : IAsyncDisposable
{
    /// <summary>The longest that an end may take.</summary>
    public static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(2);
    private readonly ServiceProvider _host;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ActorSystem _system;
    private readonly AkkaCluster _cluster;
    private readonly NodeSeat _seat;
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isJoining;

    private Incarnation(ServiceProvider host, ActorServices services, string? certificate)
    {
        _host = host;
        _time = services.Clock.Time;
        _log = services.Log.CreateLogger<Incarnation>();
        _system = host.GetRequiredService<ActorSystem>();
        _cluster = AkkaCluster.Get(_system);
        var actors = host.GetRequiredService<IReadOnlyActorRegistry>();
        var self = new OwnerId(_cluster.SelfAddress.ToString(), _cluster.SelfUniqueAddress.Uid);
        _seat = new NodeSeat(self, actors.Get<CustomerActor>(), actors.Get<LeaseDesk>());
        Certificate = certificate;
        _system.ActorOf(Props.Create(() => new NodeWatch(this, services)), "node-watch");
    }

    /// <summary>Which certificate it speaks with, or null.</summary>
    public string? Certificate { get; }

    /// <summary>Its place in the cluster, while it is up.</summary>
    public NodeSeat? Now => IsUp ? _seat : null;

    /// <summary>Ends when it is up for the first time.</summary>
    public Task Up => _up.Task;

    /// <summary>Whether it is up.</summary>
    public bool IsUp => _up.Task.IsCompleted && !_gone.Task.IsCompleted && !IsOver;

    /// <summary>Whether it has ended by itself, or was removed by others. Its own status tells nothing of that: it is the same before it joins.</summary>
    public bool IsOver => _system.WhenTerminated.IsCompleted || _cluster.IsTerminated;

    /// <summary>Starts one. It is in no cluster yet.</summary>
    /// <param name="services">What the actors share.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="views">What the node holds of others.</param>
    /// <param name="cloud">The cloud's supervisor.</param>
    /// <param name="configure">Adds what the process's host has for every actor system: its log.</param>
    /// <param name="cancellation">Ends the start.</param>
    public static async Task<Incarnation> StartAsync(
        ActorServices services, ClusterSettings cluster, LeasedViews views, IActorRef cloud, Action<AkkaConfigurationBuilder> configure, CancellationToken cancellation)
    {
        var certificate = cluster.Tls?.Certificate?.Thumbprint;
        var parts = new ServiceCollection();
        parts.AddSingleton(services.Log);
        parts.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        parts.AddSingleton<IHostApplicationLifetime, NoApplication>();
        parts.AddAkka(SidecarActorSystem.Name, akka =>
        {
            configure(akka);
            akka.AddNodeActors(services, cluster, views, cloud);
        });
        var host = parts.BuildServiceProvider();
        try
        {
            foreach (var part in host.GetServices<IHostedService>())
                await part.StartAsync(cancellation).WaitAsync(cancellation);
            return new Incarnation(host, services, certificate);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks a member to be let in.</summary>
    /// <param name="member">The member's address.</param>
    public void Join(Address member)
    {
        _isJoining = true;
        _cluster.Join(member);
    }

    /// <summary>Forms a cluster of its own.</summary>
    public void Form() => Join(_cluster.SelfAddress);

    /// <summary>What it tells other nodes.</summary>
    public MemberView View()
    {
        var phase = IsOver || _gone.Task.IsCompleted ? NodePhase.Down : IsUp ? NodePhase.Member : _isJoining ? NodePhase.Joining : NodePhase.Seeking;
        var members = _cluster.State.Members.Select(static member => new MemberEntry(member.Address.ToString(), member.UniqueAddress.Uid, member.Status.ToString()));
        return new MemberView(SidecarActorSystem.Name, _seat.Self.Address, _seat.Self.Uid, phase, [.. members]);
    }

    /// <summary>Counts the shards that are here; null where the region does not answer.</summary>
    public async Task<int?> CountShardsAsync(CancellationToken cancellation)
    {
        try
        {
            return (await _seat.Region.Ask<ShardRegionStats>(GetShardRegionStats.Instance, StepPatience, cancellation)).Stats.Count;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>Told by its watch: it is up.</summary>
    public void BecomeUp() => _up.TrySetResult();

    /// <summary>Told by its watch: it leaves, or was removed.</summary>
    public void BecomeGone() => _gone.TrySetResult();

    /// <summary>Told by its watch: the cluster knows that it leaves, or has removed it.</summary>
    public void BecomeExiting() => _exiting.TrySetResult();

    /// <summary>Ends it, within <see cref="EndPatience"/>.</summary>
    /// <param name="leaves">Whether the cluster is told, where it is in one; else there is nobody left to tell.</param>
    public async Task EndAsync(bool leaves)
    {
        using var limit = new CancellationTokenSource(EndPatience, _time);
        try
        {
            if (leaves && IsUp)
                await LeaveAsync().WaitAsync(limit.Token);
            await _system.Terminate().WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Log.NotEnded(_log, EndPatience);
            // What it waits for may take as long as it will.
            _ = _system.Terminate();
        }
    }

    /// <inheritdoc/>
    // To dispose of an actor system is to wait for its end, which one that has not ended in its time may never come to.
    public ValueTask DisposeAsync() => _system.WhenTerminated.IsCompleted ? _host.DisposeAsync() : ValueTask.CompletedTask;

    private async Task LeaveAsync()
    {
        var shutdown = CoordinatedShutdown.Get(_system);
        if (shutdown.ShutdownReason is null)
        {
            await shutdown.Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
            return;
        }

        // A coordinated shutdown runs once in a system's life, and one was called off before. So its main steps are taken here: the shards go
        // to others, and the cluster is told.
        await Quietly(_seat.Region.GracefulStop(StepPatience, GracefulShutdown.Instance));
        _cluster.Leave(_cluster.SelfAddress);
        await Quietly(_exiting.Task.WaitAsync(StepPatience, _time));

        static Task Quietly(Task task) => Task.WhenAny(task);
    }

    // What would be ended with the actor system. Here that is nothing.
    private sealed class NoApplication : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(612, LogLevel.Error, "the actor system of this node's place in the cluster has not ended within {Patience}")]
        public static partial void NotEnded(ILogger logger, TimeSpan patience);
    }
}
