using System.Collections.Immutable;

namespace Sidecar.Emulator.Control;

/// <summary>What was counted since the start or the last reset.</summary>
public sealed record CounterSnapshot
{
    /// <summary>All requests to the cloud; those to the control API are not counted anywhere.</summary>
    public required int Total { get; init; }

    /// <summary>Key checks at Edge.</summary>
    public required int Config { get; init; }

    /// <summary>Reads of entitlements from Edge.</summary>
    public required int State { get; init; }

    /// <summary>Key checks by GraphQL.</summary>
    public required int ApiConfig { get; init; }

    /// <summary>Reads of entitlements by GraphQL.</summary>
    public required int ApiState { get; init; }

    /// <summary>Reports of one measurement; what became of them is told by the ledger.</summary>
    public required int ApiUsage { get; init; }

    /// <summary>Reports of some measurements at once.</summary>
    public required int ApiUsageBulk { get; init; }

    /// <summary>Reports of events.</summary>
    public required int ApiEvents { get; init; }

    /// <summary>Requests that were told that their key is wrong.</summary>
    public required int Unauthorized { get; init; }

    /// <summary>Requests that were wrongly written: an id badly encoded, a wrong parameter or method, a document that does not fit the schema.</summary>
    public required int BadRequests { get; init; }

    /// <summary>Requests to paths that the cloud does not have.</summary>
    public required int NotFound { get; init; }

    /// <summary>Requests that have arrived and not ended.</summary>
    public required int InFlight { get; init; }

    /// <summary>The most that were in flight at a time.</summary>
    public required int MaxInFlight { get; init; }

    /// <summary>By header name: requests in which it was absent or could not be what it should.</summary>
    public required ImmutableSortedDictionary<string, int> HeaderFaults { get; init; }

    /// <summary>Reads from Edge by customer.</summary>
    public required ImmutableSortedDictionary<string, CustomerCount> Customers { get; init; }

    /// <summary>Reads by GraphQL by customer.</summary>
    public required ImmutableSortedDictionary<string, CustomerCount> ApiCustomers { get; init; }
}

/// <summary>Reads of one customer.</summary>
public sealed record CustomerCount(int Total, int Own, ImmutableSortedDictionary<string, int> Resources);

/// <summary>A request as it arrived.</summary>
public sealed record RecordedRequest
{
    /// <summary>1 for the first since the start, whatever was reset.</summary>
    public required long Number { get; init; }

    /// <summary>When it arrived.</summary>
    public required DateTimeOffset ArrivedAt { get; init; }

    /// <summary>The request line's target, as it was sent.</summary>
    public required string RawTarget { get; init; }

    /// <summary>What it was for; nothing where it was malformed or the cloud has no such.</summary>
    public RequestTarget? Target { get; init; }

    /// <summary>The name of the GraphQL operation.</summary>
    public string? Operation { get; init; }

    /// <summary>The customer that was asked for.</summary>
    public string? CustomerId { get; init; }

    /// <summary>The resource that was asked for.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The headers that name the sender, never the key.</summary>
    public required ImmutableSortedDictionary<string, string> Headers { get; init; }

    /// <summary>The names of the headers that were absent or unfit.</summary>
    public required ImmutableArray<string> HeaderFaults { get; init; }
}
