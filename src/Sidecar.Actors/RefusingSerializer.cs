using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Sidecar.Actors;

#pragma warning disable CS9113 // The settings are those of the one whose place it takes, and handed to it for that.
/// <summary>
/// Takes the place of the serializer that turns anything into JSON by reflection: what has no wire form of its own is refused by name, and
/// bytes of a made-up type make nothing. The library behind that one is not even loaded. The exception is the one that costs a node that message
/// alone: after any other, remoting gives up its connection to the other node.
/// </summary>
/// <param name="system">The system.</param>
/// <param name="settings">Ignored.</param>
public sealed class RefusingSerializer(ExtendedActorSystem system, Config settings) : Serializer(system)
#pragma warning restore CS9113
{
    /// <inheritdoc/>
    public override int Identifier => 1_905;

    /// <inheritdoc/>
    public override bool IncludeManifest => true;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Always.</exception>
    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType().FullName} has no wire form: it does not leave its node");

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Always.</exception>
    public override object FromBinary(byte[] bytes, Type type) =>
        throw new SerializationException($"{type?.FullName ?? "what came without its type"} has no wire form: it does not come from another node");
}
