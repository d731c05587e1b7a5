using Akka.Actor;
using Sidecar.Actors.Cluster;
using Sidecar.Fuzz.Driver;

namespace Sidecar.Fuzz.Targets;

/// <summary>What other nodes say in the member exchange.</summary>
internal sealed class MembersTarget : FuzzTarget
{
    private static readonly Address Self = new("akka.ssl.tcp", "sidecar", "10.0.0.1", 5054);
    private static readonly MemberView Own = new("sidecar", Self.ToString(), 1, NodePhase.Member, [new MemberEntry(Self.ToString(), 1, "Up")]);

    public override string Name => "members";

    public override IReadOnlyList<string> Words { get; } =
    [
        "\"system\":\"sidecar\"", "\"address\":\"akka.ssl.tcp://sidecar@10.0.0.7:5054\"", "\"uid\":7", "\"phase\":\"Member\"", "Seeking", "Joining", "Down", "\"members\":[", "\"status\":\"Up\"", "Removed",
        "akka.ssl.tcp://", "sidecar@", ":5054", "[::1]", "10.0.0.1", "@", "/", "#", "%",
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (64 * 1024) + (200L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        if (MemberExchange.Read(input, Self) is not { } view)
            return;
        Promises.That(JoinRule.Next(Own with { Phase = NodePhase.Seeking, Members = [] }, [view], required: 2, TimeSpan.Zero, ClusterSettings.AloneAfter) is not null, "there is no next step");
        // Whoever is joined has an address that the actor system can take.
        Address.Parse(view.Address);
        SplitRule.WhyYield(Own, [view], hasStoodStill: false);
        SplitRule.WhyYield(Own, [view], hasStoodStill: true);
    }
}
