namespace Sidecar.Actors.Cloud;

/// <summary>The server key in force. It may be replaced while the process runs, since a key's file is watched.</summary>
/// <param name="initial">The key at the start, or null where there is none.</param>
public sealed class ApiKeyHolder(Secret? initial)
{
    private Secret? _current = initial;

    /// <summary>Raised after the key was replaced by another one, on the thread that replaced it.</summary>
    public event EventHandler? Replaced;

    /// <summary>The key, or null: then nothing is sent.</summary>
    public Secret? Current => Volatile.Read(ref _current);

    /// <summary>Whether a key is the one in force.</summary>
    public bool IsInForce(Secret key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return AreSame(Current, key);
    }

    /// <summary>Puts another key in force.</summary>
    /// <returns>False where it is the same one.</returns>
    public bool Replace(Secret next)
    {
        ArgumentNullException.ThrowIfNull(next);
        var previous = Interlocked.Exchange(ref _current, next);
        if (AreSame(previous, next))
            return false;
        Replaced?.Invoke(this, EventArgs.Empty);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Current?.ToString() ?? "none";

    private static bool AreSame(Secret? one, Secret other) => string.Equals(one?.Reveal(), other.Reveal(), StringComparison.Ordinal);
}
