using System.Collections.Immutable;

namespace Sidecar.Emulator.Reports;

/// <summary>What a measurement does to the usage that there is.</summary>
public enum UpdateBehavior
{
    /// <summary>Its value is added.</summary>
    Delta,

    /// <summary>Its value takes the place of the usage.</summary>
    Set,
}

/// <summary>What one mutation reports.</summary>
internal abstract record Report
{
    /// <summary>The most measurements in one report.</summary>
    public const int MostMeasurements = 100;

    /// <summary>The most events in one report.</summary>
    public const int MostEvents = 1000;

    /// <summary>The most that an event may hold, in bytes of its values.</summary>
    public const int MostEventBytes = 1_000_000;

    private Report()
    {
    }

    /// <summary>One measurement.</summary>
    public sealed record Single(Measurement Measurement) : Report;

    /// <summary>Some measurements, counted all or none.</summary>
    public sealed record Bulk(ImmutableArray<Measurement> Measurements) : Report;

    /// <summary>Some events.</summary>
    public sealed record Events(ImmutableArray<UsageEvent> All) : Report;
}

/// <summary>Usage of one feature, as it is reported.</summary>
internal sealed record Measurement
{
    public required string CustomerId { get; init; }

    public string? ResourceId { get; init; }

    public required string FeatureId { get; init; }

    public required double Value { get; init; }

    public UpdateBehavior Behavior { get; init; }

    /// <summary>When it was used, as the sender says; it changes nothing of how it is counted.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The dimensions as JSON.</summary>
    public string? Dimensions { get; init; }

    public string? IdempotencyKey { get; init; }
}

/// <summary>Something that happened, as it is reported.</summary>
internal sealed record UsageEvent
{
    public required string CustomerId { get; init; }

    public string? ResourceId { get; init; }

    public required string EventName { get; init; }

    public required string IdempotencyKey { get; init; }

    /// <summary>When it happened, as the sender says.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The dimensions as JSON.</summary>
    public string? Dimensions { get; init; }
}
