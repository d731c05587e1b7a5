using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>A feature as the cloud defines it: the part of an entitlement that all customers share.</summary>
/// <param name="Id">The feature's id (<c>refId</c> on the wire).</param>
/// <param name="Type">The feature's type; <see cref="FeatureType.Unspecified"/> for a word that this release does not know.</param>
/// <param name="Meter">The meter; <see cref="MeterType.Unspecified"/> where there is none or its word is not known.</param>
/// <param name="HasMeter">True where the cloud names a meter other than <c>None</c>, known to this release or not.</param>
/// <param name="Units">Name of one unit, or null.</param>
/// <param name="UnitsPlural">Name of several units, or null.</param>
/// <param name="DisplayName">The feature's name for people, or null.</param>
/// <param name="UnknownType">The cloud's word for the type where this release does not know it, else null.</param>
/// <param name="UnknownMeter">The cloud's word for the meter where this release does not know it, else null.</param>
public sealed record FeatureDefinition(
    string Id,
    FeatureType Type,
    MeterType Meter = MeterType.Unspecified,
    bool HasMeter = false,
    string? Units = null,
    string? UnitsPlural = null,
    string? DisplayName = null,
    string? UnknownType = null,
    string? UnknownMeter = null)
{
    /// <summary>True for a number that is counted.</summary>
    public bool IsMetered => Type == FeatureType.Number && HasMeter;

    /// <summary>What it takes in memory, in bytes.</summary>
    internal long Size => HeapSize.Head + (8 * HeapSize.Field) + HeapSize.Of(Id) + HeapSize.Of(Units) + HeapSize.Of(UnitsPlural)
        + HeapSize.Of(DisplayName) + HeapSize.Of(UnknownType) + HeapSize.Of(UnknownMeter);

    /// <summary>The kind of entitlement that this feature makes.</summary>
    public EntitlementKind Kind => Type switch
    {
        FeatureType.Boolean => EntitlementKind.Boolean,
        FeatureType.Enum => EntitlementKind.Enum,
        FeatureType.Number => HasMeter ? EntitlementKind.Metered : EntitlementKind.Numeric,
        _ => EntitlementKind.Unknown,
    };
}

/// <summary>The kinds of entitlement that an answer can be about.</summary>
public enum EntitlementKind
{
    /// <summary>A feature whose type this release does not know; never grants.</summary>
    Unknown = 0,

    /// <summary>A feature that is there or not.</summary>
    Boolean,

    /// <summary>A number without a meter.</summary>
    Numeric,

    /// <summary>A number with a meter.</summary>
    Metered,

    /// <summary>A list of values.</summary>
    Enum,

    /// <summary>A balance of credits.</summary>
    Credit,
}
