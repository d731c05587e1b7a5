using System.Text.Json;
using Sidecar.Protocol.Entitlements;
using FeatureType = Stigg.Sidecar.V1.FeatureType;
using MeterType = Stigg.Sidecar.V1.MeterType;

namespace Sidecar.Protocol.Cloud;

/// <summary>A feature as it is told; <see cref="FeatureDefinition"/> is the one instance of it.</summary>
internal ref struct WireFeature : ISharedDraft<FeatureDefinition>
{
    private const int IdField = 1;
    private const int DisplayNameField = 2;
    private const int FeatureTypeField = 3;
    private const int MeterTypeField = 4;
    private const int UnitsField = 5;
    private const int UnitsPluralField = 6;

    private WireText _id;
    private WireText _displayName;
    private WireText _units;
    private WireText _unitsPlural;
    private WireText _unknownType;
    private WireText _unknownMeter;
    private FeatureType _type;
    private MeterType _meter;
    private bool _hasMeter;

    /// <summary>Whether there is one, be it without an id; not null.</summary>
    public bool IsThere { get; private set; }

    /// <summary>Whether it can be told from other features.</summary>
    public readonly bool HasId => _id.HasContent;

    public readonly int Hash => Shared.HashOf(_id.Utf8);

    /// <summary>The names of the fields that are read.</summary>
    public static WireFields Fields(string id, string units, string unitsPlural) =>
        new(id, "displayName", "featureType", "meterType", units, unitsPlural);

    /// <summary>Reads one.</summary>
    public static WireFeature Read(scoped ref Utf8JsonReader json, WireFields fields)
    {
        var feature = default(WireFeature);
        if (!WireValue.IsObject(ref json))
            return feature;
        feature.IsThere = true;
        WireText type = default, meter = default;
        while (fields.Next(ref json, out var field))
        {
            switch (field)
            {
                case IdField:
                    feature._id = WireValue.Text(ref json);
                    break;
                case DisplayNameField:
                    feature._displayName = WireValue.Text(ref json);
                    break;
                case FeatureTypeField:
                    type = WireValue.Text(ref json);
                    break;
                case MeterTypeField:
                    meter = WireValue.Text(ref json);
                    break;
                case UnitsField:
                    feature._units = WireValue.Text(ref json);
                    break;
                case UnitsPluralField:
                    feature._unitsPlural = WireValue.Text(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        feature._type = Words.FeatureType(type.Utf8);
        (feature._meter, feature._hasMeter) = Words.Meter(meter.Utf8);
        if (feature._type == FeatureType.Unspecified)
            feature._unknownType = type;
        if (feature._meter == MeterType.Unspecified && feature._hasMeter)
            feature._unknownMeter = meter;
        return feature;
    }

    public readonly bool IsSameAs(FeatureDefinition known) => _id.Is(known.Id)
        && _type == known.Type
        && _meter == known.Meter
        && _hasMeter == known.HasMeter
        && _units.Is(known.Units)
        && _unitsPlural.Is(known.UnitsPlural)
        && _displayName.Is(known.DisplayName)
        && _unknownType.Is(known.UnknownType)
        && _unknownMeter.Is(known.UnknownMeter);

    public readonly FeatureDefinition Make() => new(
        _id.ToText()!, _type, _meter, _hasMeter, _units.ToText(), _unitsPlural.ToText(), _displayName.ToText(), _unknownType.ToText(),
        _unknownMeter.ToText());
}
