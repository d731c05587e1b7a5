using System.Buffers;
using System.Text;
using System.Text.Json;
using Sidecar.Emulator.Control;

namespace Sidecar.Emulator.Edge;

/// <summary>A whole answer, not yet on its way.</summary>
internal sealed record EdgeAnswer(int Status, string ContentType, byte[] Body)
{
    private const string JsonType = "application/json; charset=utf-8";
    private const string HtmlType = "text/html; charset=utf-8";

    public static EdgeAnswer Json(byte[] body, int status = StatusCodes.Status200OK) => new(status, JsonType, body);

    public static EdgeAnswer Json(string body, int status = StatusCodes.Status200OK) => Json(Encoding.UTF8.GetBytes(body), status);

    /// <summary>The cloud's form of a failure.</summary>
    public static EdgeAnswer Errors(int status, string message, string code)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("errors");
            json.WriteStartObject();
            json.WriteString("message", message);
            json.WriteStartObject("extensions");
            json.WriteString("code", code);
            json.WriteString("traceId", Guid.NewGuid().ToString("N"));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Json(buffer.WrittenSpan.ToArray(), status);
    }

    /// <summary>What takes the place of the right answer under a fault.</summary>
    public static EdgeAnswer Faulty(FaultRule rule, EdgeAnswer right) => rule switch
    {
        { Kind: FaultKind.Status, Status: { } status, Body: { } body } => Json(body, status),
        { Kind: FaultKind.Status, Status: { } status } => Errors(status, "This failure was ordered", "UnexpectedError"),
        { Kind: FaultKind.BrokenBody, Body: { } body } => Json(body),
        { Kind: FaultKind.BrokenBody, Variant: { } variant } => Broken(variant, right),
        _ => right,
    };

    private static EdgeAnswer Broken(BrokenBody variant, EdgeAnswer right) => variant switch
    {
        BrokenBody.TruncatedJson => Json(right.Body[..(right.Body.Length / 2)]),
        BrokenBody.Html => Json("<!doctype html><title>Sign in</title><p>Please sign in to this network first.</p>") with { ContentType = HtmlType },
        BrokenBody.Empty => Json(""),
        BrokenBody.NullData => Json("""{"data":null}"""),
        BrokenBody.Errors => Json("""{"errors":[{"message":"boom","extensions":{"code":"UnexpectedError"}}]}"""),
        _ => Json("""{"data":{"entitlementsState":{"accessDeniedReason":[],"entitlementsV2":"none"}}}"""),
    };
}
