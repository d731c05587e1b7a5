using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Updates;

/// <summary>Reads a message of the stream.</summary>
/// <param name="utf8">The message, good during the call only.</param>
public delegate StreamMessage UpdateDecoder(ReadOnlySpan<byte> utf8);

/// <summary>What the stream of updates needs beside what all actors share.</summary>
public sealed record UpdateStreamServices
{
    /// <summary>How it is reached.</summary>
    public required UpdateSettings Settings { get; init; }

    /// <summary>Makes the socket of one connection.</summary>
    public required Func<IUpdateSocket> Socket { get; init; }

    /// <summary>Who takes the news in; asked for once the actors start.</summary>
    public required Func<INewsDesk> Desk { get; init; }

    /// <summary>Reads messages.</summary>
    public UpdateDecoder Decode { get; init; } = Protocol.Cloud.StreamReader.Read;
}
