using System.Collections.Concurrent;
using GraphQL;
using GraphQL.Execution;
using GraphQL.Validation;
using GraphQLParser.AST;

namespace Sidecar.Emulator.Api;

/// <summary>A document that fits the schema, with the one operation of it that is meant.</summary>
internal sealed record ApiDocument(GraphQLDocument Document, GraphQLOperationDefinition Operation, IValidationResult Validated)
{
    // Clients have a few documents and send them over and over; the bound is for those who make them up.
    private const int MostRemembered = 256;

    private static readonly ConcurrentDictionary<(string Query, string? OperationName), GraphQLDocument> Remembered = new();

    /// <summary>Reads a document, and holds it and its variables against the schema.</summary>
    /// <param name="query">The document.</param>
    /// <param name="operationName">The operation that is meant; not given, the document has to have just one.</param>
    /// <param name="variables">Its variables.</param>
    /// <param name="whyNot">Says why an operation of a type can't be asked for here; nothing where it can.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ApiRefusalException">It can't be used.</exception>
    public static async Task<ApiDocument> ReadAsync(
        string query, string? operationName, Inputs variables, Func<OperationType, string?> whyNot, CancellationToken cancellationToken)
    {
        var isRemembered = Remembered.TryGetValue((query, operationName), out var known);
        var document = known ?? Parse(query);
        var operation = Find(document, operationName);
        if (whyNot(operation.Operation) is { } problem)
            throw new ApiRefusalException(problem);
        var validated = await new DocumentValidator().ValidateAsync(new ValidationOptions
        {
            Schema = ApiSchema.Instance,
            // One that was valid still is; its variables are looked at in any case.
            Rules = isRemembered ? [] : VariableTypes.AndAllOthers,
            Document = document,
            Operation = operation,
            Variables = variables,
            CancellationToken = cancellationToken,
        });
        if (!validated.IsValid)
            throw new ApiRefusalException([.. validated.Errors.Select(error => error.Message)]);
        if (!isRemembered && Remembered.Count < MostRemembered)
            Remembered.TryAdd((query, operationName), document);
        return new ApiDocument(document, operation, validated);
    }

    private static GraphQLDocument Parse(string query)
    {
        try
        {
            return new GraphQLDocumentBuilder().Build(query);
        }
        catch (ExecutionError wrong)
        {
            throw new ApiRefusalException(wrong.Message);
        }
    }

    private static GraphQLOperationDefinition Find(GraphQLDocument document, string? name)
    {
        var operations = document.Definitions.OfType<GraphQLOperationDefinition>();
        if (name is null)
            return operations.ToList() is [var only]
                ? only
                : throw new ApiRefusalException("operationName must be given where the document has not just one operation");
        return operations.FirstOrDefault(given => given.Name?.Value == name)
            ?? throw new ApiRefusalException($"the document has no operation \"{name}\"");
    }
}
