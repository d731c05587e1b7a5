namespace Sidecar.Soak.Running;

/// <summary>
/// A number that only ever grows, of each known customer: what answers have said of it so far, and when the cloud changed it last. Safe for many threads.
/// </summary>
internal sealed class Fact(int customers)
{
    private readonly double[] _least = new double[customers];
    private readonly long[] _changedAt = new long[customers];

    /// <summary>What the next answer has to say at least: the most that an answer or an acknowledgement has said.</summary>
    public double Least(int customer) => Volatile.Read(ref _least[customer]);

    /// <summary>When the cloud changed it last, as a timestamp; 0: never.</summary>
    public long ChangedAt(int customer) => Volatile.Read(ref _changedAt[customer]);

    /// <summary>Notes that an answer, or an acknowledgement, said so much.</summary>
    public void Seen(int customer, double value)
    {
        var known = Volatile.Read(ref _least[customer]);
        while (value > known)
        {
            var was = Interlocked.CompareExchange(ref _least[customer], value, known);
            if (was.Equals(known))
                return;
            known = was;
        }
    }

    /// <summary>Notes that the cloud changes it now.</summary>
    public void Changed(int customer, long now) => Volatile.Write(ref _changedAt[customer], now);

    /// <summary>What is wrong with an answer, or null.</summary>
    /// <param name="value">What it says.</param>
    /// <param name="least">What it had to say at least when it was asked for.</param>
    /// <param name="most">What the cloud says after it.</param>
    public static string? Problem(double value, double least, double most) =>
        value < least ? $"says {value} after {least} was known"
        : value > most ? $"says {value} where the cloud has {most}"
        : null;
}
