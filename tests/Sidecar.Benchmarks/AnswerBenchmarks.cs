using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Metrics;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using CreditEntitlement = Sidecar.Protocol.Entitlements.CreditEntitlement;

namespace Sidecar.Benchmarks;

/// <summary>
/// The hot path without gRPC: find the view, judge its freshness, decide. It has to stay under 300 ns and allocate nothing; what a
/// reply costs is shown beside it.
/// </summary>
[MemoryDiagnoser]
public class AnswerBenchmarks : IDisposable
{
    // What an app asks about within a moment. Beyond the processor's caches each question costs what memory costs.
    private const int CustomerCount = 1_000;
    private const int FeatureCount = 20;

    // Customers share what a feature is.
    private static readonly FeatureDefinition[] Features = [.. Enumerable.Range(0, FeatureCount)
        .Select(i => new FeatureDefinition($"feature-{i:00}", FeatureType.Number, MeterType.Incremental, HasMeter: true))];

    private readonly ProcessClock _clock = new(TimeProvider.System);
    private readonly CloudClient _edge;
    private readonly AnswerMetrics _metrics = new();
    private readonly Customers _customers;
    private readonly string[] _customerIds;
    private int _next;

    /// <summary>Fills a cache with customers of twenty entitlements.</summary>
    public AnswerBenchmarks()
    {
        var counters = new SidecarCounters();
        var cache = new EntitlementCache(1L << 30);
        _edge = new CloudClient(
            new CloudSettings { ApiKey = new ApiKeyHolder(null), EdgeUrl = new Uri("http://127.0.0.1:1"), ApiUrl = new Uri("http://127.0.0.1:1"), Identity = new ClientIdentity(Guid.Empty, "host", 1, default) },
            counters, TimeProvider.System, () => 0.5);
        var services = new ActorServices
        {
            Clock = _clock,
            Cache = cache,
            Counters = counters,
            Cloud = _edge,
            Log = NullLoggerFactory.Instance,
            Freshness = new FreshnessRules { RevalidateAfter = TimeSpan.FromDays(1), MaxAge = TimeSpan.FromDays(1) },
        };
        _customers = new Customers(services, _ => throw new InvalidOperationException("the hot path asks no actor"));
        _customerIds = [.. Enumerable.Range(0, CustomerCount).Select(i => $"customer-{i:x8}")];
        foreach (var id in _customerIds)
            cache.Publish(new EntryKey(id), new EntitlementView(State(), _clock.Uptime), 0);
    }

    /// <summary>A metered feature whose period is running.</summary>
    [Benchmark(Baseline = true)]
    public bool Metered() => Ask("feature-07", EntitlementKind.Metered, requestedUsage: 1).HasAccess;

    /// <summary>A metered feature whose period is over: its usage counts as 0 and the present period is worked out.</summary>
    [Benchmark]
    public bool MeteredAfterItsPeriod() => Ask("feature-13", EntitlementKind.Metered, requestedUsage: 1).HasAccess;

    /// <summary>A metered feature that is paid in credits.</summary>
    [Benchmark]
    public bool MeteredPaidInCredits() => Ask("feature-19", EntitlementKind.Metered, requestedUsage: 1).HasAccess;

    /// <summary>A feature that is not there.</summary>
    [Benchmark]
    public bool NotThere() => Ask("feature-99", EntitlementKind.Boolean).HasAccess;

    /// <summary>Credits.</summary>
    [Benchmark]
    public bool Credit() => Ask("tokens", EntitlementKind.Credit).HasAccess;

    /// <summary>A metered question with its reply.</summary>
    [Benchmark]
    public GetMeteredEntitlementResponse MeteredWithReply()
    {
        var query = Query("feature-07", EntitlementKind.Metered, 1);
        return Host.Facade.Replies.Metered(Ask(query), query);
    }

    /// <summary>The same as the service does it: timed and counted.</summary>
    [Benchmark]
    public GetMeteredEntitlementResponse MeteredWithReplyCounted()
    {
        var start = _clock.Uptime;
        var reply = MeteredWithReply();
        _metrics.Answered(AnswerCall.GetMeteredEntitlement, AnswerSource.Memory, _clock.Uptime - start);
        return reply;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _edge.Dispose();
        GC.SuppressFinalize(this);
    }

    private static EntitlementState State()
    {
        var start = new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
        return EntitlementState.Create(null, Enumerable.Range(0, FeatureCount)
            .Select(i => (Protocol.Entitlements.Entitlement)new FeatureEntitlement(
                Features[i])
            {
                UsageLimit = 1000,
                ResetPeriod = EntitlementResetPeriod.Month,
                UsagePeriodAnchor = start,
                CreditRate = i == FeatureCount - 1 ? new CreditRate(2, "tokens") : null,
                Usage = new Usage(25, start, i == 13 ? start.AddMonths(1) : start.AddYears(100), start),
            })
            .Append(new CreditEntitlement(new CreditCurrency("tokens")) { UsageLimit = 500 }));
    }

    private EntitlementQuery Query(string id, EntitlementKind kind, double? requestedUsage)
    {
        // A stride through all customers, so that no one of them stays in the processor's cache alone.
        _next = (_next + 7919) % CustomerCount;
        return new EntitlementQuery(new EntryKey(_customerIds[_next]), id, kind, requestedUsage);
    }

    private Answer Ask(string id, EntitlementKind kind, double? requestedUsage = null) => Ask(Query(id, kind, requestedUsage));

    private Answer Ask(in EntitlementQuery query)
    {
        var now = _clock.Now;
        return _customers.TryFind(query.Key, now, out var found)
            ? EntitlementEvaluator.Answer(found.State!, found.Customer, query, null, now.Utc)
            : throw new InvalidOperationException($"customer '{query.Key.CustomerId}' is not in the cache");
    }
}
