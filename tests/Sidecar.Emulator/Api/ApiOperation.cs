using System.Collections.Immutable;
using System.Text.Json;
using GraphQL;
using GraphQL.SystemTextJson;
using GraphQL.Validation;
using GraphQLParser.AST;
using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Api;

/// <summary>An operation that fits the schema.</summary>
internal sealed class ApiOperation
{
    private static readonly GraphQLSerializer Serializer = new();
    private static readonly DocumentExecuter Executer = new();

    private readonly ApiBody _body;
    private readonly GraphQLDocument _document;
    private readonly Func<RequestSubject, JsonElement> _tell;

    private ApiOperation(ApiBody body, GraphQLDocument document, RequestSubject subject, Func<RequestSubject, JsonElement> tell) =>
        (_body, _document, Subject, _tell) = (body, document, subject, tell);

    /// <summary>What it asks for.</summary>
    public RequestSubject Subject { get; }

    /// <summary>Reads a document, and holds it and its variables against the schema.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="tell">Gives the JSON object that holds the value of the one field that is asked for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ApiRefusalException">It can't be answered.</exception>
    public static async Task<ApiOperation> ReadAsync(
        ApiBody body, Func<RequestSubject, JsonElement> tell, CancellationToken cancellationToken)
    {
        var document = await ApiDocument.ReadAsync(body.Query, body.OperationName, body.Variables, WhyNot, cancellationToken);
        return new ApiOperation(body, document.Document, SubjectOf(document.Operation, document.Validated), tell);
    }

    /// <summary>Makes the answer.</summary>
    public async ValueTask<CloudAnswer> AnswerAsync(CancellationToken cancellationToken)
    {
        var result = await Executer.ExecuteAsync(new ExecutionOptions
        {
            Schema = ApiSchema.Instance,
            Document = _document,
            OperationName = _body.OperationName,
            Variables = _body.Variables,
            Root = this,
            CancellationToken = cancellationToken,
        });
        if (result.Errors is { Count: > 0 } errors)
            return CloudAnswer.Errors(StatusCodes.Status200OK, errors.Select(error => error.Message), "UnexpectedError");
        using var body = new MemoryStream();
        await Serializer.WriteAsync(body, result, cancellationToken);
        return CloudAnswer.Json(body.ToArray());
    }

    /// <summary>The value of a field of the operation itself.</summary>
    public object Tell(string field) => _tell(Subject).GetProperty(field);

    private static string? WhyNot(OperationType type) => type switch
    {
        OperationType.Query => null,
        OperationType.Subscription => "a Subscription is told over a WebSocket alone",
        _ => $"the schema has no {type}",
    };

    private static RequestSubject SubjectOf(GraphQLOperationDefinition operation, IValidationResult validated)
    {
        // One request is one thing to count, to hold and to fail.
        if (operation.SelectionSet.Selections is not [GraphQLField field]
            || !ApiSchema.Targets.TryGetValue(field.Name.StringValue, out var target))
        {
            var fields = string.Join(", ", ApiSchema.Targets.Keys.Order(StringComparer.Ordinal));
            throw new ApiRefusalException($"an operation has to ask for exactly one of {fields}");
        }
        return validated.ArgumentValues is { } all && all.TryGetValue(field, out var arguments)
            && arguments["query"].Value is IDictionary<string, object?> query
            ? new RequestSubject(target, (string?)query["customerId"], (string?)(query.TryGetValue("resourceId", out var resource) ? resource : null))
            : new RequestSubject(target);
    }
}

/// <summary>A request that the API refuses, and why.</summary>
internal sealed class ApiRefusalException(ImmutableArray<string> problems) : Exception(string.Join("; ", problems))
{
    public ApiRefusalException(string problem)
        : this([problem])
    {
    }

    /// <summary>All that is wrong.</summary>
    public ImmutableArray<string> Problems => problems;
}
