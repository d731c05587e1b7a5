using System.Numerics;

namespace Sidecar.Actors.Cache;

/// <summary>
/// Remembers which customers were evicted last, to tell a bound that is too small, whose victims are read again soon, from one that lets go
/// of whom nobody asks about any more. By hash and in a fixed table, made when somebody is evicted for the first time: a little may be
/// forgotten. Safe for any thread.
/// </summary>
/// <param name="maxBytes">The cache's bound, which the table's size follows.</param>
internal sealed class EvictedCustomers(long maxBytes)
{
    /// <summary>The fewest customers that are remembered.</summary>
    public const int Fewest = 512;

    /// <summary>The most, which take 256 KiB.</summary>
    public const int Most = 64 * 1024;

    // Some of them are remembered for each customer that fits.
    private const long BytesOfEach = 2_048;

    private volatile int[]? _hashes;
    private long _returns;

    /// <summary>How many came back.</summary>
    public long Returns => Volatile.Read(ref _returns);

    /// <summary>How many are remembered.</summary>
    public int Size { get; } = (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(maxBytes / BytesOfEach, Fewest, Most));

    /// <summary>Notes one that was evicted.</summary>
    public void Went(string customerId)
    {
        var hashes = _hashes ?? Interlocked.CompareExchange(ref _hashes, new int[Size], null) ?? _hashes;
        var hash = HashOf(customerId);
        Volatile.Write(ref hashes[hash & (hashes.Length - 1)], hash);
    }

    /// <summary>Notes one that is held from now on, and was not before.</summary>
    public void Came(string customerId)
    {
        if (_hashes is not { } hashes)
            return;
        var hash = HashOf(customerId);
        if (Interlocked.CompareExchange(ref hashes[hash & (hashes.Length - 1)], 0, hash) == hash)
            Interlocked.Increment(ref _returns);
    }

    // 0 stands for nobody.
    private static int HashOf(string customerId) => customerId.GetHashCode(StringComparison.Ordinal) is var hash and not 0 ? hash : 1;
}
