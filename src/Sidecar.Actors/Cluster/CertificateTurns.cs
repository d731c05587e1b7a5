namespace Sidecar.Actors.Cluster;

/// <summary>
/// Tells a node when it is its turn to join anew with another certificate: nodes do so one after the other, in the order of their addresses.
/// A node that is away just then keeps its place, or those after it would all move up, and go at once.
/// </summary>
/// <param name="time">The source of time.</param>
public sealed class CertificateTurns(TimeProvider time)
{
    /// <summary>How long apart nodes go.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromSeconds(15);

    /// <summary>How long a node that is away keeps its place.</summary>
    public static readonly TimeSpan KeepsPlace = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private long? _waitsSince;

    /// <summary>Looks once more.</summary>
    /// <param name="self">The node.</param>
    /// <param name="hasOther">Whether its files hold another certificate than the one it speaks with.</param>
    /// <returns>Whether it is its turn.</returns>
    public bool IsDue(MemberView self, bool hasOther)
    {
        ArgumentNullException.ThrowIfNull(self);
        foreach (var member in self.Living)
            _seen[member.Address] = time.GetTimestamp();
        foreach (var (address, _) in _seen.Where(one => time.GetElapsedTime(one.Value) >= KeepsPlace).ToArray())
            _seen.Remove(address);
        if (!hasOther)
        {
            _waitsSince = null;
            return false;
        }

        _waitsSince ??= time.GetTimestamp();
        return time.GetElapsedTime(_waitsSince.Value) >= Apart * _seen.Keys.Count(address => string.CompareOrdinal(address, self.Address) < 0);
    }
}
