using System.Collections.Immutable;
using System.Text.Json;

namespace Sidecar.Emulator.Data;

/// <summary>
/// The fields of one JSON object, taken one by one; what nobody took is refused by <see cref="End"/>, so that a slip of
/// the pen is not silently ignored. A null counts as absent.
/// </summary>
internal sealed class JsonFields
{
    private readonly JsonCursor _object;
    private readonly Dictionary<string, JsonCursor> _left = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];

    public JsonFields(JsonCursor cursor)
    {
        _object = cursor;
        if (cursor.Element.ValueKind is not JsonValueKind.Object)
            throw cursor.Expected("an object");
        foreach (var property in cursor.Element.EnumerateObject())
        {
            var name = NameOf(property);
            var field = new JsonCursor(property.Value, cursor.PathOf(name), cursor.Now);
            if (!_left.TryAdd(name, field))
                throw field.Wrong("stands twice");
        }
    }

    public IEnumerable<(string Name, JsonCursor Value)> All() => _left.Select(field => (field.Key, field.Value));

    public JsonCursor Required(string name) => Take(name) ?? throw _object.Wrong($"\"{name}\" is missing");

    public JsonCursor? Take(string name)
    {
        _known.Add(name);
        return _left.Remove(name, out var value) && !value.IsNull ? value : null;
    }

    public string? Text(string name) => Take(name)?.Text();

    public bool? Flag(string name) => Take(name)?.Flag();

    public double? Number(string name) => Take(name)?.Number();

    public int? Integer(string name, int least, int most) => Take(name)?.Integer(least, most);

    public DateTimeOffset? Date(string name) => Take(name)?.Date();

    public ImmutableArray<string>? Texts(string name) => Take(name)?.Texts();

    public T? Word<T>(string name, ImmutableDictionary<string, T> table)
        where T : struct => Take(name)?.Word(table);

    public string? Word(string name, ImmutableDictionary<string, string> table) => Take(name)?.Word(table);

    public T? Object<T>(string name, Func<JsonCursor, T> read)
        where T : class => Take(name) is { } value ? read(value) : null;

    public ImmutableSortedDictionary<string, T> Map<T>(string name, Func<JsonCursor, T> read) =>
        Take(name)?.Map(read) ?? EmulatorData.Map<T>();

    /// <summary>Refuses fields that nobody asked for.</summary>
    public void End()
    {
        foreach (var (_, field) in _left)
            throw field.Wrong($"unknown field; known are {string.Join(", ", _known)}");
    }

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw _object.Wrong("has a field whose name holds half of a surrogate pair");
        }
    }
}
