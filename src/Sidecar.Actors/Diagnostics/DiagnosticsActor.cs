using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>
/// Answers what people who run the service ask of single actors and of all, and does what they tell it to. So many requests at once, the rest
/// refused; each is answered exactly once, within its time, with what there is by then.
/// </summary>
public sealed partial class DiagnosticsActor : UntypedActor
{
    /// <summary>Requests under way at once.</summary>
    public const int MostUnderWay = 8;

    /// <summary>A request is answered after this time at the latest.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // What is asked on the way: two such steps fit in.
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(2);

    private readonly ActorServices _services;
    private readonly DiagnosticsServices _diagnostics;
    private readonly SummaryReporter _reporter;
    private readonly CustomerReporter _customers;
    private readonly IActorRef _cloud;
    private readonly ILogger _log;
    private int _underWay;

    /// <summary>Makes the actor.</summary>
    /// <param name="services">What all actors share.</param>
    /// <param name="diagnostics">What it needs beside that.</param>
    /// <param name="cloud">The cloud's supervisor.</param>
    public DiagnosticsActor(ActorServices services, DiagnosticsServices diagnostics, IActorRef cloud)
    {
        _services = services;
        _diagnostics = diagnostics;
        _reporter = new SummaryReporter(services);
        _customers = new CustomerReporter(services, diagnostics.Fallback);
        _cloud = cloud;
        _log = services.Log.CreateLogger<DiagnosticsActor>();
    }

