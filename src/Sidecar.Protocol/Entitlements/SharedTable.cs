namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// One instance for many equal ones. It holds them weakly, so that what nobody uses any more goes, and has a fixed number of places: where
/// more is alive than it has room for, the rest is not shared. A look-up takes no lock.
/// </summary>
/// <param name="capacity">The places; a power of two from 4 to 2^20.</param>
/// <param name="isSame">Whether two are the same to the bit.</param>
internal sealed class SharedTable<T>(int capacity, Func<T, T, bool> isSame)
    where T : class
{
    // A value has that many places of its own to stand in.
    private const int Ways = 4;

    private readonly WeakReference<T>?[] _places = new WeakReference<T>?[capacity];

    // How often each was asked for, so that what came once never drives out what many have. A lost count does no harm.
    private readonly byte[] _uses = new byte[capacity];
    private readonly Lock _writing = new();

    /// <summary>The one instance that is the same as a value: the value itself where there is none yet.</summary>
    /// <param name="value">The value.</param>
    /// <param name="hash">Its hash, equal for equal ones.</param>
    public T Of(T value, int hash)
    {
        // Spread, since some hashes differ in the upper bits alone.
        var first = (int)(((uint)hash * 2_654_435_769u) >> 12) & (capacity - Ways);
        if (Find(value, first) is { } shared)
            return shared;
        lock (_writing)
        {
            if (Find(value, first) is { } other)
                return other;
            if (PlaceIn(first) is not { } place)
                return value;
            if (_places[place] is { } used)
                used.SetTarget(value);
            else
                Volatile.Write(ref _places[place], new WeakReference<T>(value));
            _uses[place] = 0;
            return value;
        }
    }

    private T? Find(T value, int first)
    {
        for (var i = first; i < first + Ways; i++)
        {
            if (Volatile.Read(ref _places[i]) is not { } place || !place.TryGetTarget(out var known) || !isSame(known, value))
                continue;
            if (_uses[i] < byte.MaxValue)
                _uses[i]++;
            return known;
        }

        return null;
    }

    // One that is free, or that nobody has asked for again; null where each has been, which brings them nearer to giving way.
    private int? PlaceIn(int first)
    {
        int? unasked = null;
        for (var i = first; i < first + Ways; i++)
        {
            if (_places[i] is not { } place || !place.TryGetTarget(out _))
                return i;
            if (_uses[i] == 0)
                unasked = i;
        }

        for (var i = first; i < first + Ways; i++)
        {
            if (_uses[i] > 0)
                _uses[i]--;
        }

        return unasked;
    }
}
