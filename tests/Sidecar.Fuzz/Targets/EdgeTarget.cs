using Sidecar.Fuzz.Driver;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Fuzz.Targets;

/// <summary>Answers to entitlement reads, from Edge and from the API: they have one form.</summary>
internal sealed class EdgeTarget : FuzzTarget
{
    public override string Name => "edge";

    public override IReadOnlyList<string> Words { get; } =
        [.. CloudWords.Entitlement, .. CloudWords.Errors, "\"entitlementsState\":", "\"entitlementsV2\":[", "\"entitlements\":["];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (256 * 1024) + (400L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        var body = CloudStateReader.Read(input);
        Promises.That(
            (body.State is null ? 0 : 1) + (body.Error is null ? 0 : 1) + (body.Fault is null ? 0 : 1) == 1,
            "the body says not just one of a state, an error and a fault");
        Promises.IsLine(body.Fault);
        Promises.That(body.Error is not { Message.Length: > 1024 } and not { Code.Length: > 1024 }, "an error is longer than its bound");
        CloudStateReader.ReadErrors(input);
        if (body.State is { } state)
            StatePromises.Check(state, input.Length);
    }
}
