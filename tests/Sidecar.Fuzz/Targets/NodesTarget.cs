using Sidecar.Actors.Cluster;
using Sidecar.Fuzz.Driver;

namespace Sidecar.Fuzz.Targets;

/// <summary>Messages of other nodes. An input's first byte says of which form the rest is.</summary>
internal sealed class NodesTarget : FuzzTarget
{
    private static readonly string[] Manifests =
    [
        "ask.1", "reads.1", "granted.1", "push.1", "pushed.1", "revoke.1", "bring.1", "brought.1", "invalidate.1", "stored.1", "reload.1", "reloaded.1", "ask.2",
    ];

    // Forms need no actor system.
    private static readonly NodeSerializer Serializer = new(null!);

    public override string Name => "nodes";

    public override IReadOnlyList<string> Words { get; } = ["akka.ssl.tcp://sidecar@10.0.0.7:5054", "customer", "feature", "monthlyAccordingTo"];

    public override IReadOnlyList<byte[]> ByteWords { get; } =
    [
        [0x0a, 3, 0x0a, 1, (byte)'c'], [0x12, 0], [0x1a, 0], [0x22, 0], [0x08, 1], [0x28, 1], [0x30, 0xff, 0xff, 0xff, 0xff, 0x0f], [0x31, 0, 0, 0, 0, 0, 0, 0, 0x80], [0x0a, 0], [0x12, 2, 0x0a, 0],
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (256 * 1024) + (400L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
            return;
        var manifest = Manifests[input[0] % Manifests.Length];
        object message;
        try
        {
            message = Serializer.FromBinary(input[1..].ToArray(), manifest);
        }
        catch (InvalidDataException e)
        {
            Promises.IsLine(e.Message);
            return;
        }
        catch (NotSupportedException e) when (manifest == "ask.2")
        {
            Promises.IsLine(e.Message);
            return;
        }

        Promises.That(Serializer.Manifest(message) == manifest, $"a message of {manifest} would be sent on as {Serializer.Manifest(message)}");
        var sent = Serializer.ToBinary(message);
        var received = Serializer.FromBinary(sent, manifest);
        Promises.IsSame(Serializer.ToBinary(received), sent, "a message as it would be sent on");
        if (message is PushLease { Entry.State: var state })
            StatePromises.CheckAnswers(state, input.Length);
    }
}
