using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Sidecar.Host.Facade;

namespace Sidecar.Host.Connect;

/// <summary><c>GET /openapi.json</c>: the calls over HTTP as an OpenAPI document, made from the descriptors of the proto file when it is first asked for.</summary>
internal static class OpenApiDocument
{
    private const string ErrorSchema = "Error";
    private static readonly Lazy<byte[]> Bytes = new(static () => JsonSerializer.SerializeToUtf8Bytes(Make()));

    private static readonly Dictionary<string, string> Summaries = new(StringComparer.Ordinal)
    {
        ["GetEntitlements"] = "All entitlements of a customer, or of one of its resources, but for credits.",
        ["GetEntitlementsStateV2"] = "All entitlements of a customer, or of one of its resources, each with its decision.",
        ["GetEntitlement"] = "Whether a customer may use a feature of any kind.",
        ["GetEntitlementV2"] = "Whether a customer may use a feature of any kind, or has credits of a currency: exactly one of featureId and currencyId.",
        ["GetBooleanEntitlement"] = "Whether a customer may use a feature that is on or off.",
        ["GetNumericEntitlement"] = "Whether a customer may use a feature with a number, and the number.",
        ["GetMeteredEntitlement"] = "Whether a customer may use so much of a metered feature.",
        ["GetEnumEntitlement"] = "Whether a customer may use some values of a feature.",
        ["ReportUsage"] = "Reports one usage.",
        ["ReportUsageBulk"] = "Reports up to 100 usages.",
        ["ReportEvents"] = "Reports up to 1,000 events.",
        ["ReloadEntitlements"] = "Has an entry read anew from the cloud's API.",
    };

    /// <summary>Answers the path.</summary>
    public static Task RunAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return ConnectAnswers.WriteAsync(context, ConnectHeaders.Json, Bytes.Value);
        context.Response.Headers.Allow = $"{HttpMethods.Get}, {HttpMethods.Head}";
        return ConnectAnswers.WriteErrorAsync(context, new Status(StatusCode.Unimplemented, "expected a GET"), StatusCodes.Status405MethodNotAllowed);
    }

    /// <summary>Makes it.</summary>
    internal static JsonObject Make()
    {
        var service = Stigg.Sidecar.V1.SidecarService.Descriptor;
        var schemas = new OpenApiSchemas();
        var paths = new JsonObject();
        foreach (var method in service.Methods)
            paths[ConnectMethod.PathOf(method)] = new JsonObject { ["post"] = Operation(method, schemas) };
        var all = schemas.ToJson();
        all[ErrorSchema] = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["code"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. ConnectCodes.Names.Select(name => (JsonNode)name)]) },
                ["message"] = new JsonObject { ["type"] = "string" },
            },
            ["required"] = new JsonArray("code", "message"),
        };
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = service.FullName,
                ["description"] = "Unary calls of the Connect protocol, with messages in protobuf's JSON: a field that has its default (false, 0, an empty text or "
                    + "list) is left out of an answer, and a field that is not known is passed over in a request.",
                ["version"] = typeof(OpenApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = all },
        };
    }

    private static JsonObject Operation(MethodDescriptor method, OpenApiSchemas schemas)
    {
        var isReport = method.Name.StartsWith("ReportUsage", StringComparison.Ordinal);
        var isQuestion = method.Name.StartsWith("Get", StringComparison.Ordinal);
        var parameters = new JsonArray(
            Header(ConnectHeaders.TimeoutMs, "How long the caller waits, in milliseconds.", new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]{1,10}$" }));
        if (isReport)
            parameters.Add(Header(ReportCalls.IdempotencyKey, "Names the report, so that the cloud counts it once.", new JsonObject { ["type"] = "string" }));
        if (isQuestion)
        {
            parameters.Add(Header(
                ExplainTrailers.Asked, "1: headers of the answer say where it came from.", new JsonObject { ["type"] = "string", ["enum"] = new JsonArray(ExplainTrailers.Yes) }));
        }

        return new JsonObject
        {
            ["operationId"] = method.Name,
            ["summary"] = Summaries[method.Name],
            ["parameters"] = parameters,
            ["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(schemas.Of(method.InputType)) },
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject { ["description"] = "The answer.", ["content"] = Content(schemas.Of(method.OutputType)) },
                ["default"] = new JsonObject
                {
                    ["description"] = "An error.",
                    ["content"] = Content(new JsonObject { ["$ref"] = $"#/components/schemas/{ErrorSchema}" }),
                },
            },
        };
    }

    private static JsonObject Header(string name, string description, JsonObject schema) => new()
    {
        ["name"] = name,
        ["in"] = "header",
        ["description"] = description,
        ["schema"] = schema,
    };

    private static JsonObject Content(JsonObject schema) => new() { [ConnectHeaders.Json] = new JsonObject { ["schema"] = schema } };
}
