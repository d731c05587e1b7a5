using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Sidecar.Actors;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;
using Sidecar.Host.WarmUp;

namespace Sidecar.Host.Metrics;

/// <summary>Shows what is counted as instruments. Observable ones: they are there, at 0, from the start.</summary>
public sealed class SidecarMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Sidecar";

    /// <summary>
    /// The most series that a metric may have: many times what the largest has, since all labels are of lists of ours, but for the runtime's
    /// exceptions by type. The library keeps room for all of them from the start, for 2,000 of each metric where it is not told.
    /// </summary>
    public const int MaxSeries = 500;

    private readonly Meter _meter = new(MeterName);
    private readonly AnswerMetrics _answers;
    private readonly UpstreamMetrics _upstream;
    private readonly RedisMetrics _redis;

    /// <summary>Makes the instruments.</summary>
    public SidecarMetrics(ActorServices services, AnswerMetrics answers, WarmUpProgress warmUp)
    {
        _answers = answers;
        var counters = services.Counters;
        _upstream = counters.Upstream;
        _redis = counters.Redis;

        Count("sidecar_initialization_errors_total", "Errors at start-up, one a cause.", counters.InitializationErrors);
        Count("sidecar_invalid_api_key_errors_total", "Requests that the cloud refused because of the key.", counters.InvalidApiKeyErrors);
        Count("sidecar_network_request_errors_total", "Requests to the cloud that failed in another way, retries included.", counters.NetworkRequestErrors);
        Count("sidecar_redis_client_errors_total", "Errors of the persistent cache.", counters.RedisClientErrors);
        Count("sidecar_cache_hits_total", "Questions answered from memory at once.", counters.CacheHits);
        Count("sidecar_cache_misses_total", "Questions that had to go beyond memory.", counters.CacheMisses);

        Count("sidecar_answers_total", "Answers, by where they came from.", () => answers.Sources.Select(s => Of(s.Count.Value, ("source", s.Source))));
        Count("sidecar_upstream_requests_total", "Requests to the cloud that were sent, by target and outcome.",
            () => _upstream.Requests.Select(r => Of(r.Count.Value, ("target", r.Target), ("outcome", r.Outcome))));
        Count("sidecar_upstream_retries_total", "Requests to the cloud that were tried again, by target.",
            () => _upstream.Retries.Select(r => Of(r.Count.Value, ("target", r.Target))));
        Show("sidecar_upstream_suspended", "1 while reads from a target are suspended because the cloud is in trouble.",
            () => Enum.GetValues<CloudPath>().Select(path => Of(services.Cloud.IsOpen(path) ? 1 : 0, ("target", UpstreamMetrics.NameOf(path)))));
        Show("sidecar_isolated", "1 while this process is cut off from the cloud on purpose.", () => [Of(services.Isolation is { IsOn: true } ? 1 : 0)]);
        Show("sidecar_upstream_reads_waiting", "Reads of entitlements that wait for their turn.", () => [Of(counters.ReadsWaiting.Value)]);
        Show("sidecar_upstream_rereads_waiting", "Those of them of what is in memory already.", () => [Of(counters.RereadsWaiting.Value)]);
        Show("sidecar_upstream_reads_under_way", "Reads of entitlements under way.", () => [Of(counters.ReadsUnderWay.Value)]);
        Count("sidecar_usage_reports_total", "Reports of usage and events, by call and by how they ended.",
            () => counters.Reports.All.Select(r => Of(r.Count.Value, ("call", r.Kind), ("outcome", r.Outcome))));
        Show("sidecar_usage_reports_waiting", "Reports that wait for their turn.", () => [Of(counters.Reports.Waiting.Value)]);
        Show("sidecar_usage_reports_under_way", "Reports on their way to the cloud.", () => [Of(counters.Reports.UnderWay.Value)]);
        Show("sidecar_api_key_valid", "1 once the cloud accepted the key, 0 as long as it did not.",
            () => [Of(services.CloudStatus.Status.Key == KeyState.Valid ? 1 : 0)]);

        var stream = counters.Stream;
        Show("sidecar_stream_enabled", "1 where the stream of updates is listened to.", () => [Of(stream.IsEnabled ? 1 : 0)]);
        Show("sidecar_stream_up", "1 while the stream of updates is up.", () => [Of(stream.IsUp ? 1 : 0)]);
        Count("sidecar_stream_connections_total", "Connections of the stream that came up, and ends of connections and of tries, by cause.",
            () => stream.Connections.Select(c => Of(c.Count.Value, ("outcome", c.Outcome))));
        Count("sidecar_stream_reconnects_total", "Connections of the stream that came up after the first one.", () => [Of(stream.Reconnects)]);
        Count("sidecar_stream_messages_total", "Messages that the stream brought.", stream.Messages);
        Show("sidecar_stream_last_message_timestamp_seconds", "When the stream's last message came, seconds since 1970; 0 before the first.",
            () => [Of(stream.LastMessage)]);
        Show("sidecar_stream_last_message_age_seconds", "Time since the stream's last message; 0 before the first.",
            () => [Of(stream.LastMessage == 0 ? 0 : Math.Max(0, services.Clock.Now.Utc.ToUnixTimeSeconds() - stream.LastMessage))]);
        Count("sidecar_updates_total", "News that the stream brought, by kind and by what became of it.",
            () => counters.News.All.Select(n => Of(n.Count.Value, ("kind", n.Kind), ("outcome", n.Outcome))));

        Show("sidecar_redis_up", "1 while there is a connection to Redis.", () => [Of(counters.Redis.IsUp.Value)]);
        Count("sidecar_redis_operations_total", "What Redis was asked, by operation and by how it ended.",
            () => counters.Redis.All.Select(o => Of(o.Count.Value, ("operation", o.Operation), ("outcome", o.Outcome))));
        Show("sidecar_redis_suspended", "1 while loads, or saves and deletes, are suspended because Redis hangs.",
            () => [Of(counters.Redis.AreLoadsSuspended.Value, ("operation", "load")), Of(counters.Redis.AreSavesSuspended.Value, ("operation", "save"))]);
        Show("sidecar_redis_watch", "How changes that others make in Redis are learnt of: 0 not at all, 1 by looking at dates, 2 told by the server.",
            () => [Of(counters.Redis.Watch.Value)]);
        Show("sidecar_redis_watch_delay_milliseconds", "Where dates are looked at: how long the last round over what is asked for took.",
            () => [Of(counters.Redis.WatchDelayMs.Value)]);
        Count("sidecar_redis_changes_total", "Entries that were looked at because another program may have changed them.", counters.Redis.Changes);
        Count(
            "sidecar_redis_unreadable_entitlements_total", "Entitlements and whole values in Redis that can't be read and were passed over.", counters.Redis.Unreadable);
        Count("sidecar_redis_ambiguous_ids_total", "Loads and saves that were left out, since an id could be taken for a part of another entry's key.",
            counters.Redis.Ambiguous);

        var cluster = counters.Cluster;
        Show("sidecar_cluster_members", "Members of the cluster that this node is in; 0 while it is in none.", () => [Of(cluster.Members.Value)]);
        Show("sidecar_cluster_shards", "Shards of the cluster that are on this node.", () => [Of(cluster.Shards.Value)]);
        Count("sidecar_cluster_restarts_total", "Times that this node joined its cluster anew, by cause.",
            () => cluster.Restarts.Select(r => Of(r.Count.Value, ("cause", r.Cause))));
        var leases = cluster.Leases;
        Show("sidecar_cluster_leases", "Leases of this node's entries that other nodes hold.", () => [Of(leases.Held.Value)]);
        Count("sidecar_cluster_leases_granted_total", "Leases that this node granted, new ones and renewals.",
            () => [Of(leases.Granted.Value, ("kind", "new")), Of(leases.Renewed.Value, ("kind", "renewed"))]);
        Count("sidecar_cluster_leases_ended_total", "Leases of this node that ended, by cause.",
            () => leases.Ended.Select(e => Of(e.Count.Value, ("cause", e.Cause))));
        Count("sidecar_cluster_pushes_total", "Updates that this node sent to holders of leases.", leases.Pushes);
        Count("sidecar_cluster_stand_in_questions_total", "Questions that this node answered without the customer's owner, by cause.",
            () => leases.StandIns.Select(s => Of(s.Count.Value, ("cause", s.Cause))));

        Show("sidecar_warm_up_entries", "Entries of WARM_UP_CUSTOMERS_FILE, by what became of them.",
            () => [Of(warmUp.Waiting, ("state", "waiting")), Of(warmUp.Read, ("state", "read")), Of(warmUp.Failed, ("state", "failed"))]);
        Show("sidecar_cache_customers", "Customers in memory.", () => [Of(services.Cache.Count)]);
        Show("sidecar_cache_entitlements", "Entitlements in memory.", () => [Of(services.Cache.Entitlements)]);
        Show("sidecar_cache_bytes", "What the cache counts as used.", () => [Of(services.Cache.Bytes)]);
        Show("sidecar_cache_bytes_per_customer", "What a customer in memory takes on average, without what is at work for it; 0 without one.",
            () => [Of(services.Cache.Count is var count && count > 0 ? services.Cache.ViewBytes / count : 0)]);
        Show("sidecar_cache_max_bytes", "The cache's bound.", () => [Of(services.Cache.MaxBytes)]);
        Count("sidecar_cache_evictions_total", "Customers that were evicted from memory.", counters.Evictions);

        var version = typeof(SidecarMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        Show("sidecar_build_info", "Always 1; the labels tell the build.",
            () => [Of(1, ("version", version.Split('+')[0]), ("runtime", RuntimeInformation.FrameworkDescription))]);
        AddProcess();
    }

    /// <summary>Adds the histograms that are kept here, as text.</summary>
    public void AppendHistograms(StringBuilder text)
    {
        HistogramText.Append(text, "sidecar_answer_duration_seconds", "Time from a question's arrival to its answer, by call.", "call", _answers.Durations);
        HistogramText.Append(text, "sidecar_upstream_request_duration_seconds", "Time that requests to the cloud took, by target.", "target", _upstream.Durations);
        HistogramText.Append(text, "sidecar_redis_operation_duration_seconds", "Time that operations of Redis took, waits included.", "operation", _redis.Durations);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    // Under the names that Prometheus' own clients give the process, so that common dashboards find them.
    private void AddProcess()
    {
        var startedAt = (double)new DateTimeOffset(Process.GetCurrentProcess().StartTime).ToUnixTimeMilliseconds() / 1000;
        _meter.CreateObservableCounter("process_cpu_seconds_total", () => Environment.CpuUsage.TotalTime.TotalSeconds, unit: null,
            "CPU time that the process used, in seconds.");
        _meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, unit: null, "Resident memory.");
        _meter.CreateObservableGauge("process_start_time_seconds", () => startedAt, unit: null, "Start of the process, seconds since 1970.");
        if (OperatingSystem.IsLinux())
        {
            _meter.CreateObservableGauge("process_open_fds", () => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(), unit: null,
                "Open file descriptors.");
        }
    }

    private void Count(string name, string description, StripedCounter counter) =>
        _meter.CreateObservableCounter(name, () => counter.Value, unit: null, description);

    private void Count(string name, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableCounter(name, read, unit: null, description);

    private void Show(string name, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableGauge(name, read, unit: null, description);

    private static Measurement<long> Of(long value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < tags.Length; i++)
            tags[i] = new(labels[i].Name, labels[i].Value);
        return new Measurement<long>(value, tags);
    }
}
