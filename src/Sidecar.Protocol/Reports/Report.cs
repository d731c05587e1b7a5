using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Reports;

/// <summary>Which of the three calls reports.</summary>
public enum ReportKind
{
    /// <summary>One measurement.</summary>
    Usage = 0,

    /// <summary>Some measurements at once.</summary>
    UsageBulk,

    /// <summary>Some events.</summary>
    Events,
}

/// <summary>One dimension of what was used or happened.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; never one that holds nothing.</param>
public readonly record struct Dimension(string Name, EventDimensionValue Value);

/// <summary>What one measurement says of the usage of one feature.</summary>
/// <param name="Key">Whose usage.</param>
/// <param name="FeatureId">The feature.</param>
/// <param name="Value">What is added to the usage, or takes its place.</param>
/// <param name="IdempotencyKey">The key by which the measurement is known.</param>
public sealed record Measurement(EntryKey Key, string FeatureId, double Value, string IdempotencyKey)
{
    /// <summary>Whether the value takes the place of the usage; otherwise it is added.</summary>
    public bool IsSet { get; init; }

    /// <summary>When it was used, or null.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Its dimensions.</summary>
    public ImmutableArray<Dimension> Dimensions { get; init; } = [];
}

/// <summary>Something that happened.</summary>
/// <param name="Key">To whom.</param>
/// <param name="Name">What.</param>
/// <param name="IdempotencyKey">The key by which the cloud drops repeats.</param>
public sealed record HappenedEvent(EntryKey Key, string Name, string IdempotencyKey)
{
    /// <summary>When, or null.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Its dimensions.</summary>
    public ImmutableArray<Dimension> Dimensions { get; init; } = [];
}

/// <summary>What one call reports, in a form that the cloud can be told. Immutable.</summary>
/// <param name="Kind">Which call.</param>
public abstract record Report(ReportKind Kind)
{
    /// <summary>How many measurements or events there are.</summary>
    public abstract int Count { get; }

    /// <summary>
    /// Whether the cloud drops what it is told a second time. Documented for events alone; so nothing else is ever sent a second time.
    /// </summary>
    public abstract bool IsRepeatable { get; }
}

/// <summary>Measurements.</summary>
/// <param name="Measurements">All of them; one, unless they are reported in bulk.</param>
/// <param name="IsBulk">Whether they are reported in bulk.</param>
public sealed record UsageReport(ImmutableArray<Measurement> Measurements, bool IsBulk)
    : Report(IsBulk ? ReportKind.UsageBulk : ReportKind.Usage)
{
    /// <inheritdoc/>
    public override int Count => Measurements.Length;

    /// <inheritdoc/>
    public override bool IsRepeatable => false;
}

/// <summary>Events.</summary>
/// <param name="Events">All of them.</param>
public sealed record EventReport(ImmutableArray<HappenedEvent> Events) : Report(ReportKind.Events)
{
    /// <inheritdoc/>
    public override int Count => Events.Length;

    /// <inheritdoc/>
    public override bool IsRepeatable => true;
}
