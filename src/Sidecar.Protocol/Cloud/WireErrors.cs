using System.Text.Json.Serialization;

namespace Sidecar.Protocol.Cloud;

// A body of which only the errors matter. Every field may be null or absent.
internal sealed class WireErrors
{
    public List<WireError?>? Errors { get; set; }
}

internal sealed class WireError
{
    public string? Message { get; set; }

    public WireErrorExtensions? Extensions { get; set; }
}

internal sealed class WireErrorExtensions
{
    public string? Code { get; set; }

    public string? TraceId { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WireErrors))]
[JsonSerializable(typeof(List<WireError?>))]
internal sealed partial class WireErrorJson : JsonSerializerContext;
