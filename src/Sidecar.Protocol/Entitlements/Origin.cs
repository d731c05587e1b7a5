namespace Sidecar.Protocol.Entitlements;

/// <summary>Where a fact about an entry came from.</summary>
public enum Origin : byte
{
    /// <summary>Nobody knows: what was known before this release began to note it.</summary>
    Unknown = 0,

    /// <summary>A read from Edge.</summary>
    Edge,

    /// <summary>A read from the API.</summary>
    Api,

    /// <summary>The persistent cache.</summary>
    Redis,

    /// <summary>The stream of updates.</summary>
    Stream,

    /// <summary>The answer to a report of usage.</summary>
    Report,

    /// <summary>Another node of the cluster.</summary>
    Peer,

    /// <summary>The data of a service that is offline.</summary>
    OfflineFile,
}
