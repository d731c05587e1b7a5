using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>What one customer (or resource) is entitled to for one feature or currency. Immutable.</summary>
public abstract record Entitlement
{
    /// <summary>The feature's or the currency's id.</summary>
    public abstract string Id { get; }

    /// <summary>The kind of entitlement.</summary>
    public abstract EntitlementKind Kind { get; }

    /// <summary>Why the cloud denies this one entitlement, or null.</summary>
    public AccessDeniedReason? AccessDeniedReason { get; init; }

    /// <summary>Units (or credits) granted; null where the cloud names no limit.</summary>
    public double? UsageLimit { get; init; }

    /// <summary>True where the limit may be exceeded.</summary>
    public bool HasSoftLimit { get; init; }

    /// <summary>The cloud's <c>entitlementUpdatedAt</c>, or null.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>From this instant on the entitlement has to be read again, or null.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>What is used.</summary>
    public Usage Usage { get; init; } = Usage.None;
}

/// <summary>An entitlement to a feature.</summary>
/// <param name="Feature">The feature.</param>
public sealed record FeatureEntitlement(FeatureDefinition Feature) : Entitlement
{
    /// <inheritdoc/>
    public override string Id => Feature.Id;

    /// <inheritdoc/>
    public override EntitlementKind Kind => Feature.Kind;

    /// <summary>True where there is no limit at all.</summary>
    public bool HasUnlimitedUsage { get; init; }

    /// <summary>The values granted, for an enum. Never changed once here.</summary>
    public IReadOnlyList<string> EnumValues { get; init; } = [];

    /// <summary>How often the usage starts anew, or null.</summary>
    public EntitlementResetPeriod? ResetPeriod { get; init; }

    /// <summary>The instant from which periods are counted, or null.</summary>
    public DateTimeOffset? UsagePeriodAnchor { get; init; }

    /// <summary>What periods are counted from, in the cloud's words, or null.</summary>
    public ResetPeriodConfiguration? ResetPeriodConfiguration { get; init; }

    /// <summary>What a unit costs in credits, or null.</summary>
    public CreditRate? CreditRate { get; init; }
}

/// <summary>An entitlement to credits of a currency.</summary>
/// <param name="Currency">The currency.</param>
public sealed record CreditEntitlement(CreditCurrency Currency) : Entitlement
{
    /// <inheritdoc/>
    public override string Id => Currency.Id;

    /// <inheritdoc/>
    public override EntitlementKind Kind => EntitlementKind.Credit;

    /// <summary>Credits that are left, never below 0.</summary>
    public double Remaining => Math.Max(0, (UsageLimit ?? 0) - Usage.Current);
}
