using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Snapshots;

/// <summary>What the actors know of the persistent cache, where there is one.</summary>
public sealed record SnapshotServices
{
    /// <summary>Default of <see cref="Patience"/>.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromMilliseconds(250);

    /// <summary>Begins all persistence ids.</summary>
    public required string Prefix { get; init; }

    /// <summary>So long a question waits for a load alone; then the cloud is asked beside it (<c>REDIS_TIMEOUT_MS</c>).</summary>
    public TimeSpan Patience { get; init; } = DefaultPatience;

    /// <summary>
    /// Whether another program keeps the persistent cache up to date (<c>REDIS_MAINTAINED</c>): what is there is as good as read from the
    /// cloud, and is read before it.
    /// </summary>
    public bool IsMaintainedElsewhere { get; init; }

    /// <summary>Whether entries are being loaded: somebody waits for them.</summary>
    public Func<bool> AreLoadsUnderWay { get; init; } = () => false;

    /// <summary>Told of an entry that memory knows and the persistent cache may not, since a save failed or was never made.</summary>
    public Action<EntryKey> Owed { get; init; } = _ => { };

    /// <summary>Told of an entry that is in memory again, which was not when all that memory holds was written anew.</summary>
    public Action<EntryKey> PassedOver { get; init; } = _ => { };

    /// <summary>Told of an entry that another program may have changed and that could not be looked at.</summary>
    public Action<EntryKey> LookFailed { get; init; } = _ => { };

    /// <summary>Told of an entry that is kept in memory only, since an id could be taken for a part of another entry's key.</summary>
    public Action Ambiguous { get; init; } = () => { };
}
