using System.Runtime.InteropServices;

namespace Sidecar.Actors.Metrics;

/// <summary>A counter that many threads may raise at once without fighting over one cache line.</summary>
public sealed class StripedCounter
{
    // A power of two, so that a stripe is found by masking.
    private const int Stripes = 16;
    private readonly Stripe[] _stripes = new Stripe[Stripes];

    /// <summary>The count.</summary>
    public long Value
    {
        get
        {
            var sum = 0L;
            for (var i = 0; i < Stripes; i++)
                sum += Volatile.Read(ref _stripes[i].Count);
            return sum;
        }
    }

    /// <summary>Counts one more.</summary>
    public void Increment() => Interlocked.Increment(ref _stripes[Environment.CurrentManagedThreadId & (Stripes - 1)].Count);

    /// <summary>Counts so many more.</summary>
    public void Add(long count) => Interlocked.Add(ref _stripes[Environment.CurrentManagedThreadId & (Stripes - 1)].Count, count);

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Stripe
    {
        [FieldOffset(64)]
        public long Count;
    }
}
