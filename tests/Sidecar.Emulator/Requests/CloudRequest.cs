using System.Collections.Immutable;

namespace Sidecar.Emulator.Requests;

/// <summary>A request that has been read, whichever side of the cloud it is for.</summary>
internal abstract record CloudRequest
{
    private CloudRequest()
    {
    }

    /// <summary>The headers that name the sender, as far as they came.</summary>
    public required ImmutableSortedDictionary<string, string> Headers { get; init; }

    /// <summary>The names of those that were absent or unfit.</summary>
    public ImmutableArray<string> HeaderFaults { get; init; } = [];

    /// <summary>The GraphQL operation's name, where there is one.</summary>
    public string? Operation { get; init; }

    /// <summary>What it is for.</summary>
    public RequestSubject Subject { get; init; }

    /// <summary>One that the cloud answers.</summary>
    public sealed record Served : CloudRequest
    {
        /// <summary>Makes the right answer from the data of the moment.</summary>
        public required Func<CancellationToken, ValueTask<CloudAnswer>> Compose { get; init; }

        /// <summary>
        /// Whether it reports something: then it is counted once it was read, whether or not its client is still there.
        /// </summary>
        public bool IsReport { get; init; }

        /// <summary>The status that tells of a wrong key.</summary>
        public required int UnauthorizedStatus { get; init; }
    }

    /// <summary>One that is wrongly written.</summary>
    public sealed record Malformed(CloudAnswer Answer) : CloudRequest;

    /// <summary>Nothing that the cloud has.</summary>
    public sealed record Unknown : CloudRequest;
}
