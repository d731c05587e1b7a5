using System.Collections.Immutable;
using Sidecar.Emulator.Data;

namespace Sidecar.Emulator.Wire;

/// <summary>What the cloud answers about one customer or resource.</summary>
internal sealed record EntitlementsState(
    string? AccessDeniedReason, ImmutableArray<FeatureEntitlement> Features, ImmutableArray<CreditEntitlement> Credits)
{
    /// <summary>No entitlement at all, and why.</summary>
    public static EntitlementsState Empty(string? reason) => new(reason, [], []);
}

/// <summary>One feature that a customer or resource is entitled to.</summary>
internal sealed record FeatureEntitlement
{
    public required string FeatureId { get; init; }

    public required Feature Feature { get; init; }

    public required Grant Grant { get; init; }

    public required DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>Nothing where nothing is counted.</summary>
    public double? CurrentUsage { get; init; }

    public DateTimeOffset? UsageUpdatedAt { get; init; }

    /// <summary>What the period is counted from, where usage is ever reset.</summary>
    public DateTimeOffset? PeriodAnchor { get; init; }

    public UsagePeriod? Period { get; init; }
}

/// <summary>Credits of one currency that a customer or resource has.</summary>
internal sealed record CreditEntitlement
{
    public required string CurrencyId { get; init; }

    public required Currency Currency { get; init; }

    public required CreditGrant Grant { get; init; }

    public required DateTimeOffset? UpdatedAt { get; init; }

    public double CurrentUsage { get; init; }

    public DateTimeOffset? UsageUpdatedAt { get; init; }

    public UsagePeriod? Period { get; init; }
}
