using System.Collections.Immutable;

namespace Sidecar.Emulator.Reports;

/// <summary>What was counted.</summary>
public enum LedgerKind
{
    /// <summary>Usage of a feature.</summary>
    Measurement,

    /// <summary>An event.</summary>
    Event,
}

/// <summary>One measurement or event that was counted.</summary>
public sealed record LedgerEntry
{
    /// <summary>1 for the first since the start or the last reset.</summary>
    public required long Number { get; init; }

    /// <summary>What it is.</summary>
    public required LedgerKind Kind { get; init; }

    /// <summary>The customer.</summary>
    public required string CustomerId { get; init; }

    /// <summary>The resource; null: the customer itself.</summary>
    public required string? ResourceId { get; init; }

    /// <summary>The feature, or the name of the event.</summary>
    public required string Name { get; init; }

    /// <summary>The value as it was reported; an event has none.</summary>
    public double? Value { get; init; }

    /// <summary>What it did to the usage; an event has none.</summary>
    public UpdateBehavior? Behavior { get; init; }

    /// <summary>The usage after it; an event has none.</summary>
    public double? CurrentUsage { get; init; }

    /// <summary>The credits that it took, where it was paid in credits.</summary>
    public double? ConsumedCredits { get; init; }

    /// <summary>The key by which the sender knows it.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>When it was used or happened, as the sender says.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The dimensions as a JSON object, in the order in which they came; null: none came.</summary>
    public string? Dimensions { get; init; }

    /// <summary>When it was counted.</summary>
    public required DateTimeOffset ProcessedAt { get; init; }
}

/// <summary>All that was counted of one feature or event name of a customer or resource.</summary>
/// <param name="Kind">Measurements or events.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="ResourceId">The resource; null: the customer itself.</param>
/// <param name="Name">The feature, or the name of the event.</param>
/// <param name="Count">How many.</param>
/// <param name="Sum">The sum of the values of those that were differences; those that set the usage are not in it.</param>
public sealed record LedgerTally(LedgerKind Kind, string CustomerId, string? ResourceId, string Name, long Count, double Sum);

/// <summary>What was counted since the start or the last reset.</summary>
public sealed record LedgerSnapshot
{
    /// <summary>Measurements and events together.</summary>
    public long Total => Measurements + Events;

    /// <summary>Measurements.</summary>
    public required long Measurements { get; init; }

    /// <summary>Events, without those that were dropped.</summary>
    public required long Events { get; init; }

    /// <summary>Events that were dropped, since their key was known; they are counted nowhere else.</summary>
    public required long DroppedEvents { get; init; }

    /// <summary>Measurements without an idempotency key.</summary>
    public required long WithoutKey { get; init; }

    /// <summary>How many different idempotency keys the measurements had.</summary>
    public required long DistinctKeys { get; init; }

    /// <summary>How many of these were counted more than once.</summary>
    public required long RepeatedKeys { get; init; }

    /// <summary>By customer, resource, and feature or event name.</summary>
    public required ImmutableArray<LedgerTally> Tallies { get; init; }
}
