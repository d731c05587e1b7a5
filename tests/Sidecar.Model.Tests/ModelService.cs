using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>The real actors of a process by itself, on a virtual clock, with a scripted cloud; and what was seen of them.</summary>
internal sealed class ModelService : IDisposable
{
    // The actors of the system itself, too, run on the thread pool: see Rest.
    private const string Settings = """
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.actor.internal-dispatcher.executor = default-executor
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """;

    private const double Jitter = 0.5;
    private const long MaxBytes = EntitlementCache.SmallestMaxBytes;
    private static int _runs;
    private readonly string _name = $"model-{Interlocked.Increment(ref _runs)}";
    private readonly Lock _lock = new();
    private readonly SidecarCounters _counters = new();
    private readonly ActorServices _services;
    private readonly ActorSystem _system;
    private readonly ActorRefWithCell _shards;
    private readonly Customers _customers;
    private readonly ReportSender _sender;
    private readonly ReportDesk _reports;
    private readonly Rest _rest;
    private List<Observation> _seen = [];

    /// <summary>Starts everything.</summary>
    /// <param name="rest">Tells when it has come to rest.</param>
    /// <param name="hasStore">Whether there is a persistent cache.</param>
    public ModelService(Rest rest, bool hasStore)
    {
        Store = new ModelStore(Note);
        _rest = rest;
        var settings = TestCloud.Settings();
        _sender = new ReportSender(settings, _counters, Clock, () => Jitter, Edge);
        LocalRoad road = null!;
        _services = new ActorServices
        {
            Clock = new ProcessClock(Clock),
            Cache = new EntitlementCache(MaxBytes),
            Counters = _counters,
            Cloud = new ObservedCloud(new CloudClient(settings, _counters, Clock, () => Jitter, Edge), Note),
            Jitter = () => Jitter,
            Log = NullLoggerFactory.Instance,
            Snapshots = hasStore ? new SnapshotServices { Prefix = ModelStore.Prefix, Owed = Store.Owe } : null,
            Updates = new UpdateStreamServices
            {
                Settings = new UpdateSettings { Url = new Uri("ws://api.test"), Identity = TestCloud.Identity },
                Socket = () => Socket = new CloudSocket(Clock, IsStreamRefused),
                Desk = () => new NewsDesk(_services!, road),
            },
            Reports = new ReportServices { Sender = _sender, Desk = () => new ResultDesk(_services!, road) },
        };
        _services.Cache.Removed = views => Note(new Evicted(views.CustomerId));
        _system = ActorSystem.Create("model", $"{Settings}\n{VirtualScheduler.SettingsFor(Clock, _name)}");
        var place = new TaskCompletionSource<IActorRef>();
        road = new LocalRoad(_services, _ => place.Task);
        _system.ActorOf(Props.Create(() => new CacheKeeper(_services)), "cache");
        var cloud = _system.ActorOf(Props.Create(() => new CloudSupervisor(_services)), "cloud");
        var recipe = CustomerActor.Props(_services, cloud, _system.ActorOf(Store.Props(), "store"));
        _shards = (ActorRefWithCell)_system.ActorOf(ActorRecipe.Of(() => new CustomerShards(recipe)), "customers");
        place.SetResult(_shards);
        _customers = new Customers(_services, road);
        _reports = new ReportDesk(_services, _ => Task.FromResult(cloud));
    }

    /// <summary>The clock of everything.</summary>
    public VirtualClock Clock { get; } = new();

    /// <summary>Where requests reach the cloud.</summary>
    public CloudEdge Edge { get; } = new();

    /// <summary>The persistent cache, where there is one.</summary>
    public ModelStore Store { get; }

    /// <summary>The present connection to the stream of updates, or the last one.</summary>
    public CloudSocket? Socket { get; private set; }

    /// <summary>Whether connections to it are refused.</summary>
    public bool IsStreamRefused { get; set; }

    /// <summary>Whether the stream of updates is up.</summary>
    public bool IsStreamUp => _services.Cache.Stream.IsUp;

    /// <summary>Whether reads are suspended.</summary>
    public bool IsSuspended => _services.Cloud.IsSuspended;

    /// <summary>Whether reads for reloads are suspended.</summary>
    public bool IsReloadSuspended => _services.Cloud.IsOpen(CloudPath.Api);

    /// <summary>The customers that have an actor.</summary>
    public IReadOnlySet<string> Living => CloudTruth.Keys
        .Select(key => key.CustomerId)
        .Where(HasActor)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>What is charged to memory's bound.</summary>
    public long ChargedBytes => _services.Cache.Bytes;

    /// <summary>What is there to be charged: the views, the actors, and the questions that wait.</summary>
    /// <param name="waiting">The entries that are asked about by those.</param>
    public long BytesToCharge(IEnumerable<EntryKey> waiting) => Charges.OfViews(_services.Cache)
        + Living.Sum(id => CustomerActor.ActorBytes + HeapSize.Of($"c{id}"))
        + waiting.Sum(key => Customers.QuestionBytes + HeapSize.Of(key.CustomerId) + HeapSize.Of(key.ResourceId));

    /// <summary>What was seen since this was asked last.</summary>
    public IReadOnlyList<Observation> TakeSeen()
    {
        lock (_lock)
        {
            var seen = _seen;
            _seen = [];
            return seen;
        }
    }

    /// <summary>Asks as the service does: memory, then the actor.</summary>
    public void Ask(int number, EntryKey key, Inquiry inquiry)
    {
        var query = inquiry.QueryOf(key);
        if (_customers.TryFind(key, _services.Clock.Now, out var found))
            NoteAnswer(number, query, found);
        else
            _ = AskActorAsync(number, query);
    }

    /// <summary>Reloads an entry.</summary>
    public void Reload(int number, EntryKey key) => _ = ReloadAsync(number, key);

    /// <summary>Reports usage.</summary>
    public Task<ReportResult> ReportAsync(Protocol.Reports.Report report) => _reports.ReportAsync(report, CancellationToken.None);

    /// <summary>Fills what is left of memory's bound, or gives it back: the keeper makes room.</summary>
    public void Fill(bool isFull) => _services.Cache.Charge(isFull ? MaxBytes : -MaxBytes);

    public void Dispose()
    {
        _ = _system.Terminate();
        _rest.Await();
        _services.Cloud.Dispose();
        _sender.Dispose();
        VirtualScheduler.Forget(_name);
    }

    private bool HasActor(string customerId) =>
        _shards.GetSingleChild($"{CustomerShards.NumberOf(customerId)}") is ActorRefWithCell shard
        && !shard.GetSingleChild($"c{customerId}").IsNobody();

    private async Task AskActorAsync(int number, EntitlementQuery query) =>
        NoteAnswer(number, query, await _customers.AskAsync(query.Key, CancellationToken.None));

    private async Task ReloadAsync(int number, EntryKey key) =>
        Note(new Reloaded(number, await _customers.ReloadAsync(key, CancellationToken.None)));

    private void NoteAnswer(int number, EntitlementQuery query, Found found)
    {
        var answer = found.State is null
            ? EntitlementEvaluator.FromFallback(query, null)
            : EntitlementEvaluator.Answer(found.State, found.Customer, query, null, Clock.Utc);
        Note(new Answered(number, found.State is null ? null : Seen.Of(found.State), found.Source, Verdict.Of(answer)));
    }

    private void Note(Observation seen)
    {
        lock (_lock)
            _seen.Add(seen);
    }
}
