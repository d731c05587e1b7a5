using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Redis;

/// <summary>How changes that other programs make are learnt of.</summary>
public enum RedisWatchState
{
    /// <summary>Not at all: there is no connection, or it does not answer.</summary>
    Down = 0,

    /// <summary>The server can't tell, or may not: the dates of what is asked for are looked at.</summary>
    Looking,

    /// <summary>The server tells.</summary>
    Told,
}

/// <summary>Learns of changes that other programs make in Redis.</summary>
public interface IRedisWatch
{
    /// <summary>Whether what has changed can be looked at now: Redis answers, and is not busy with questions.</summary>
    bool MayLook { get; }

    /// <summary>Makes sure that the server tells of changes.</summary>
    /// <returns>How changes are learnt of, and whether that begins anew, so that what was changed before may have been missed.</returns>
    Task<(RedisWatchState State, bool IsNew)> EnsureAsync();

    /// <summary>Those of some entries whose values there have other dates than what is known, each as long as that has not been told.</summary>
    Task<IReadOnlyList<EntryKey>> ChangedAmongAsync(IReadOnlyList<(EntryKey Key, EntitlementState Known)> entries);
}
