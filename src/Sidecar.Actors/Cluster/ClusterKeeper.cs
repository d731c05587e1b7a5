using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// Keeps this process in a cluster: finds one or forms one, sees when it has fallen apart, and then starts the inner actor system anew under
/// the running process. Nothing waits for it: a node without a cluster answers by itself.
/// </summary>
public sealed class ClusterKeeper : BackgroundService, INodeSeats
{
    /// <summary>The longest that leaving may take.</summary>
    public static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(5);

    /// <summary>An actor system that can't be started for that long ends the process.</summary>
    public static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan SeekRound = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StartRound = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WatchRound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(4);

    private readonly ClusterSettings _settings;
    private readonly MemberExchange _exchange;
    private readonly ActorServices _services;
    private readonly LeasedViews _views;
    private readonly TimeProvider _time;
    private readonly Func<CancellationToken, Task<IActorRef>> _cloud;
    private readonly Action<AkkaConfigurationBuilder> _configure;
    private readonly Action _giveUp;
    private readonly ClusterMetrics _metrics;
    private readonly KeeperLog _log;
    private readonly CertificateTurns _turns;
    private readonly CancellationTokenSource _leaving = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Incarnation? _incarnation;
    private volatile bool _wasMember;

    /// <summary>Makes the keeper.</summary>
    /// <param name="settings">The cluster.</param>
    /// <param name="exchange">Asks other nodes.</param>
    /// <param name="services">What the actors share.</param>
    /// <param name="views">What the node holds of others.</param>
    /// <param name="cloud">The cloud's supervisor, once there is one.</param>
    /// <param name="configure">Adds what the process's host has for every actor system: its log.</param>
    /// <param name="giveUp">Ends the process: without its actor system it is better started anew.</param>
    public ClusterKeeper(
        ClusterSettings settings,
        MemberExchange exchange,
        ActorServices services,
        LeasedViews views,
        Func<CancellationToken, Task<IActorRef>> cloud,
        Action<AkkaConfigurationBuilder> configure,
        Action giveUp)
    {
        _settings = settings;
        _exchange = exchange;
        _services = services;
        _views = views;
        _time = services.Clock.Time;
        _cloud = cloud;
        _configure = configure;
        _giveUp = giveUp;
        _turns = new CertificateTurns(_time);
        _metrics = services.Counters.Cluster;
        _log = new KeeperLog(services.Log.CreateLogger<ClusterKeeper>());
    }

    /// <inheritdoc/>
    public NodeSeat? Now => _incarnation?.Now;

    /// <summary>Whether this node has been a member of a cluster since the process's start.</summary>
    public bool WasMember => _wasMember;

    /// <summary>What this node tells others.</summary>
    public MemberView View() => _leaving.IsCancellationRequested || _incarnation is not { } incarnation
        ? new MemberView(SidecarActorSystem.Name, _settings.Address, 0, NodePhase.Down, [])
        : incarnation.View();

