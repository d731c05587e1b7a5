using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sidecar.Fuzz.Driver;

/// <summary>
/// Which edges of the instrumented code an execution goes along, and how often: the code counts them in a map of ours. Where it is not
/// instrumented, the map stays empty.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    // Of the count of an edge, the class: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more.
    private static readonly byte[] Classes = MakeClasses();

    private readonly byte* _map;
    private readonly byte[] _seen = new byte[Size];

    private Coverage(byte* map) => _map = map;

    /// <summary>The one that the instrumented code of this process counts in. Has to be there before any of that code runs.</summary>
    public static Coverage OfProcess { get; } = Attach();

    /// <summary>How many edges were seen.</summary>
    public int Edges { get; private set; }

    /// <summary>Forgets what was counted since the last look.</summary>
    public void Clear()
    {
        new Span<byte>(_map, Size).Clear();
        SharpFuzz.Common.Trace.PrevLocation = 0;
    }

    /// <summary>Forgets all that was seen.</summary>
    public void Forget()
    {
        Clear();
        Array.Clear(_seen);
        Edges = 0;
    }

    /// <summary>Whether an edge was taken, or taken so often, for the first time since the last look; starts the count anew.</summary>
    public bool Take()
    {
        var isNew = false;
        for (var i = 0; i < Size; i += Vector256<byte>.Count)
        {
            var counts = Vector256.Load(_map + i);
            if (counts == Vector256<byte>.Zero)
                continue;
            for (var j = i; j < i + Vector256<byte>.Count; j++)
            {
                if (_map[j] == 0)
                    continue;
                var found = Classes[_map[j]];
                if ((_seen[j] & found) == 0)
                {
                    isNew = true;
                    if (_seen[j] == 0)
                        Edges++;
                    _seen[j] |= found;
                }
            }

            Vector256<byte>.Zero.Store(_map + i);
        }

        SharpFuzz.Common.Trace.PrevLocation = 0;
        return isNew;
    }

    /// <summary>The edges that were taken since the last look; starts the count anew.</summary>
    public HashSet<int> TakeEdges()
    {
        var edges = new HashSet<int>();
        for (var i = 0; i < Size; i++)
        {
            if (_map[i] != 0)
                edges.Add(i);
        }

        Clear();
        return edges;
    }

    private static Coverage Attach()
    {
        // For as long as the process lives: the code writes there at any time.
        var map = (byte*)NativeMemory.AllocZeroed(Size);
        SharpFuzz.Common.Trace.SharedMem = map;
        return new Coverage(map);
    }

    private static byte[] MakeClasses()
    {
        var classes = new byte[256];
        for (var count = 1; count < classes.Length; count++)
        {
            classes[count] = count switch
            {
                <= 3 => (byte)(1 << (count - 1)),
                < 8 => 1 << 3,
                < 16 => 1 << 4,
                < 32 => 1 << 5,
                < 128 => 1 << 6,
                _ => 1 << 7,
            };
        }

        return classes;
    }
}