    private sealed class Ended : INoSerializationVerificationNeeded
    {
        public static readonly Ended Instance = new();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case IDiagnosticRequest when _underWay >= MostUnderWay:
                Sender.Tell(new Refused($"{MostUnderWay} requests are under way already, expected one after the other", RefusalKind.Busy));
                break;
            case IDiagnosticRequest request:
                Begin(request, Sender);
                break;
            case Ended:
                _underWay--;
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin(IDiagnosticRequest request, IActorRef asker)
    {
        _underWay++;
        // Off this thread: a look at all customers takes a while.
        var work = Task.Run(() => AnswerAsync(request));
        _ = work.WaitAsync(Patience, _services.Clock.Time).PipeTo(asker, Self, success: static answer => answer, failure: e => Failed(request, e));
        // What is answered late is under way still: only its end makes room for another.
        var self = Self;
        _ = work.ContinueWith(_ => self.Tell(Ended.Instance), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private Refused Failed(IDiagnosticRequest request, Exception exception)
    {
        if (exception is TimeoutException)
            return new Refused($"it took longer than {Patience.TotalSeconds:0} s", RefusalKind.Busy);
        Log.Failed(_log, request.GetType().Name, exception);
        return new Refused($"it failed within ({exception.GetType().Name}); the log has the fault", RefusalKind.Fault);
    }

    private async Task<object> AnswerAsync(IDiagnosticRequest request) => request switch
    {
        Summary => _reporter.Of(_diagnostics.Verdict(), await StreamAsync(), _diagnostics.Sight.Cluster()),
        Customer customer => await CustomerAsync(customer),
        Shards => await ShardsAsync(),
        Cluster => _diagnostics.Sight.Cluster() ?? new ClusterReport(IsEnabled: false, null, null, [], CustomerShards.Count, 0, new Dictionary<string, long>()),
        Stream => await StreamAsync(),
        Cache cache => _reporter.CacheOf(Math.Clamp(cache.Top, 0, Cache.MostTop)),
        Config => _diagnostics.Config(),
        Evict evict => Evicted(evict.CustomerId),
        Reread reread => await RereadAsync(reread.Key),
        Reconnect => await ReconnectAsync(),
        Isolate isolate => Isolated(isolate.Length),
        _ => new Refused("this release knows no such request"),
    };

    private async Task<CustomerReport> CustomerAsync(Customer request)
    {
        var (owner, actor) = await _diagnostics.Sight.DescribeAsync(request.Key, StepPatience);
        return _customers.Of(request, owner, actor);
    }

    private async Task<ShardsReport> ShardsAsync()
    {
        var seen = await _diagnostics.Sight.ShardsAsync(StepPatience);
        var customers = new int[CustomerShards.Count];
        foreach (var views in _services.Cache.All())
            customers[CustomerShards.NumberOf(views.CustomerId)]++;
        var shards = Enumerable.Range(0, CustomerShards.Count)
            .Where(shard => customers[shard] > 0 || seen.Actors.ContainsKey(shard))
            .Select(shard => seen.Actors.TryGetValue(shard, out var place)
                ? new ShardReport(shard, place.Node, seen.IsHere(shard), place.Actors, customers[shard])
                : new ShardReport(shard, null, seen.IsHere(shard), null, customers[shard]));
        return new ShardsReport(
            CustomerShards.Count, Enumerable.Range(0, CustomerShards.Count).Count(seen.IsHere), [.. shards], seen.Note);
    }

    private async Task<StreamReport> StreamAsync() => _reporter.StreamOf(await AskCloudAsync<StreamDescription>(DescribeStream.Instance));

    private object Evicted(string customerId)
    {
        if (_services.Cache.Find(customerId) is not { } views)
            return new OperationReport("evict", "memory held nothing of that customer");
        if (views.Resources.Select(one => one.ResourceId).Append(null).Any(resource => _services.Cache.IsOwed(new EntryKey(customerId, resource))))
            return new Refused("Redis is owed something of that customer, which memory alone knows; it can be evicted once Redis has it");
        if (!_services.Cache.Remove(views))
            return new Refused("something of that customer changed in that moment, and it was left; try again", RefusalKind.Busy);
        return new OperationReport("evict", $"memory holds nothing of that customer any more; it held {views.Entitlements} entitlements");
    }

    private async Task<object> RereadAsync(EntryKey key)
    {
        var began = _services.Clock.Now.Utc;
        var limit = Patience - TimeSpan.FromMilliseconds(500);
        try
        {
            var answer = await _diagnostics.Road.ReloadAsync(key, limit, CancellationToken.None);
            return answer.State is not { } state ? new Refused($"the read failed: {WhyNotRead(key, began)}") : new OperationReport(
                "reread", state.IsUnknown ? "it was read: the cloud does not know it" : $"it was read: {state.Count} entitlements");
        }
        catch (TimeoutException)
        {
            return new OperationReport("reread", $"the read is under way still after {limit.TotalSeconds:0.#} s");
        }
    }

    // One that was not sent leaves no failure, and in a cluster its owner has it.
    private string WhyNotRead(EntryKey key, DateTimeOffset since) =>
        _services.Isolation is { IsOn: true } ? "this process is cut off from the cloud on purpose"
        : _services.Failures.Find(key) is { } failed && failed.At >= since ? failed.Failure.Detail
        : _services.Cloud.IsSuspended ? "reads from the cloud are suspended"
        : "the cloud gave nothing; the log, or that of the customer's owner, says why";

    private async Task<object> ReconnectAsync() => await AskCloudAsync<ReconnectAnswer>(ReconnectStream.Instance) switch
    {
        null => new Refused("the stream's actor did not answer in time", RefusalKind.Busy),
        { Refusal: { } why } => new Refused(why),
        _ => new OperationReport("reconnect", "the stream's connection was ended, and another one is being made"),
    };

    private object Isolated(TimeSpan length)
    {
        if (_services.Isolation is not { } isolation || _services.Cloud.IsOffline)
            return new Refused("this service is offline: there is no cloud to be cut off from");
        if (length < TimeSpan.Zero || length > Isolation.Longest)
            return new Refused($"{length.TotalMinutes:0.##} minutes were asked for, expected 0 to {Isolation.Longest.TotalMinutes:0}");
        if (length == TimeSpan.Zero)
            return new OperationReport("isolate", isolation.End() ? "this process reaches for the cloud again" : "this process was not cut off");
        isolation.Begin(length);
        return new OperationReport("isolate", $"this process is cut off from the cloud for {length.TotalMinutes:0.##} minutes; it ends by itself");
    }

    // Null where there was no answer in time.
    private async Task<TAnswer?> AskCloudAsync<TAnswer>(object message)
        where TAnswer : class
    {
        try
        {
            return await SightAsk.AskAsync<TAnswer>(_cloud, message, StepPatience, _services.Clock.Time);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(710, LogLevel.Error, "a request of the diagnostics failed: {Request}")]
        public static partial void Failed(ILogger logger, string request, Exception exception);
    }
}

/// <summary>Wiring of <see cref="DiagnosticsActor"/>.</summary>
public static class DiagnosticsActorSetup
{
    /// <summary>Starts the actor at <c>/user/diagnostics</c>. After the cloud's supervisor, whom it asks.</summary>
    /// <param name="builder">The system's builder.</param>
    /// <param name="services">What all actors share.</param>
    /// <param name="diagnostics">What it needs beside that, once it is asked something first.</param>
    public static AkkaConfigurationBuilder AddDiagnostics(
        this AkkaConfigurationBuilder builder, ActorServices services, Func<DiagnosticsServices> diagnostics) =>
        builder.WithActors((system, registry) => registry.Register<DiagnosticsActor>(system.ActorOf(
            ActorRecipe.Of(() => new DiagnosticsActor(services, diagnostics(), registry.Get<CloudSupervisor>())), "diagnostics")));
}
