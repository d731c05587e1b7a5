using GraphQL.Types;
using GraphQL.Validation;
using GraphQLParser.AST;

namespace Sidecar.Emulator.Api;

/// <summary>
/// Variables have the type of the place where they stand. The usual rule takes any two types that may not be null for the same.
/// </summary>
internal sealed class VariableTypes : ValidationRuleBase
{
    private static readonly MatchingNodeVisitor<GraphQLOperationDefinition> Visitor = new((operation, context) =>
    {
        foreach (var usage in context.GetRecursiveVariables(operation) ?? [])
        {
            var definition = operation.Variables?.FirstOrDefault(given => given.Variable.Name == usage.Node.Name);
            if (definition is not null && usage.Type is { } type && !Fits(definition, type))
                context.ReportError(new ValidationError(
                    $"Variable '${usage.Node.Name.StringValue}' of type '{TextOf(definition.Type)}' stands where '{type}' is expected"));
        }
    });

    /// <summary>All rules, this one too.</summary>
    public static IReadOnlyList<IValidationRule> AndAllOthers { get; } = [.. DocumentValidator.CoreRules, new VariableTypes()];

    /// <inheritdoc/>
    public override ValueTask<INodeVisitor?> GetPreNodeVisitorAsync(ValidationContext context) => new(Visitor);

    private static bool Fits(GraphQLVariableDefinition definition, IGraphType place)
    {
        var (given, expected) = (TextOf(definition.Type), place.ToString()!);
        return given == expected || given == expected + "!" || (definition.DefaultValue is not null && given + "!" == expected);
    }

    private static string TextOf(GraphQLType type) => type switch
    {
        GraphQLNonNullType nonNull => TextOf(nonNull.Type) + "!",
        GraphQLListType list => $"[{TextOf(list.Type)}]",
        GraphQLNamedType named => named.Name.StringValue,
        _ => "",
    };
}
