using Akka.Actor;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Something that the <see cref="DiagnosticsActor"/> is asked or told; answered by exactly one report, or by <see cref="Refused"/>.</summary>
public interface IDiagnosticRequest : INoSerializationVerificationNeeded;

/// <summary>Asks how the process is as a whole; answered by <see cref="SummaryReport"/>.</summary>
public sealed record Summary : IDiagnosticRequest;

/// <summary>Asks all there is to know of an entry; answered by <see cref="CustomerReport"/>. It starts no actor and no read.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Question">One question whose answer is to be explained, or null: each entitlement's is, with nothing requested.</param>
public sealed record Customer(EntryKey Key, EntitlementQuery? Question = null) : IDiagnosticRequest;

/// <summary>Asks for the shards; answered by <see cref="ShardsReport"/>.</summary>
public sealed record Shards : IDiagnosticRequest;

/// <summary>Asks for the cluster; answered by <see cref="ClusterReport"/>.</summary>
public sealed record Cluster : IDiagnosticRequest;

/// <summary>Asks for the stream of updates; answered by <see cref="StreamReport"/>.</summary>
public sealed record Stream : IDiagnosticRequest;

/// <summary>Asks for the cache; answered by <see cref="CacheReport"/>.</summary>
/// <param name="Top">How many of the largest customers are named, up to <see cref="MostTop"/>.</param>
public sealed record Cache(int Top = 0) : IDiagnosticRequest
{
    /// <summary>The most customers that are named.</summary>
    public const int MostTop = 1_000;
}

/// <summary>Asks what is in force of the configuration; answered by <see cref="ConfigReport"/>.</summary>
public sealed record Config : IDiagnosticRequest;

/// <summary>Takes a customer out of memory, all entries of it together; answered by <see cref="OperationReport"/>.</summary>
/// <param name="CustomerId">The customer.</param>
public sealed record Evict(string CustomerId) : IDiagnosticRequest;

/// <summary>Has an entry read from the API, and what is known of it replaced; answered by <see cref="OperationReport"/>.</summary>
/// <param name="Key">The entry.</param>
public sealed record Reread(EntryKey Key) : IDiagnosticRequest;

/// <summary>Ends the connection of the stream of updates, and has another one made; answered by <see cref="OperationReport"/>.</summary>
public sealed record Reconnect : IDiagnosticRequest;

/// <summary>Cuts this process off from the cloud for a time; answered by <see cref="OperationReport"/>.</summary>
/// <param name="Length">How long, up to <see cref="Isolation.Longest"/>; zero ends it.</param>
public sealed record Isolate(TimeSpan Length) : IDiagnosticRequest;

/// <summary>A request that was not done.</summary>
/// <param name="Why">Why not, for people; it holds no secret.</param>
/// <param name="Kind">What kind of refusal it is.</param>
public sealed record Refused(string Why, RefusalKind Kind = RefusalKind.NotNow) : INoSerializationVerificationNeeded;

/// <summary>Kinds of refusals.</summary>
public enum RefusalKind
{
    /// <summary>It can't be done as things stand.</summary>
    NotNow = 0,

    /// <summary>It may be done a moment later.</summary>
    Busy,

    /// <summary>A fault of this program.</summary>
    Fault,
}
