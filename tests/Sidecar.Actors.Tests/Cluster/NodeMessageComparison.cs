using Sidecar.Actors.Cluster;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Nodes;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>Compares messages: they are records, but for the states in them, of which each is an instance of its own.</summary>
internal static class NodeMessageComparison
{
    private static readonly EntitlementState Nothing = EntitlementState.Create(null, []);

    /// <summary>Both say the same, to the bit.</summary>
    public static void ShouldSayTheSameAs(this object? read, INodeMessage sent)
    {
        var (ours, ourStates) = Apart((INodeMessage)read!);
        var (theirs, theirStates) = Apart(sent);
        ours.Should().Be(theirs);
        ourStates.Select(Told).Should().Equal(theirStates.Select(Told));
    }

    // The message with no state in it, and its states.
    private static (INodeMessage Message, EntitlementState?[] States) Apart(INodeMessage message) => message switch
    {
        EntryGranted of => (of with { Entry = Bare(of.Entry), Customer = Bare(of.Customer) }, [of.Entry?.State, of.Customer?.State]),
        PushLease of => (of with { Entry = Bare(of.Entry)! }, [of.Entry.State]),
        OwnerReloaded of => (of with { State = null }, [of.State]),
        BringNews { News: EntitlementsReplaced news } of => (of with { News = news with { Set = Nothing } }, [news.Set]),
        _ => (message, []),
    };

    private static LeasedEntry? Bare(LeasedEntry? entry) => entry is null ? null : entry with { State = Nothing };

    // All that a state holds, as it is specified where states are sent.
    private static string? Told(EntitlementState? state) => state is null ? null : NodeStates.Write(state).ToString();
}
