using Sidecar.Actors.Cluster;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>Nodes as they tell of themselves, by their numbers: node 3 is at 10.0.0.3, and its incarnation is 3 unless it is named.</summary>
internal static class Views
{
    public static string AddressOf(int node) => $"akka.tcp://sidecar@10.0.0.{node}:5054";

    /// <summary>One that looks for a cluster.</summary>
    public static MemberView Seeking(int node) => new(SidecarActorSystem.Name, AddressOf(node), node, NodePhase.Seeking, []);

    /// <summary>One that is up and lists some as members, in their first incarnations.</summary>
    public static MemberView Member(int node, params int[] members) => new(
        SidecarActorSystem.Name, AddressOf(node), node, NodePhase.Member, [.. members.Select(static member => Entry(member))]);

    public static MemberEntry Entry(int node, int? uid = null, string status = "Up") => new(AddressOf(node), uid ?? node, status);
}
