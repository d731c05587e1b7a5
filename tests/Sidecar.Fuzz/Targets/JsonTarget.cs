using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Sidecar.Fuzz.Driver;
using Sidecar.Host.Connect;
using Sidecar.Host.Facade;
using Sidecar.Host.Shutdown;

namespace Sidecar.Fuzz.Targets;

/// <summary>
/// Calls over HTTP. An input has a line with the method's name, lines with headers, an empty line, and the body, as they would stand in a request.
/// </summary>
internal sealed class JsonTarget : FuzzTarget
{
    private const int LongestRefusal = 800;
    private static readonly Dictionary<string, MethodDescriptor> Methods = Stigg.Sidecar.V1.SidecarService.Descriptor.Methods.ToDictionary(method => method.Name, StringComparer.Ordinal);

    public override string Name => "json";

    public override IReadOnlyList<string> Words { get; } =
    [
        .. Methods.Keys, "\ncontent-type: application/json", "\ncontent-type: application/proto", "; charset=utf-8", "\ncontent-encoding: gzip", "\ncontent-encoding: identity", "\nconnect-timeout-ms: 1000",
        "\nconnect-protocol-version: 1", "\ngrpc-timeout: 1S", "\n\n", "\"customerId\":\"x\"", "\"customer_id\":\"x\"", "\"resourceId\":\"r\"", "\"featureId\":\"m\"", "\"currencyId\":\"c\"", "\"options\":{", "\"requestedUsage\":1.5",
        "\"requestedUsage\":\"NaN\"", "\"requestedValues\":[\"a\"]", "\"fallback\":{\"hasAccess\":true}", "\"value\":2", "\"updateBehavior\":\"SET\"", "USAGE_UPDATE_BEHAVIOR_SET", "\"dimensions\":{\"d\":{\"stringValue\":\"s\"}}",
        "\"numberValue\":1", "\"timestamp\":\"2026-10-01T09:00:00Z\"", "0001-01-01T00:00:00Z", "\"usages\":[", "\"events\":[", "\"eventName\":\"e\"", "\"idempotencyKey\":\"k\"", "{", "}", "[", "]", ",",
    ];

    // What is packed may come to the longest message, whatever its length.
    public override long AllowedBytes(ReadOnlySpan<byte> input) =>
        (256 * 1024) + (800L * input.Length) + (input.IndexOf("gzip"u8) >= 0 ? 16L * ConnectLimits.MaxMessageBytes : 0);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        var end = input.IndexOf("\n\n"u8);
        var head = Encoding.Latin1.GetString(end < 0 ? input : input[..end]).Split('\n');
        var request = RequestOf(head, end < 0 ? [] : input[(end + 2)..].ToArray());
        if (!Methods.TryGetValue(head[0], out var method) || ConnectCodec.Of(request.ContentType) is not { } codec)
            return;
        GrpcTimeout.Parse(request.Headers[GrpcTimeout.Header].ToString());
        IMessage message;
        try
        {
            var isCompressed = ConnectBody.IsCompressed(request);
            var timeout = ConnectLimits.TimeoutOf(request.Headers[ConnectHeaders.TimeoutMs].ToString());
            Promises.That(timeout is not { } patience || (patience >= TimeSpan.Zero && patience <= TimeSpan.FromDays(1)), "a timeout is out of bounds");
            message = codec.Read(BodyOf(request, isCompressed), method.InputType);
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.Unimplemented or StatusCode.ResourceExhausted)
        {
            Promises.IsLine(e.Status.Detail, LongestRefusal);
            return;
        }

        var written = codec.Write(message);
        Promises.IsSame(codec.Write(codec.Read(written, method.InputType)), written, "a message as it would be written again");
        if (FacadeCalls.Call(message) is { } reply)
            codec.Write(reply);
    }

    private static HttpRequest RequestOf(string[] head, byte[] body)
    {
        var request = new DefaultHttpContext().Request;
        foreach (var line in head.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                request.Headers.Append(line[..colon], line[(colon + 1)..].Trim());
        }

        request.Body = new MemoryStream(body, writable: false);
        return request;
    }

    private static ReadOnlyMemory<byte> BodyOf(HttpRequest request, bool isCompressed)
    {
        using var room = new MessageRoom(new MessageBudget(), connection: null);
        var reading = ConnectBody.ReadAsync(request, isCompressed, room, CancellationToken.None);
        Promises.That(reading.IsCompleted, "a body that is there is waited for");
        return reading.GetAwaiter().GetResult();
    }
}
