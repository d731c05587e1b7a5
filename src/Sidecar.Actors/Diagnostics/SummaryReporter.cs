using System.Reflection;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Puts together what the process as a whole counts and shows. It changes nothing.</summary>
/// <param name="services">What all actors share.</param>
internal sealed class SummaryReporter(ActorServices services)
{
    private static readonly string Version =
        typeof(SummaryReporter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <summary>The process as a whole.</summary>
    /// <param name="verdict">Whether it is well.</param>
    /// <param name="stream">How the stream stands.</param>
    /// <param name="cluster">The cluster, or null.</param>
    public SummaryReport Of(VerdictReport? verdict, StreamReport stream, ClusterReport? cluster) => new(
        verdict, Version, (long)services.Clock.Uptime.TotalSeconds, CloudOf(), stream, RedisOf(), CacheOf(top: 0), QuestionsOf(), cluster);

    /// <summary>The stream of updates.</summary>
    /// <param name="told">What its actor tells; null where there is none, or it did not answer.</param>
    public StreamReport StreamOf(StreamDescription? told)
    {
        var counters = services.Counters.Stream;
        var stream = services.Cache.Stream;
        var now = services.Clock.Now;
        return new StreamReport(
            !counters.IsEnabled ? "off" : services.Isolation is { IsOn: true } ? "isolated" : counters.IsUp ? "up" : "down",
            counters.IsUp && stream.IsUp ? (long)(now.Uptime - stream.UpSince).TotalMilliseconds : null,
            counters.Reconnects,
            counters.Messages.Value,
            counters.LastMessage == 0 ? null : Math.Max(0, now.Utc.ToUnixTimeMilliseconds() - (counters.LastMessage * 1000)),
            told?.FailuresInARow ?? 0,
            told is { Fault: { } fault, EndedAt: { } at } ? new FailureReport(at, Word(fault.ToString()), told.Detail) : null,
            services.Counters.News.All.Where(news => news.Count.Value > 0)
                .ToDictionary(news => $"{news.Kind}.{news.Outcome}", news => news.Count.Value, StringComparer.Ordinal));
    }

    /// <summary>The cache.</summary>
    /// <param name="top">How many of the largest customers are named; 0 for nobody.</param>
    public CacheReport CacheOf(int top)
    {
        var cache = services.Cache;
        return new CacheReport(
            cache.Count, cache.Entitlements, cache.Bytes, cache.MaxBytes, cache.ViewBytes, cache.UnknownBytes, services.Counters.Evictions.Value,
            top == 0 ? null : Largest(top));
    }

    /// <summary>A failure for people. What others wrote is masked once more.</summary>
    public static FailureReport FailureOf(CloudFailure failure, DateTimeOffset at, ActorServices services) => new(
        at, Word(failure.Kind.ToString()), services.Cloud.ApiKey.Current?.MaskedIn(failure.Detail) ?? failure.Detail);

    private static string Word(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private CloudReport CloudOf()
    {
        var counters = services.Counters;
        return new CloudReport(
            services.Cloud.IsOffline ? "offline" : UpstreamMetrics.NameOf(services.Cloud.ReadPath),
            services.Cloud.IsOffline ? "notNeeded" : Word(services.CloudStatus.Status.Key.ToString()),
            [.. Enum.GetValues<CloudPath>().Where(services.Cloud.IsOpen).Select(UpstreamMetrics.NameOf)],
            services.Isolation is { IsOn: true } isolation ? Math.Max(1, (long)isolation.Left.TotalSeconds) : 0,
            counters.ReadsWaiting.Value,
            counters.ReadsUnderWay.Value,
            counters.Reports.Waiting.Value,
            counters.Reports.UnderWay.Value,
            services.Failures.OfCloud is { } last ? FailureOf(last.Failure, last.At, services) : null);
    }

    private RedisReport? RedisOf()
    {
        if (services.Redis is null)
            return null;
        var redis = services.Counters.Redis;
        return new RedisReport(
            redis.IsUp.Value != 0,
            redis.AreLoadsSuspended.Value != 0,
            redis.AreSavesSuspended.Value != 0,
            redis.Trouble is { } trouble ? Word(trouble.ToString()) : null,
            redis.Watch.Value switch { 0 => "notAtAll", 1 => "byDates", _ => "toldByServer" },
            redis.All.Where(one => one.Count.Value > 0).ToDictionary(one => $"{one.Operation}.{one.Outcome}", one => one.Count.Value, StringComparer.Ordinal));
    }

    private QuestionsReport QuestionsOf()
    {
        var (hits, misses) = (services.Counters.CacheHits.Value, services.Counters.CacheMisses.Value);
        return new QuestionsReport(hits, misses, hits + misses == 0 ? null : Math.Round(100d * hits / (hits + misses), 2));
    }

    // One pass with room for the named alone, whatever the cache holds.
    private List<CachedCustomer> Largest(int top)
    {
        var largest = new PriorityQueue<CustomerViews, long>(top + 1);
        foreach (var views in services.Cache.All())
        {
            if (largest.Count < top)
                largest.Enqueue(views, views.Size);
            else
                largest.EnqueueDequeue(views, views.Size);
        }

        var now = EntitlementCache.TickOf(services.Clock.Uptime);
        return
        [
            .. largest.UnorderedItems.OrderByDescending(item => item.Priority).ThenBy(item => item.Element.CustomerId, StringComparer.Ordinal).Select(item => new CachedCustomer(
                item.Element.CustomerId,
                item.Priority,
                item.Element.Entitlements,
                item.Element.Resources.Count(),
                Math.Max(0, now - item.Element.LastUsed) * (long)EntitlementCache.TickLength.TotalMilliseconds)),
        ];
    }
}
