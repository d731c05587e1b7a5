using System.Collections.Immutable;
using System.Text.Json;
using GraphQL;
using GraphQL.Types;
using GraphQLParser.AST;
using Sidecar.Emulator.Api;

namespace Sidecar.Emulator.Updates;

/// <summary>
/// What a valid document asks of an object of one type: fragments resolved and fields of one name merged beforehand, so that
/// thousands of values a second can be written by it.
/// </summary>
internal sealed class Selection
{
    private const string TypeName = "__typename";

    private readonly ImmutableArray<Field> _fields;

    private Selection(ImmutableArray<Field> fields) => _fields = fields;

    /// <summary>What an operation asks for.</summary>
    /// <exception cref="ApiRefusalException">It asks in a way that is not served here.</exception>
    public static Selection Of(ApiDocument document) => new Preparation(document.Document).Of(
        document.Operation.Operation switch
        {
            OperationType.Subscription => ApiSchema.Instance.Subscription!,
            OperationType.Mutation => ApiSchema.Instance.Mutation!,
            _ => ApiSchema.Instance.Query!,
        },
        [document.Operation.SelectionSet]);

    /// <summary>Writes what is asked for of a value.</summary>
    public void Write(Utf8JsonWriter json, JsonElement value)
    {
        json.WriteStartObject();
        foreach (var field in _fields)
        {
            json.WritePropertyName(field.Key);
            if (field.TypeName is { } type)
                json.WriteStringValue(type);
            else if (value.TryGetProperty(field.Name, out var below))
                Write(json, field, below);
            else
                json.WriteNullValue();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Field field, JsonElement value)
    {
        if (field.Below.IsEmpty || value.ValueKind is JsonValueKind.Null)
        {
            value.WriteTo(json);
            return;
        }
        if (value.ValueKind is not JsonValueKind.Array)
        {
            field.BelowOf(value).Write(json, value);
            return;
        }
        json.WriteStartArray();
        foreach (var item in value.EnumerateArray())
            field.BelowOf(item).Write(json, item);
        json.WriteEndArray();
    }

    /// <param name="Key">The name in the answer.</param>
    /// <param name="Name">The name in the schema.</param>
    /// <param name="TypeName">The value, where the type's name is asked for.</param>
    /// <param name="Below">What is asked of the value, by its type; nothing of a scalar.</param>
    private sealed record Field(JsonEncodedText Key, string Name, string? TypeName, ImmutableDictionary<string, Selection> Below)
    {
        private readonly Selection? _only = Below.Count is 1 ? Below.Values.Single() : null;

        public Selection BelowOf(JsonElement value) => _only ?? Below[value.GetProperty(Selection.TypeName).GetString()!];
    }

    private sealed class Preparation(GraphQLDocument document)
    {
        public Selection Of(IObjectGraphType type, IEnumerable<GraphQLSelectionSet> sets)
        {
            var asked = new OrderedDictionary<string, (string Name, List<GraphQLSelectionSet> Below)>(StringComparer.Ordinal);
            foreach (var set in sets)
                Collect(type, set, asked);
            return new Selection([.. asked.Select(field => FieldOf(type, field.Key, field.Value.Name, field.Value.Below))]);
        }

        private void Collect(
            IObjectGraphType type, GraphQLSelectionSet set, OrderedDictionary<string, (string Name, List<GraphQLSelectionSet> Below)> asked)
        {
            foreach (var selection in set.Selections)
            {
                if (selection is IHasDirectivesNode { Directives.Count: > 0 })
                    throw new ApiRefusalException("an operation of this kind takes no directives here");
                switch (selection)
                {
                    case GraphQLField field:
                        var key = (field.Alias?.Name ?? field.Name).StringValue;
                        asked.TryAdd(key, (field.Name.StringValue, []));
                        if (field.SelectionSet is { } below)
                            asked[key].Below.Add(below);
                        break;
                    case GraphQLInlineFragment fragment when Applies(fragment.TypeCondition, type):
                        Collect(type, fragment.SelectionSet, asked);
                        break;
                    case GraphQLFragmentSpread spread:
                        var named = document.Definitions.OfType<GraphQLFragmentDefinition>()
                            .First(given => given.FragmentName.Name.Value == spread.FragmentName.Name.Value);
                        if (Applies(named.TypeCondition, type))
                            Collect(type, named.SelectionSet, asked);
                        break;
                }
            }
        }

        private Field FieldOf(IObjectGraphType type, string key, string name, List<GraphQLSelectionSet> below)
        {
            var text = JsonEncodedText.Encode(key);
            if (name == TypeName)
                return new Field(text, name, type.Name, ImmutableDictionary<string, Selection>.Empty);
            var field = type.GetField(name) ?? throw new ApiRefusalException($"{type.Name}.{name} can't be asked for here");
            return new Field(text, name, TypeName: null, Types(field.ResolvedType!.GetNamedType()).ToImmutableDictionary(
                possible => possible.Name, possible => Of(possible, below), StringComparer.Ordinal));
        }

        private static bool Applies(GraphQLTypeCondition? condition, IObjectGraphType type) =>
            condition is null
            || (ApiSchema.Instance.AllTypes[condition.Type.Name.StringValue] is { } meant && Types(meant).Contains(type));

        private static IEnumerable<IObjectGraphType> Types(IGraphType type) => type switch
        {
            IObjectGraphType itself => [itself],
            IAbstractGraphType any => any.PossibleTypes,
            _ => [],
        };
    }
}
