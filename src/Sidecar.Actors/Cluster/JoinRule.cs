namespace Sidecar.Actors.Cluster;

/// <summary>What a node without a cluster does next.</summary>
public abstract record JoinStep
{
    private JoinStep()
    {
    }

    /// <summary>Asks a member to be let in.</summary>
    /// <param name="Address">The member.</param>
    public sealed record Join(string Address) : JoinStep;

    /// <summary>Forms a cluster of its own.</summary>
    /// <param name="Why">Why, in words for the log.</param>
    public sealed record Form(string Why) : JoinStep;

    /// <summary>Looks again.</summary>
    public sealed record Wait : JoinStep
    {
        /// <summary>The one instance.</summary>
        public static readonly Wait Instance = new();
    }
}

/// <summary>Who joins whom: a function of what was seen.</summary>
public static class JoinRule
{
    // From then on the lowest address, which does nothing, is taken as one that sees less than this node does.
    private const int PatienceWithLowest = 3;

    /// <summary>What a node does next.</summary>
    /// <param name="self">The node.</param>
    /// <param name="answers">The others that answered.</param>
    /// <param name="required">How many nodes, itself included, have to look before a cluster is formed at once.</param>
    /// <param name="waited">How long the node looks already.</param>
    /// <param name="aloneAfter">How long it looks for those that don't answer.</param>
    public static JoinStep Next(MemberView self, IReadOnlyList<MemberView> answers, int required, TimeSpan waited, TimeSpan aloneAfter)
    {
        // A cluster that is there: the biggest, then the one with the lowest address.
        var cluster = answers
            .Where(static answer => answer.Phase == NodePhase.Member)
            .OrderByDescending(static answer => answer.Living.Count())
            .ThenBy(SplitRule.KeyOf, StringComparer.Ordinal)
            .ThenBy(static answer => answer.Address, StringComparer.Ordinal)
            .FirstOrDefault();
        if (cluster is not null)
            return new JoinStep.Join(cluster.Address);

        // Those that look as well, or are about to be let in: of these, the lowest address forms the cluster, and the others find it.
        var looking = answers.Where(static answer => answer.Phase is NodePhase.Seeking or NodePhase.Joining).ToArray();
        var isEnough = looking.Length + 1 >= required;
        if (!isEnough && waited < aloneAfter)
            return JoinStep.Wait.Instance;
        if (Array.TrueForAll(looking, answer => string.CompareOrdinal(self.Address, answer.Address) < 0))
            return new JoinStep.Form(isEnough ? "enough nodes look, and this one has the lowest address" : "nobody else was found in time");
        return waited < aloneAfter * PatienceWithLowest ? JoinStep.Wait.Instance : new JoinStep.Form("the lowest address does nothing");
    }
}
