using Google.Protobuf;
using Google.Protobuf.Reflection;
using Sidecar.Fuzz.Driver;

namespace Sidecar.Fuzz.Targets;

/// <summary>Messages of all calls over gRPC. An input's first byte says of which call the rest is.</summary>
internal sealed class GrpcTarget : FuzzTarget
{
    private static readonly IList<MethodDescriptor> Methods = Stigg.Sidecar.V1.SidecarService.Descriptor.Methods;

    public override string Name => "grpc";

    public override IReadOnlyList<string> Words { get; } = ["customer", "resource"];

    public override IReadOnlyList<byte[]> ByteWords { get; } =
    [
        [0x0a, 1, (byte)'x'], [0x12, 1, (byte)'b'], [0x12, 1, (byte)'m'], [0x12, 1, (byte)'e'], [0x12, 1, (byte)'n'], [0x1a, 1, (byte)'m'], [0x22, 1, (byte)'c'], [0x22, 9, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
        [0x22, 9, 0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f], [0x2a, 9, 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], [0x22, 2, 0x0a, 0], [0x1a, 0], [0x22, 0], [0x0a, 0x80, 1], [0x32, 5, 0x0a, 1, (byte)'d', 0x12, 0],
        [0x3a, 2, 0x08, 1], [0x3a, 11, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0x28, 1], [0x78, 1], [0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (128 * 1024) + (300L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
            return;
        var method = Methods[input[0] % Methods.Count];
        var message = input[1..];
        IMessage? request = null;
        try
        {
            request = method.InputType.Parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException)
        {
            // The framework refuses it.
        }

        FacadeCalls.CheckQuick(request, method.Name, message);
        if (request is not null)
            FacadeCalls.Call(request);
    }
}
