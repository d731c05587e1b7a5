using System.Net;
using System.Text.Json;

namespace Sidecar.Host.CommandLine.Probing;

/// <summary>What an answer of a health endpoint says.</summary>
internal static class ProbeVerdict
{
    /// <summary>What is wrong, or null where the service says that it is up.</summary>
    public static string? Of(int status, ReadOnlySpan<byte> body, IPEndPoint place, string path)
    {
        // What it comes to as a rule: nothing has to be loaded to read it.
        if (status == 200 && body.SequenceEqual("""{"status":"UP"}"""u8))
            return null;
        return (status, StatusOf(body)) switch
        {
            (200, ("UP", _)) => null,
            (503, ("DOWN", { Length: > 0 } reasons)) => $"DOWN: {reasons}",
            (503, ("DOWN", _)) => "DOWN",
            _ => $"{place}{path} answered {status} without the status of this service",
        };
    }

    private static (string? Status, string Reasons) StatusOf(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var json = JsonDocument.ParseValue(ref reader);
            if (json.RootElement is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty("status", out var status))
                return default;
            var reasons = root.TryGetProperty("reasons", out var list) && list.ValueKind == JsonValueKind.Array
                ? string.Join("; ", list.EnumerateArray().Select(reason => reason.ToString()))
                : "";
            return (status.ValueKind == JsonValueKind.String ? status.GetString() : null, reasons);
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
