using System.Collections.Immutable;

namespace Sidecar.Emulator.Updates;

/// <summary>What is open, and what was counted since the start or the last reset.</summary>
public sealed record UpdateSnapshot
{
    private static readonly ImmutableSortedDictionary<string, int> None =
        ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>Connections that are open.</summary>
    public int Open { get; init; }

    /// <summary>Those of them whose <c>connection_init</c> was acknowledged.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Those of them that are subscribed to all three kinds of updates.</summary>
    public int Subscribers { get; init; }

    /// <summary>Subscriptions that are open, by their field.</summary>
    public ImmutableSortedDictionary<string, int> OpenSubscriptions { get; init; } = None;

    /// <summary>Connections that have ever been opened.</summary>
    public int Connected { get; init; }

    /// <summary>Attempts to connect that were refused by an order.</summary>
    public int Refused { get; init; }

    /// <summary><c>connection_init</c> that came.</summary>
    public int Inits { get; init; }

    /// <summary>Those of them that had a wrong key, or none.</summary>
    public int WrongKeys { get; init; }

    /// <summary>Subscriptions that were ever made, by the name of their operation, or the field where it has no name.</summary>
    public ImmutableSortedDictionary<string, int> Subscriptions { get; init; } = None;

    /// <summary>Subscriptions whose document was refused.</summary>
    public int RefusedSubscriptions { get; init; }

    /// <summary>Pings that came, answered or not.</summary>
    public int PingsSeen { get; init; }

    /// <summary>Pongs that came.</summary>
    public int PongsSeen { get; init; }

    /// <summary>Messages that were written, of any kind.</summary>
    public long Sent { get; init; }

    /// <summary>Connections that were reset because their client read too slowly.</summary>
    public int Overflowed { get; init; }
}

/// <summary>A <c>connection_init</c> as it came.</summary>
/// <param name="Connection">1 for the first connection since the start, whatever was reset.</param>
/// <param name="ArrivedAt">When it came.</param>
/// <param name="Headers">The headers that name the sender, never the key.</param>
/// <param name="HeaderFaults">The names of the headers that were absent or unfit.</param>
/// <param name="HasRightKey">Whether the key was the right one.</param>
public sealed record SeenInit(
    int Connection,
    DateTimeOffset ArrivedAt,
    ImmutableSortedDictionary<string, string> Headers,
    ImmutableArray<string> HeaderFaults,
    bool HasRightKey);
