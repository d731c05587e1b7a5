namespace Sidecar.Actors.Diagnostics;

/// <summary>All there is to know of an entry.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Resource">The resource, or null.</param>
/// <param name="Shard">The number of the customer's shard.</param>
/// <param name="Owner">The node that the shard is on, in words.</param>
/// <param name="Next">What a question asked now meets with, before its answer is decided.</param>
/// <param name="View">What memory holds of the entry; null for nothing.</param>
/// <param name="CustomerView">What it holds of the customer's own entry, where a resource was asked about.</param>
/// <param name="Actor">How the customer's actor stands.</param>
/// <param name="LastFailure">The last read of the entry that failed.</param>
/// <param name="Entitlements">Each entitlement, and what a question about it would be answered now.</param>
/// <param name="EntitlementsLeftOut">How many more there are.</param>
/// <param name="Question">The one question that was to be explained.</param>
/// <param name="Resources">Resources of the customer that memory holds, up to a hundred.</param>
public sealed record CustomerReport(
    string Customer, string? Resource, int Shard, string Owner, NextReport Next, ViewReport? View, ViewReport? CustomerView, ActorDescription Actor,
    FailureReport? LastFailure, IReadOnlyList<EntitlementReport> Entitlements, int EntitlementsLeftOut, QuestionReport? Question,
    IReadOnlyList<string> Resources) : IDiagnosticReport
{
    /// <summary>The most entitlements that are shown.</summary>
    public const int MostEntitlements = 1_000;

    /// <summary>The most resources that are named.</summary>
    public const int MostResources = 100;
}

/// <summary>What a question asked now meets with.</summary>
/// <param name="Trust">How far what memory holds is trusted: <c>fresh</c>, <c>revalidate</c>, <c>suspect</c>, <c>expired</c> or <c>unknown</c>.</param>
/// <param name="Why">Why.</param>
/// <param name="Then">What the question gets for that.</param>
public sealed record NextReport(string Trust, string Why, string Then);

/// <summary>What memory holds of an entry, without its entitlements.</summary>
/// <param name="SetOrigin">Where the set came from.</param>
/// <param name="UsageOrigin">Where what is used came from last.</param>
/// <param name="ReadAt">When the read that it rests on began.</param>
/// <param name="ReadAgeMs">How long ago that is, in milliseconds.</param>
/// <param name="SetUpdatedAt">The set's own date; null where it has none.</param>
/// <param name="ValidUntil">The earliest date at which it has to be read again, or null.</param>
/// <param name="IsKnownToCloud">False where the cloud does not know the customer (or resource).</param>
/// <param name="AccessDeniedReason">Why the whole is denied, or null.</param>
/// <param name="IsInvalidated">Whether something said since that it may be out of date.</param>
/// <param name="IsUnconfirmed">Whether it came from Redis, and no read has confirmed it.</param>
/// <param name="IsUndecided">Whether no read has told yet which of two sets is the later one.</param>
/// <param name="Lease">The lease that it is held by; null for this node's own.</param>
/// <param name="Entitlements">How many entitlements it has.</param>
/// <param name="Bytes">What it takes without what it has in common with others, in bytes.</param>
public sealed record ViewReport(
    string SetOrigin, string UsageOrigin, DateTimeOffset ReadAt, long ReadAgeMs, DateTimeOffset? SetUpdatedAt, DateTimeOffset? ValidUntil,
    bool IsKnownToCloud, string? AccessDeniedReason, bool IsInvalidated, bool IsUnconfirmed, bool IsUndecided, LeaseReport? Lease,
    int Entitlements, long Bytes);

/// <summary>A lease.</summary>
/// <param name="Owner">Who granted it; null where this node stands in for the owner.</param>
/// <param name="IsOwnerLost">Whether that node is lost.</param>
/// <param name="LeftMs">What is left of it, in milliseconds; 0 where it is over.</param>
public sealed record LeaseReport(string? Owner, bool IsOwnerLost, long LeftMs);

/// <summary>An entitlement.</summary>
/// <param name="Id">The feature's or the currency's id.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Limit">Its limit, in words.</param>
/// <param name="Used">What is used, as it is known.</param>
/// <param name="UsedAt">The date of that; null where it has none.</param>
/// <param name="PeriodEnd">The end of the period that it counts in, or null.</param>
/// <param name="UpdatedAt">The entitlement's own date, or null.</param>
/// <param name="ValidUntil">When it has to be read again, or null.</param>
/// <param name="HasAccess">What a question with nothing requested is answered.</param>
/// <param name="Steps">How that comes about.</param>
public sealed record EntitlementReport(
    string Id, string Kind, string Limit, double Used, DateTimeOffset? UsedAt, DateTimeOffset? PeriodEnd, DateTimeOffset? UpdatedAt,
    DateTimeOffset? ValidUntil, bool HasAccess, IReadOnlyList<StepReport> Steps);

/// <summary>One question, and its answer.</summary>
/// <param name="Id">The feature's or the currency's id.</param>
/// <param name="RequestedUsage">Units requested, or null.</param>
/// <param name="RequestedValues">Values requested, or null.</param>
/// <param name="HasAccess">The answer.</param>
/// <param name="IsFallback">Whether a fallback answers.</param>
/// <param name="AccessDeniedReason">Why not, or null.</param>
/// <param name="Steps">How it comes about.</param>
public sealed record QuestionReport(
    string Id, double? RequestedUsage, IReadOnlyList<string>? RequestedValues, bool HasAccess, bool IsFallback, string? AccessDeniedReason,
    IReadOnlyList<StepReport> Steps);

/// <summary>One step of a decision.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Outcome">What follows: <c>goesOn</c>, <c>grants</c>, <c>denies</c> or <c>fallsBack</c>.</param>
public sealed record StepReport(string Rule, string Finding, string Outcome);
