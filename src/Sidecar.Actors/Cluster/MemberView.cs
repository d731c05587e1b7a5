using System.Text.Json.Serialization;

namespace Sidecar.Actors.Cluster;

/// <summary>Where a node's incarnation stands.</summary>
public enum NodePhase
{
    /// <summary>There is no actor system, or one that ends.</summary>
    Down = 0,

    /// <summary>Looks for a cluster to join.</summary>
    Seeking,

    /// <summary>Has asked to be let in, and is not up yet.</summary>
    Joining,

    /// <summary>Is up.</summary>
    Member,
}

/// <summary>One member as a node sees it.</summary>
/// <param name="Address">Where it is reached.</param>
/// <param name="Uid">The incarnation.</param>
/// <param name="Status">Its status, by the name that the cluster has for it.</param>
public sealed record MemberEntry(string Address, int Uid, string Status);

/// <summary>What a node tells another one about itself: the answer of the member exchange.</summary>
/// <param name="System">The actor system's name: one of another name is not joined.</param>
/// <param name="Address">Where the node's actor system is reached.</param>
/// <param name="Uid">The incarnation.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Members">Its member list.</param>
public sealed record MemberView(string System, string Address, int Uid, NodePhase Phase, IReadOnlyList<MemberEntry> Members)
{
    /// <summary>Members that count: neither downed nor removed.</summary>
    [JsonIgnore]
    public IEnumerable<MemberEntry> Living => Members.Where(static member => member.Status is not ("Down" or "Removed"));

    /// <summary>Whether this node takes another one, in its present incarnation, for a member.</summary>
    /// <param name="other">The other one.</param>
    public bool Lists(MemberView other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Living.Any(member => member.Uid == other.Uid && member.Address == other.Address);
    }
}

/// <summary>The member exchange's wire format.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(MemberView))]
public sealed partial class MemberViewJson : JsonSerializerContext;