    /// <summary>Leaves the cluster for good, within <see cref="LeavePatience"/>. From now on this node answers by itself.</summary>
    public async Task LeaveAsync()
    {
        await _leaving.CancelAsync();
        if (ExecuteTask is not null)
            await Task.WhenAny(_ended.Task, Task.Delay(LeavePatience, _time));
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await LeaveAsync();
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _leaving.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _leaving.Token);
        try
        {
            while (await BeginAsync(end.Token) is { } incarnation)
                await LiveAsync(incarnation, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The end.
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    // Null where it can't be done.
    private async Task<Incarnation?> BeginAsync(CancellationToken end)
    {
        var cloud = await _cloud(end);
        var began = _time.GetTimestamp();
        while (true)
        {
            end.ThrowIfCancellationRequested();
            if (_settings.Tls is { Certificate: null })
            {
                // Alone until it has one, which is no failure of a start.
                began = _time.GetTimestamp();
            }
            else
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(end);
                limit.CancelAfter(StartPatience);
                try
                {
                    return await Incarnation.StartAsync(_services, _settings, _views, cloud, _configure, limit.Token);
                }
                catch (Exception e) when (!end.IsCancellationRequested)
                {
                    _log.NotStarted(e);
                }

                if (_time.GetElapsedTime(began) >= StartPatience)
                {
                    _log.GivenUp(StartPatience);
                    _giveUp();
                    return null;
                }
            }

            await Task.Delay(StartRound, _time, end);
        }
    }

    private async Task LiveAsync(Incarnation incarnation, CancellationToken end)
    {
        _incarnation = incarnation;
        var leaves = true;
        try
        {
            await SeekAsync(incarnation, end);
            var (cause, why) = await WatchAsync(incarnation, end);
            _metrics[cause].Increment();
            _log.Restarts(cause, why);
            // Where others have given this node up there is nobody to tell.
            leaves = cause == RestartCause.Certificate;
        }
        finally
        {
            // Nobody sees it any more.
            _incarnation = null;
            _metrics.Shards.Value = 0;
            var began = _time.GetTimestamp();
            await incarnation.EndAsync(leaves);
            _log.Ended(leaves, _time.GetElapsedTime(began));
            await incarnation.DisposeAsync();
        }
    }

    // Until it is up.
    private async Task SeekAsync(Incarnation incarnation, CancellationToken end)
    {
        var began = _time.GetTimestamp();
        while (!incarnation.Up.IsCompleted && !incarnation.IsOver)
        {
            var answers = await _exchange.AskAllAsync(end);
            switch (JoinRule.Next(incarnation.View(), answers, _settings.RequiredNodes, _time.GetElapsedTime(began), ClusterSettings.AloneAfter))
            {
                case JoinStep.Join join when Address.TryParse(join.Address, out var member):
                    _log.Joins(join.Address);
                    incarnation.Join(member);
                    await UntilUpAsync(incarnation, JoinPatience, end);
                    break;
                case JoinStep.Form form:
                    _log.Forms(form.Why);
                    incarnation.Form();
                    await UntilUpAsync(incarnation, JoinPatience, end);
                    break;
                default:
                    await Task.Delay(SeekRound, _time, end);
                    break;
            }
        }

        if (!incarnation.IsUp)
            return;
        _wasMember = true;
        _log.Up(_settings.Address, _time.GetElapsedTime(began));
    }

    private async Task UntilUpAsync(Incarnation incarnation, TimeSpan patience, CancellationToken end)
    {
        await Task.WhenAny(incarnation.Up, Task.Delay(patience, _time, end));
        end.ThrowIfCancellationRequested();
    }

    // While all is well.
    private async Task<(RestartCause Cause, string Why)> WatchAsync(Incarnation incarnation, CancellationToken end)
    {
        var watch = new SplitWatch(_time);
        while (true)
        {
            watch.BeginRest(WatchRound);
            await Task.Delay(WatchRound, _time, end);
            watch.EndRest();
            if (incarnation.IsOver)
                return (RestartCause.Removed, "its actor system ended, or was removed by others");

            var hasOther = _settings.Tls?.Certificate?.Thumbprint is { } certificate && certificate != incarnation.Certificate;
            if (_turns.IsDue(incarnation.View(), hasOther))
                return (RestartCause.Certificate, "it has another certificate");

            if (await incarnation.CountShardsAsync(end) is { } shards)
                _metrics.Shards.Value = shards;
            watch.BeginRest(NamedNodes.Patience + MemberExchange.Patience);
            var answers = await _exchange.AskAllAsync(end);
            watch.EndRest();
            if (watch.See(incarnation.View(), answers) is { } why)
                return (watch.HasStoodStill ? RestartCause.Pause : RestartCause.Split, why);
            if (watch.IsFirst)
                _log.Sees(watch.Seen!);
        }
    }
}
