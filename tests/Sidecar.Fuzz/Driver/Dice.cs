namespace Sidecar.Fuzz.Driver;

/// <summary>Random numbers that a seed determines (xorshift64*): the same on every machine and release.</summary>
/// <param name="seed">The seed.</param>
internal sealed class Dice(ulong seed)
{
    private ulong _state = (seed * 0x9E3779B97F4A7C15) | 1;

    /// <summary>Any number.</summary>
    public ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1D;
    }

    /// <summary>A number from 0 to below a bound.</summary>
    public int Below(int bound) => bound <= 1 ? 0 : (int)((Next() >> 33) % (ulong)bound);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Below(times) == 0;
}
