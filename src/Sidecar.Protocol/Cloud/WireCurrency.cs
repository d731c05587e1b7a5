using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>A currency as it is told.</summary>
internal ref struct WireCurrency
{
    private static readonly WireFields Fields = WireFields.Of<Field>();

    private WireText _id;
    private WireText _displayName;
    private WireText _description;
    private WireText _unitSingular;
    private WireText _unitPlural;
    private JsonElement? _additionalMetaData;

    private enum Field
    {
        Unknown = 0,
        CurrencyId,
        DisplayName,
        Description,
        UnitSingular,
        UnitPlural,
        AdditionalMetaData,
    }

    /// <summary>Whether there is one, be it without an id; not null.</summary>
    public bool IsThere { get; private set; }

    /// <summary>Whether it can be told from other currencies.</summary>
    public readonly bool HasId => _id.HasContent;

    /// <summary>Reads one.</summary>
    public static WireCurrency Read(scoped ref Utf8JsonReader json)
    {
        var currency = default(WireCurrency);
        if (!WireValue.IsObject(ref json))
            return currency;
        currency.IsThere = true;
        while (Fields.Next(ref json, out var field))
        {
            switch ((Field)field)
            {
                case Field.CurrencyId:
                    currency._id = WireValue.Text(ref json);
                    break;
                case Field.DisplayName:
                    currency._displayName = WireValue.Text(ref json);
                    break;
                case Field.Description:
                    currency._description = WireValue.Text(ref json);
                    break;
                case Field.UnitSingular:
                    currency._unitSingular = WireValue.Text(ref json);
                    break;
                case Field.UnitPlural:
                    currency._unitPlural = WireValue.Text(ref json);
                    break;
                case Field.AdditionalMetaData:
                    // Looked into only where it is needed: a text in it that is no Unicode matters to nothing else.
                    currency._additionalMetaData = json.TokenType == JsonTokenType.Null ? null : JsonElement.ParseValue(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return currency;
    }

    /// <summary>The currency.</summary>
    /// <exception cref="InvalidOperationException">A text of its meta data is no Unicode.</exception>
    public readonly CreditCurrency ToCurrency() => new(
        _id.ToText()!,
        _displayName.ToText() ?? "",
        _description.ToText(),
        _unitSingular.ToText(),
        _unitPlural.ToText(),
        _additionalMetaData is { ValueKind: JsonValueKind.Object } data ? ToValue(data).StructValue : null);

    private static Value ToValue(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = new Struct();
                foreach (var field in json.EnumerateObject())
                    fields.Fields[field.Name] = ToValue(field.Value);
                return Value.ForStruct(fields);
            case JsonValueKind.Array:
                return Value.ForList([.. json.EnumerateArray().Select(ToValue)]);
            case JsonValueKind.String:
                return Value.ForString(json.GetString());
            case JsonValueKind.Number:
                return Value.ForNumber(json.GetDouble());
            case JsonValueKind.True or JsonValueKind.False:
                return Value.ForBool(json.GetBoolean());
            default:
                return Value.ForNull();
        }
    }
}
