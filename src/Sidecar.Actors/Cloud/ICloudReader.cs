using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cloud;

/// <summary>What a read brought: a state, or the reason why there is none.</summary>
/// <param name="State">The state, or null.</param>
/// <param name="Failure">The failure, or null.</param>
/// <param name="Unreadable">Entitlements in the body that could not be read and were passed over.</param>
public sealed record CloudRead(EntitlementState? State, CloudFailure? Failure, int Unreadable = 0)
{
    /// <summary>A read that was not sent because the cloud is in trouble.</summary>
    public static readonly CloudRead Suspended = Failed(CloudFailureKind.Suspended, "the cloud is in trouble, reads are suspended");

    /// <summary>A read that brought nothing.</summary>
    public static CloudRead Failed(CloudFailureKind kind, string detail) => new(null, new CloudFailure(kind, detail));
}

/// <summary>Where entitlements are read: the cloud, or what stands in its place when offline. Every failure is a value.</summary>
public interface ICloudReader : IDisposable
{
    /// <summary>The path of ordinary reads.</summary>
    CloudPath ReadPath { get; }

    /// <summary>
    /// Whether ordinary reads are suspended because the cloud is in trouble: then nobody waits for one. Read on the way of every question
    /// that memory alone can't answer.
    /// </summary>
    bool IsSuspended { get; }

    /// <summary>Whether nothing is ever asked of the cloud.</summary>
    bool IsOffline { get; }

    /// <summary>The key to ask with.</summary>
    ApiKeyHolder ApiKey { get; }

    /// <summary>Raised after the breaker of a path opened or closed, on the thread that found it out.</summary>
    event EventHandler? SuspensionChanged;

    /// <summary>Whether the breaker of a path is open.</summary>
    bool IsOpen(CloudPath path);

    /// <summary>Takes the turn of one read, where the bound of requests a second allows it.</summary>
    /// <param name="wait">Otherwise, how long until it does.</param>
    bool TryTakeTurn(out TimeSpan wait);

    /// <summary>Reads an entry's state, with retries, within a time limit.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="limit">The time for all tries together.</param>
    /// <param name="path">The way.</param>
    Task<CloudRead> ReadStateAsync(EntryKey key, TimeSpan limit, CloudPath path);

    /// <summary>Asks whether the key is valid and the network works; null where both hold.</summary>
    Task<CloudFailure?> CheckKeyAsync();

    /// <summary>
    /// Tries out, with one request, whether a path whose breaker is open works again, and closes it then; null where that request
    /// succeeded.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="other">An entry that would be read if the path were not suspended, or null.</param>
    Task<CloudFailure?> ProbeAsync(CloudPath path, EntryKey? other);
}
