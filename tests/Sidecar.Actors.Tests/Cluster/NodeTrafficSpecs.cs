using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Akka.Serialization;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Sidecar.Actors.Cluster;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>What can't be read, or has no form, costs that one message between two nodes, and nothing of their connection.</summary>
public sealed class NodeTrafficSpecs : TestKit
{
    private const string Remoting = """

        akka.actor.provider = remote
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        akka.actor.serializers.json = "Sidecar.Actors.RefusingSerializer, Sidecar.Actors"
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.loggers = []
        akka.test.single-expect-default = 20s
        """;

    private static readonly AskOwner Message =
        new(1, new EntryKey("customer"), TimeSpan.FromSeconds(1), new OwnerId("akka.tcp://sidecar@10.0.0.7:5054", 1));

    public NodeTrafficSpecs()
        : base(NodeSerializer.Settings + Remoting, "receiving")
    {
    }

    [Fact]
    public async Task Messages_that_are_lost_leave_the_connection_as_it_was()
    {
        using var sending = ActorSystem.Create("sending", $"""
            akka.actor.serializers.newer = "{typeof(NewerRelease).AssemblyQualifiedName}"
            akka.actor.serialization-bindings."Sidecar.Actors.Cluster.INodeMessage, Sidecar.Actors" = newer
            """ + Remoting);
        var (faults, ends) = (CreateTestProbe("faults"), CreateTestProbe("ends"));
        Sys.EventStream.Subscribe(faults.Ref, typeof(LogEvent));
        foreach (var system in new[] { Sys, sending })
        {
            system.EventStream.Subscribe(ends.Ref, typeof(DisassociatedEvent));
            system.EventStream.Subscribe(ends.Ref, typeof(AssociationErrorEvent));
        }

        var address = ((ExtendedActorSystem)Sys).Provider.DefaultAddress;
        var path = TestActor.Path.ToStringWithAddress(address);
        var receiver = await sending.ActorSelection(path).ResolveOne(TimeSpan.FromSeconds(20));

        receiver.Tell(Message);
        receiver.Tell(new Later());
        receiver.Tell(new Broken());
        receiver.Tell(new Formless());
        receiver.Tell(Message with { Id = 2 });

        (await ExpectMsgAsync<AskOwner>()).Should().Be(Message);
        (await ExpectMsgAsync<AskOwner>()).Should().Be(Message with { Id = 2 });
        await ExpectLoggedAsync<NotSupportedException>(faults, "later.9");
        await ExpectLoggedAsync<InvalidDataException>(faults, "AskOwner");
        await ends.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(300));
    }

    private static async Task ExpectLoggedAsync<TException>(TestProbe faults, string text)
        where TException : Exception =>
        await faults.FishForMessageAsync(message =>
            message is LogEvent { Cause: TException cause } && cause.Message.Contains(text, StringComparison.Ordinal));

    internal sealed record Later : INodeMessage;

    internal sealed record Broken : INodeMessage;

    internal sealed record Formless : INodeMessage;

    /// <summary>Speaks as a node of a newer release does.</summary>
    internal sealed class NewerRelease(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        private readonly NodeSerializer _known = new(system);

        public override int Identifier => _known.Identifier;

        public override string Manifest(object o) => o switch
        {
            Later => "later.9",
            Broken => "ask.1",
            _ => _known.Manifest(o),
        };

        public override byte[] ToBinary(object obj) => obj switch
        {
            Later => [1, 2, 3],
            Broken => [0x12, 0x7F, 0x0A],
            _ => _known.ToBinary(obj),
        };

        public override object FromBinary(byte[] bytes, string manifest) => _known.FromBinary(bytes, manifest);
    }
}
