namespace Sidecar.Protocol.Entitlements;

/// <summary>What a shared instance is looked up by before there is one, so that none is made where it is known already.</summary>
internal interface ISharedDraft<T>
    where T : class
{
    /// <summary>Equal for drafts of equal instances.</summary>
    int Hash { get; }

    /// <summary>Whether an instance is the same as this would be, to the bit.</summary>
    bool IsSameAs(T known);

    /// <summary>Makes the instance.</summary>
    T Make();
}

/// <summary>
/// One instance for many equal ones. It holds them weakly, so that what nobody uses any more goes, and has a fixed number of places: where
/// more is alive than it has room for, the rest is not shared. A look-up takes no lock.
/// </summary>
/// <param name="capacity">The places; a power of two from 4 to 2^20.</param>
internal sealed class SharedTable<T>(int capacity)
    where T : class
{
    // A value has that many places of its own to stand in.
    private const int Ways = 4;

    private readonly WeakReference<T>?[] _places = new WeakReference<T>?[capacity];

    // How often each was asked for, so that what came once never drives out what many have. A lost count does no harm.
    private readonly byte[] _uses = new byte[capacity];
    private readonly Lock _writing = new();

    /// <summary>The one instance that is the same as a draft: one made of it where there is none yet.</summary>
    /// <param name="draft">The draft; never changed.</param>
    public T Of<TDraft>(scoped ref TDraft draft)
        where TDraft : ISharedDraft<T>, allows ref struct
    {
        // Spread, since some hashes differ in the upper bits alone.
        var first = (int)(((uint)draft.Hash * 2_654_435_769u) >> 12) & (capacity - Ways);
        if (Find(ref draft, first) is { } shared)
            return shared;
        var made = draft.Make();
        lock (_writing)
        {
            if (Find(ref draft, first) is { } other)
                return other;
            if (PlaceIn(first) is not { } place)
                return made;
            if (_places[place] is { } used)
                used.SetTarget(made);
            else
                Volatile.Write(ref _places[place], new WeakReference<T>(made));
            _uses[place] = 0;
            return made;
        }
    }

    private T? Find<TDraft>(scoped ref TDraft draft, int first)
        where TDraft : ISharedDraft<T>, allows ref struct
    {
        for (var i = first; i < first + Ways; i++)
        {
            if (Volatile.Read(ref _places[i]) is not { } place || !place.TryGetTarget(out var known) || !draft.IsSameAs(known))
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
