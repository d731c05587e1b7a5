namespace Sidecar.Actors.Cluster;

/// <summary>Which of two clusters gives way, where nodes that should be in one have given each other up.</summary>
public static class SplitRule
{
    /// <summary>Why a node has to start anew and join another cluster; null where it stays.</summary>
    /// <param name="self">The node, up.</param>
    /// <param name="answers">The others that answered.</param>
    /// <param name="hasStoodStill">Whether its process stood still lately: then it is this one that gives way, whoever is more.</param>
    public static string? WhyYield(MemberView self, IReadOnlyList<MemberView> answers, bool hasStoodStill)
    {
        foreach (var peer in answers.Where(static answer => answer.Phase == NodePhase.Member))
        {
            // In one cluster each knows the other's incarnation.
            if (peer.Lists(self) && self.Lists(peer))
                continue;
            if (hasStoodStill && !peer.Lists(self))
                return $"it stood still, and {peer.Address} has given it up";
            var (own, other) = (SizeOf(self), SizeOf(peer));
            if (Compare(self, own, peer, other) < 0)
                return $"{peer.Address} is in another cluster, with {other} nodes that answer; here there are {own}";
        }

        return null;

        // A member list alone tells little about a cluster's size: that of a node that stood still, or was cut off a second ago, still names
        // everybody. Those count who answer, and know each other.
        int SizeOf(MemberView view) => 1 + answers.Append(self).Count(other =>
            other.Uid != view.Uid && other.Phase == NodePhase.Member && other.Lists(view) && view.Lists(other));
    }

    /// <summary>What a cluster is compared by: its lowest address.</summary>
    /// <param name="view">One of its members.</param>
    public static string KeyOf(MemberView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Living.Select(static member => member.Address).Min(StringComparer.Ordinal) ?? view.Address;
    }

    private static int Compare(MemberView self, int selfSize, MemberView peer, int peerSize)
    {
        var bySize = selfSize.CompareTo(peerSize);
        if (bySize != 0)
            return bySize;
        var byKey = string.CompareOrdinal(KeyOf(peer), KeyOf(self));
        // Where both lists begin with the same address, one of them is out of date there: the nodes' own addresses decide.
        return byKey != 0 ? byKey : string.CompareOrdinal(peer.Address, self.Address);
    }
}
