using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>The answer to one question, as a value. The fields that its <see cref="Kind"/> does not have keep their defaults.</summary>
public readonly record struct Answer
{
    private static readonly string[] NoValues = [];

    /// <summary>Makes an answer without access of an unknown kind; set what holds.</summary>
    public Answer()
    {
    }

    /// <summary>Whether the customer may.</summary>
    public bool HasAccess { get; init; }

    /// <summary>True where a fallback answers and not the customer's entitlements.</summary>
    public bool IsFallback { get; init; }

    /// <summary>Which fallback answers; <see cref="AnswerSource.Memory"/> where none does.</summary>
    public AnswerSource FallbackSource { get; init; }

    /// <summary>Why not, or null.</summary>
    public AccessDeniedReason? AccessDeniedReason { get; init; }

    /// <summary>What the answer is about.</summary>
    public EntitlementKind Kind { get; init; }

    /// <summary>The feature, where it is known.</summary>
    public FeatureDefinition? Feature { get; init; }

    /// <summary>The currency, for credits that are known.</summary>
    public CreditCurrency? Currency { get; init; }

    /// <summary>The limit, or null.</summary>
    public double? UsageLimit { get; init; }

    /// <summary>Whether there is no limit.</summary>
    public bool IsUnlimited { get; init; }

    /// <summary>Whether the limit may be exceeded; null where that is not known.</summary>
    public bool? HasSoftLimit { get; init; }

    /// <summary>What is used in the current period.</summary>
    public double CurrentUsage { get; init; }

    /// <summary>The usage that was asked for.</summary>
    public double RequestedUsage { get; init; }

    /// <summary>Credits that are left, never below 0.</summary>
    public double Remaining { get; init; }

    /// <summary>The number of a numeric entitlement, or null.</summary>
    public int? Value { get; init; }

    /// <summary>The values of an enum entitlement.</summary>
    public IReadOnlyList<string> EnumValues { get; init; } = NoValues;

    /// <summary>How often usage starts anew, or null.</summary>
    public EntitlementResetPeriod? ResetPeriod { get; init; }

    /// <summary>The instant from which periods are counted, or null.</summary>
    public DateTimeOffset? UsagePeriodAnchor { get; init; }

    /// <summary>Start of the current period, or null.</summary>
    public DateTimeOffset? UsagePeriodStart { get; init; }

    /// <summary>End of the current period, or null.</summary>
    public DateTimeOffset? UsagePeriodEnd { get; init; }
}
