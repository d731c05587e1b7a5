using System.Text;
using System.Text.Json;
using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Control;

/// <summary>How the control API reads bodies and answers.</summary>
internal static class ControlExchange
{
    public static async Task<string> ReadTextAsync(HttpContext context) => Encoding.UTF8.GetString(await ReadBytesAsync(context));

    public static async Task<byte[]> ReadBytesAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    public static CloudAnswer Ok(Action<Utf8JsonWriter> write) => CloudAnswer.Json(ControlBodies.Write(write));

    public static CloudAnswer Done() => new(StatusCodes.Status204NoContent, string.Empty, []);

    public static CloudAnswer Nothing(HttpContext context) =>
        Refused(StatusCodes.Status404NotFound, $"the control API has no {context.Request.Method} of this path");

    public static CloudAnswer Refused(int status, string message) => CloudAnswer.Json(
        ControlBodies.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("error", message);
            json.WriteEndObject();
        }),
        status);

    public static void WriteList<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject();
        json.WriteStartArray(name);
        foreach (var item in items)
            write(json, item);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
