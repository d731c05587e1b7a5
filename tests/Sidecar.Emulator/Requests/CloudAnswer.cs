using System.Buffers;
using System.Text;
using System.Text.Json;
using Sidecar.Emulator.Control;

namespace Sidecar.Emulator.Requests;

/// <summary>A whole answer, not yet on its way.</summary>
internal sealed record CloudAnswer(int Status, string ContentType, byte[] Body)
{
    private const string JsonType = "application/json; charset=utf-8";
    private const string HtmlType = "text/html; charset=utf-8";

    /// <summary>Nothing: stands where no answer was made and none is sent.</summary>
    public static CloudAnswer None { get; } = Json("");

    public static CloudAnswer Json(byte[] body, int status = StatusCodes.Status200OK) => new(status, JsonType, body);

    public static CloudAnswer Json(string body, int status = StatusCodes.Status200OK) => Json(Encoding.UTF8.GetBytes(body), status);

    /// <summary>The cloud's form of a failure.</summary>
    public static CloudAnswer Errors(int status, string message, string code) => Errors(status, [message], code);

    /// <summary>The same with more than one message.</summary>
    public static CloudAnswer Errors(int status, IEnumerable<string> messages, string code)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("errors");
            foreach (var message in messages)
            {
                json.WriteStartObject();
                json.WriteString("message", message);
                json.WriteStartObject("extensions");
                json.WriteString("code", code);
                json.WriteString("traceId", Guid.NewGuid().ToString("N"));
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Json(buffer.WrittenSpan.ToArray(), status);
    }

    /// <summary>What takes the place of the right answer under a fault.</summary>
    public static CloudAnswer Faulty(FaultRule rule, CloudAnswer right) => rule switch
    {
        { Kind: FaultKind.Status, Status: { } status, Body: { } body } => Json(body, status),
        { Kind: FaultKind.Status, Status: { } status } => Errors(status, "This failure was ordered", "UnexpectedError"),
        { Kind: FaultKind.Errors, Code: { } code } =>
            Errors(rule.Status ?? StatusCodes.Status200OK, "This failure was ordered", code),
        { Kind: FaultKind.BrokenBody, Body: { } body } => Json(body),
        { Kind: FaultKind.BrokenBody, Variant: { } variant } => Broken(variant, right),
        _ => right,
    };

    private static CloudAnswer Broken(BrokenBody variant, CloudAnswer right) => variant switch
    {
        BrokenBody.TruncatedJson => Json(right.Body[..(right.Body.Length / 2)]),
        BrokenBody.Html => Json("<!doctype html><title>Sign in</title><p>Please sign in to this network first.</p>") with { ContentType = HtmlType },
        BrokenBody.Empty => Json(""),
        BrokenBody.NullData => Json("""{"data":null}"""),
        BrokenBody.Errors => Json("""{"errors":[{"message":"boom","extensions":{"code":"UnexpectedError"}}]}"""),
        _ => Json("""
            {"data":{"entitlementsState":{"accessDeniedReason":[],"entitlementsV2":"none"},
            "reportUsage":"none","reportUsageBulk":{"usages":"none"},"reportEvent":{}}}
            """),
    };
}
