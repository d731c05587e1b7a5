using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Stigg.Sidecar.V1;

namespace Sidecar.Interop.Tests.Clients;

/// <summary>Requests and answers for the clients that have no code of their own for them.</summary>
internal static class Codec
{
    /// <summary>The path of a call.</summary>
    public static string PathOf(string call) => $"/{SidecarService.Descriptor.FullName}/{call}";

    /// <summary>The bytes of a request.</summary>
    public static byte[] Request(PreparedStep prepared) =>
        prepared.Raw ?? JsonParser.Default.Parse(prepared.Request!, Method(prepared).InputType).ToByteArray();

    /// <summary>An answer's bytes as JSON.</summary>
    public static JsonNode Answer(PreparedStep prepared, byte[] bytes)
    {
        var answer = Method(prepared).OutputType.Parser.ParseFrom(bytes);
        return prepared.Step.CountOnly
            ? new JsonObject { ["count"] = ((GetEntitlementsResponse)answer).Entitlements.Count }
            : JsonNode.Parse(JsonFormatter.Default.Format(answer))!;
    }

    private static MethodDescriptor Method(PreparedStep prepared) => SidecarService.Descriptor.FindMethodByName(prepared.Step.Call);
}
