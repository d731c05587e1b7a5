using Sidecar.Protocol.Entitlements;
using FeatureType = Stigg.Sidecar.V1.FeatureType;
using MeterType = Stigg.Sidecar.V1.MeterType;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Protocol.Nodes;

/// <summary>A feature as another node tells it; <see cref="FeatureDefinition"/> is the one instance of it.</summary>
internal readonly struct NodeFeature(Wire.Feature told) : ISharedDraft<FeatureDefinition>
{
    public int Hash => Shared.HashOf(told.Id);

    private FeatureType Type => NodeBytes.Known(told.Type, FeatureType.Unspecified);

    private MeterType Meter => NodeBytes.Known(told.Meter, MeterType.Unspecified);

    private string? Units => told.HasUnits ? told.Units : null;

    private string? UnitsPlural => told.HasUnitsPlural ? told.UnitsPlural : null;

    private string? DisplayName => told.HasDisplayName ? told.DisplayName : null;

    private string? UnknownType => told.HasUnknownType ? told.UnknownType : null;

    private string? UnknownMeter => told.HasUnknownMeter ? told.UnknownMeter : null;

    public bool IsSameAs(FeatureDefinition known) => known.Id == told.Id
        && known.Type == Type
        && known.Meter == Meter
        && known.HasMeter == told.HasMeter
        && known.Units == Units
        && known.UnitsPlural == UnitsPlural
        && known.DisplayName == DisplayName
        && known.UnknownType == UnknownType
        && known.UnknownMeter == UnknownMeter;

    public FeatureDefinition Make() =>
        new(told.Id, Type, Meter, told.HasMeter, Units, UnitsPlural, DisplayName, UnknownType, UnknownMeter);
}

/// <summary>A reset period's configuration as another node tells it.</summary>
internal readonly struct NodeConfiguration(Wire.ResetPeriodConfiguration told) : ISharedDraft<ResetPeriodConfiguration>
{
    public int Hash => Shared.HashOf(told.Value);

    private string? TypeName => told.HasTypeName ? told.TypeName : null;

    public bool IsSameAs(ResetPeriodConfiguration known) =>
        known.Field == told.Field && known.Value == told.Value && known.TypeName == TypeName;

    public ResetPeriodConfiguration Make() => new(TypeName, told.Field, told.Value);
}
