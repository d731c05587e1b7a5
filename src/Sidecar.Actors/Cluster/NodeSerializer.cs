using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Nodes;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// Turns each <see cref="INodeMessage"/> into bytes and back. The manifest names the message's form and its version: a change that an
/// older release can't ignore gets a version of its own, which that release refuses by name. What can't be read costs that one message,
/// and nothing of the connection it came over.
/// </summary>
/// <param name="system">The system.</param>
public sealed class NodeSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>The settings that bind the messages between nodes to this serializer.</summary>
    public const string Settings = """
        akka.actor.serializers.sidecar-node = "Sidecar.Actors.Cluster.NodeSerializer, Sidecar.Actors"
        akka.actor.serialization-bindings."Sidecar.Actors.Cluster.INodeMessage, Sidecar.Actors" = sidecar-node
        """;

    private const string Ask = "ask.1";
    private const string Reads = "reads.1";
    private const string Granted = "granted.1";
    private const string Push = "push.1";
    private const string Pushed = "pushed.1";
    private const string Revoke = "revoke.1";
    private const string Bring = "bring.1";
    private const string Brought = "brought.1";
    private const string Invalidate = "invalidate.1";
    private const string Stored = "stored.1";
    private const string Reload = "reload.1";
    private const string Reloaded = "reloaded.1";

    /// <inheritdoc/>
    public override int Identifier => 1_906;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">It is no message between nodes.</exception>
    public override string Manifest(object o) => o switch
    {
        AskOwner => Ask,
        OwnerReads => Reads,
        EntryGranted => Granted,
        PushLease => Push,
        LeasePushed => Pushed,
        RevokeLease => Revoke,
        BringNews => Bring,
        NewsBrought => Brought,
        InvalidateAtOwner => Invalidate,
        StoredChanged => Stored,
        ReloadAtOwner => Reload,
        OwnerReloaded => Reloaded,
        _ => throw NoForm(o),
    };

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">It is no message between nodes.</exception>
    public override byte[] ToBinary(object obj) => NodeForms.Write(obj)?.ToByteArray() ?? throw NoForm(obj);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">This release does not know the form.</exception>
    /// <exception cref="InvalidDataException">The bytes are no message of that form.</exception>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        Ask => NodeForms.Read(NodeBytes.Read(Wire.AskOwner.Parser, bytes)),
        Reads => NodeForms.Read(NodeBytes.Read(Wire.OwnerReads.Parser, bytes)),
        Granted => NodeForms.Read(NodeBytes.Read(Wire.EntryGranted.Parser, bytes)),
        Push => NodeForms.Read(NodeBytes.Read(Wire.PushLease.Parser, bytes)),
        Pushed => NodeForms.Read(NodeBytes.Read(Wire.LeasePushed.Parser, bytes)),
        Revoke => NodeForms.Read(NodeBytes.Read(Wire.RevokeLease.Parser, bytes)),
        Bring => NodeForms.Read(NodeBytes.Read(Wire.BringNews.Parser, bytes)),
        Brought => NodeForms.Read(NodeBytes.Read(Wire.NewsBrought.Parser, bytes)),
        Invalidate => NodeForms.Read(NodeBytes.Read(Wire.InvalidateAtOwner.Parser, bytes)),
        Stored => NodeForms.Read(NodeBytes.Read(Wire.StoredChanged.Parser, bytes)),
        Reload => NodeForms.Read(NodeBytes.Read(Wire.ReloadAtOwner.Parser, bytes)),
        Reloaded => NodeForms.Read(NodeBytes.Read(Wire.OwnerReloaded.Parser, bytes)),
        _ => throw new NotSupportedException($"a message of the form '{manifest}' came from another node: this release does not know it"),
    };

    private static NotSupportedException NoForm(object message) =>
        new($"{message.GetType().FullName} has no form between nodes: it does not leave its node");
}
