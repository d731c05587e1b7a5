using Akka.Actor;

namespace Sidecar.Actors.Diagnostics;

/// <summary>An answer of the <see cref="DiagnosticsActor"/>.</summary>
public interface IDiagnosticReport : INoSerializationVerificationNeeded;

/// <summary>How the process is as a whole.</summary>
/// <param name="Verdict">Whether it is well, and why not; null where nobody judges.</param>
/// <param name="Version">The build.</param>
/// <param name="UptimeSeconds">Seconds since its start.</param>
/// <param name="Cloud">The cloud.</param>
/// <param name="Stream">The stream of updates.</param>
/// <param name="Redis">Redis; null where it is not used.</param>
/// <param name="Cache">The cache.</param>
/// <param name="Questions">Questions.</param>
/// <param name="Cluster">The cluster; null on a node alone.</param>
public sealed record SummaryReport(
    VerdictReport? Verdict, string Version, long UptimeSeconds, CloudReport Cloud, StreamReport Stream, RedisReport? Redis, CacheReport Cache,
    QuestionsReport Questions, ClusterReport? Cluster) : IDiagnosticReport;

/// <summary>Whether all is well.</summary>
/// <param name="State">In a word.</param>
/// <param name="Causes">What is not, each in a sentence.</param>
public sealed record VerdictReport(string State, IReadOnlyList<string> Causes);

/// <summary>The cloud, as this process sees it.</summary>
/// <param name="Mode">What is read: <c>edge</c>, <c>api</c> or <c>offline</c>.</param>
/// <param name="Key">The key's state.</param>
/// <param name="SuspendedPaths">Where no read is sent, since the cloud is in trouble.</param>
/// <param name="IsolatedForSeconds">How long this process is cut off on purpose still; 0 where it is not.</param>
/// <param name="ReadsWaiting">Reads that wait for their turn.</param>
/// <param name="ReadsUnderWay">Reads under way.</param>
/// <param name="ReportsWaiting">Reports that wait for their turn.</param>
/// <param name="ReportsUnderWay">Reports under way.</param>
/// <param name="LastFailure">What it last failed with.</param>
public sealed record CloudReport(
    string Mode, string Key, IReadOnlyList<string> SuspendedPaths, long IsolatedForSeconds, long ReadsWaiting, long ReadsUnderWay,
    long ReportsWaiting, long ReportsUnderWay, FailureReport? LastFailure);

/// <summary>A failure.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">Its kind, in a word.</param>
/// <param name="Text">What happened; it holds no secret.</param>
public sealed record FailureReport(DateTimeOffset At, string Kind, string Text);

/// <summary>The stream of updates.</summary>
/// <param name="State">In a word: <c>up</c>, <c>down</c>, <c>off</c> or <c>isolated</c>.</param>
/// <param name="UpForMs">How long the connection has been up, in milliseconds.</param>
/// <param name="Reconnects">Connections that came up after the first one.</param>
/// <param name="Messages">Messages received.</param>
/// <param name="LastMessageAgeMs">Time since the last one, in milliseconds.</param>
/// <param name="FailuresInARow">Tries that failed since it was last up for a while.</param>
/// <param name="LastFailure">Why the last connection, or try, ended.</param>
/// <param name="News">What it brought, by kind and by what became of it; without those that never came.</param>
public sealed record StreamReport(
    string State, long? UpForMs, long Reconnects, long Messages, long? LastMessageAgeMs, int FailuresInARow = 0, FailureReport? LastFailure = null,
    IReadOnlyDictionary<string, long>? News = null) : IDiagnosticReport;

/// <summary>Redis.</summary>
/// <param name="IsUp">Whether there is a connection.</param>
/// <param name="AreLoadsSuspended">Whether nothing is loaded, since it hangs.</param>
/// <param name="AreSavesSuspended">Whether nothing is saved, since it hangs.</param>
/// <param name="Trouble">Why it does not do what it is asked, in a word; null where it does.</param>
/// <param name="Changes">How changes of others are learnt of, in a word.</param>
/// <param name="Operations">How its operations ended, by operation and outcome.</param>
public sealed record RedisReport(
    bool IsUp, bool AreLoadsSuspended, bool AreSavesSuspended, string? Trouble, string Changes, IReadOnlyDictionary<string, long> Operations);

