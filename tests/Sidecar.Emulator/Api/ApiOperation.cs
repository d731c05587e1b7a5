using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using GraphQL;
using GraphQL.SystemTextJson;
using GraphQL.Validation;
using GraphQLParser.AST;
using Sidecar.Emulator.Reports;
using Sidecar.Emulator.Requests;
using Sidecar.Emulator.Updates;

namespace Sidecar.Emulator.Api;

/// <summary>An operation that fits the schema.</summary>
internal sealed class ApiOperation
{
    private static readonly GraphQLSerializer Serializer = new();
    private static readonly DocumentExecuter Executer = new();

    private readonly ApiBody _body;
    private readonly ApiDocument _document;
    private readonly Selection? _selection;
    private readonly Func<ApiOperation, JsonElement> _tell;

    private ApiOperation(ApiBody body, ApiDocument document, Func<ApiOperation, JsonElement> tell)
    {
        (_body, _document, _tell) = (body, document, tell);
        (Subject, Report) = SubjectOf(document.Operation, document.Validated);
        // Reports come by the million.
        if (Report is not null)
            _selection = Selection.Of(document);
    }

    /// <summary>What it asks for.</summary>
    public RequestSubject Subject { get; }

    /// <summary>What it reports; a query reports nothing.</summary>
    public ReportArguments? Report { get; }

    /// <summary>Reads a document, and holds it and its variables against the schema.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="tell">
    /// Gives the JSON object that holds the value of the one field that is asked for; where something is reported, by counting
    /// it. It is called once.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ApiRefusalException">It can't be answered.</exception>
    public static async Task<ApiOperation> ReadAsync(
        ApiBody body, Func<ApiOperation, JsonElement> tell, CancellationToken cancellationToken)
    {
        var document = await ApiDocument.ReadAsync(body.Query, body.OperationName, body.Variables, WhyNot, cancellationToken);
        return new ApiOperation(body, document, tell);
    }

    /// <summary>Makes the answer.</summary>
    public async ValueTask<CloudAnswer> AnswerAsync(CancellationToken cancellationToken)
    {
        JsonElement told;
        try
        {
            told = _tell(this);
        }
        catch (ReportRefusalException refused)
        {
            return CloudAnswer.Errors(StatusCodes.Status200OK, refused.Message, refused.Code);
        }
        return _selection is { } selection
            ? CloudAnswer.Json(Write(selection, told))
            : await ExecuteAsync(told, cancellationToken);
    }

    private async ValueTask<CloudAnswer> ExecuteAsync(JsonElement told, CancellationToken cancellationToken)
    {
        var result = await Executer.ExecuteAsync(new ExecutionOptions
        {
            Schema = ApiSchema.Instance,
            Document = _document.Document,
            // They were kept when it was read.
            ValidationRules = [],
            OperationName = _body.OperationName,
            Variables = _body.Variables,
            Root = told,
            CancellationToken = cancellationToken,
        });
        if (result.Errors is { Count: > 0 } errors)
            return CloudAnswer.Errors(StatusCodes.Status200OK, errors.Select(error => error.Message), "UnexpectedError");
        using var body = new MemoryStream();
        await Serializer.WriteAsync(body, result, cancellationToken);
        return CloudAnswer.Json(body.ToArray());
    }

    private static byte[] Write(Selection selection, JsonElement told)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName("data");
            selection.Write(json, told);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static string? WhyNot(OperationType type) =>
        type is OperationType.Subscription ? "a Subscription is told over a WebSocket alone" : null;

    private static (RequestSubject Subject, ReportArguments? Report) SubjectOf(
        GraphQLOperationDefinition operation, IValidationResult validated)
    {
        // One request is one thing to count, to hold and to fail.
        var targets = operation.Operation is OperationType.Mutation ? ApiSchema.Mutations : ApiSchema.Queries;
        if (operation.SelectionSet.Selections is not [GraphQLField field]
            || !targets.TryGetValue(field.Name.StringValue, out var target))
        {
            var fields = string.Join(", ", targets.Keys.Order(StringComparer.Ordinal));
            throw new ApiRefusalException($"an operation has to ask for exactly one of {fields}");
        }
        // Each of them has one argument at most.
        if (validated.ArgumentValues is not { } all || !all.TryGetValue(field, out var arguments)
            || arguments.Values.Single().Value is not IDictionary<string, object?> argument)
            return (new RequestSubject(target), null);
        if (operation.Operation is OperationType.Mutation)
        {
            var report = new ReportArguments(target, argument);
            return (report.Subject, report);
        }
        var resourceId = argument.TryGetValue("resourceId", out var resource) ? (string?)resource : null;
        return (new RequestSubject(target, (string?)argument["customerId"], resourceId), null);
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
