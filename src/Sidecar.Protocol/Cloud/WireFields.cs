using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Sidecar.Protocol.Cloud;

/// <summary>The fields of an object that are read, found by their names as they stand in a document, without making texts of those.</summary>
internal sealed class WireFields
{
    private const int Places = 64;

    private readonly byte[][] _names;

    // Which field has its name at a place; where two would have the same, the second one stands at the next that is free.
    private readonly byte[] _places = new byte[Places];

    /// <summary>Fields of these names, numbered from 1 on.</summary>
    public WireFields(params ReadOnlySpan<string> names)
    {
        if (names.Length > Places / 2)
            throw new ArgumentException($"{names.Length} names are more than can be told apart fast", nameof(names));
        _names = new byte[names.Length + 1][];
        for (var field = 1; field < _names.Length; field++)
        {
            _names[field] = Encoding.UTF8.GetBytes(names[field - 1]);
            var place = PlaceOf(_names[field]);
            while (_places[place] != 0)
                place = (place + 1) % Places;
            _places[place] = (byte)field;
        }
    }

    /// <summary>Fields that an enumeration names, in camel case; its 0 stands for any other. <c>TypeName</c> is <c>__typename</c>.</summary>
    public static WireFields Of<T>()
        where T : struct, Enum =>
        new([.. Enum.GetNames<T>().Skip(1).Select(name => name == "TypeName" ? "__typename" : JsonNamingPolicy.CamelCase.ConvertName(name))]);

    /// <summary>Goes on to the value of an object's next field; false at the object's end.</summary>
    /// <param name="json">A reader within the object, at the end of a value or at its start.</param>
    /// <param name="field">The field's number; 0 for one that is not among these.</param>
    public bool Next(scoped ref Utf8JsonReader json, out int field)
    {
        field = 0;
        if (!json.Read() || json.TokenType != JsonTokenType.PropertyName)
            return false;
        field = Find(
            !json.ValueIsEscaped ? json.ValueSpan
            : Utf8.IsValid(json.ValueSpan) ? WireValue.Unescaped(ref json)
            : []);
        json.Read();
        return true;
    }

    private int Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
            return 0;
        for (var place = PlaceOf(name); _places[place] is var field and not 0; place = (place + 1) % Places)
        {
            if (name.SequenceEqual(_names[field]))
                return field;
        }

        return 0;
    }

    private static int PlaceOf(ReadOnlySpan<byte> name) => ((name.Length * 5) + name[0] + (name[^1] * 11)) % Places;
}