/// <summary>The cache.</summary>
/// <param name="Customers">Customers in memory.</param>
/// <param name="Entitlements">Their entitlements.</param>
/// <param name="Bytes">What is charged, in bytes.</param>
/// <param name="MaxBytes">The bound, in bytes.</param>
/// <param name="ViewBytes">What views take of it, in bytes.</param>
/// <param name="UnknownBytes">What unknown customers take of it, in bytes.</param>
/// <param name="Evictions">Customers that were evicted.</param>
/// <param name="Top">The largest customers; null where nobody asked for them.</param>
public sealed record CacheReport(
    long Customers, long Entitlements, long Bytes, long MaxBytes, long ViewBytes, long UnknownBytes, long Evictions, IReadOnlyList<CachedCustomer>? Top = null)
    : IDiagnosticReport;

/// <summary>A customer in memory.</summary>
/// <param name="Customer">Its id.</param>
/// <param name="Bytes">What its views take without what they have in common with others, in bytes.</param>
/// <param name="Entitlements">Its entitlements.</param>
/// <param name="Resources">Its resources that are in memory.</param>
/// <param name="UsedAgoMs">Time since it was last used, in milliseconds.</param>
public sealed record CachedCustomer(string Customer, long Bytes, int Entitlements, int Resources, long UsedAgoMs);

/// <summary>Questions.</summary>
/// <param name="Hits">Those that memory answered at once.</param>
/// <param name="Misses">Those that went beyond memory.</param>
/// <param name="HitRatePercent">The share of the former; null where there was no question.</param>
public sealed record QuestionsReport(long Hits, long Misses, double? HitRatePercent);

/// <summary>The shards.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Here">How many are on this node.</param>
/// <param name="Shards">Those of which something is known.</param>
/// <param name="Note">What is missing, if something is.</param>
public sealed record ShardsReport(int Total, int Here, IReadOnlyList<ShardReport> Shards, string? Note = null) : IDiagnosticReport;

/// <summary>A shard.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Node">Where it is; null for this process by itself.</param>
/// <param name="IsHere">Whether it is on this node.</param>
/// <param name="Actors">Customers' actors at work in it; null where that is not known.</param>
/// <param name="Customers">Its customers in this node's memory.</param>
public sealed record ShardReport(int Shard, string? Node, bool IsHere, int? Actors, int Customers);

/// <summary>The cluster.</summary>
/// <param name="IsEnabled">Whether this process is to be a node of one.</param>
/// <param name="Phase">Where this node stands, in a word.</param>
/// <param name="Self">Its address.</param>
/// <param name="Members">The members as it sees them.</param>
/// <param name="ShardsHere">Shards on this node.</param>
/// <param name="LeasesHeldByOthers">Leases of its entries that others hold.</param>
/// <param name="Restarts">Times that it joined anew, by cause; without those that never were.</param>
public sealed record ClusterReport(
    bool IsEnabled, string? Phase, string? Self, IReadOnlyList<MemberReport> Members, long ShardsHere, long LeasesHeldByOthers,
    IReadOnlyDictionary<string, long> Restarts) : IDiagnosticReport;

/// <summary>A member of the cluster.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Status">Its status.</param>
/// <param name="IsSelf">Whether it is this node.</param>
public sealed record MemberReport(string Address, string Status, bool IsSelf);

/// <summary>What is in force of the configuration.</summary>
/// <param name="Settings">Every variable.</param>
/// <param name="Faults">What could not be used.</param>
public sealed record ConfigReport(IReadOnlyList<SettingReport> Settings, IReadOnlyList<string> Faults) : IDiagnosticReport;

/// <summary>One variable.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">What is in force; a secret is masked.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record SettingReport(string Name, string Value, string Source);

/// <summary>What became of an operation.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Outcome">What became of it, in a sentence.</param>
public sealed record OperationReport(string Operation, string Outcome) : IDiagnosticReport;
