using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Sidecar.Emulator.Reports;

/// <summary>
/// Counts by text, in about 40 bytes a text however long it is: texts are known by 128 bits of their hash, so that no two of
/// them are ever taken for one. Not safe for many threads.
/// </summary>
internal sealed class KeyCounts
{
    private readonly Dictionary<UInt128, int> _counts = [];

    /// <summary>How many texts were counted at all.</summary>
    public int Distinct => _counts.Count;

    /// <summary>How many were counted more than once.</summary>
    public int Repeated { get; private set; }

    /// <summary>How often a text was counted.</summary>
    public int this[string key] => _counts.GetValueOrDefault(HashOf(key));

    /// <summary>Counts a text.</summary>
    public void Add(string key)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, HashOf(key), out _);
        if (++count == 2)
            Repeated++;
    }

    /// <summary>Forgets all, and gives the room back.</summary>
    public void Clear()
    {
        _counts.Clear();
        _counts.TrimExcess();
        Repeated = 0;
    }

    private static UInt128 HashOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(key.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
