using System.Collections;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Sidecar.Actors.Cache;

/// <summary>
/// Views by customer, for many threads. Who reads takes no lock, makes nothing and sees what was stored last; who writes locks one part.
/// It is flat: a view stands in an array, not behind a node of its own. Beside many updates, the collector looks for what they made in each old
/// object that was written to since, and to find such an object among small ones costs far more than to look into a place of an array.
/// </summary>
internal sealed class CustomerTable : IEnumerable<CustomerViews>
{
    // Each part grows by itself, so that none takes long to.
    private const int Parts = 16;
    private const int SmallestPart = 64;

    private readonly Part[] _parts = [.. Enumerable.Range(0, Parts).Select(_ => new Part())];

    /// <summary>How many places there are for views, with those that are empty: what it takes, for specs.</summary>
    public int Places => _parts.Sum(part => part.Size);

    /// <summary>A customer's views, or null.</summary>
    /// <param name="customerId">The customer.</param>
    public CustomerViews? Find(string customerId)
    {
        var hash = HashOf(customerId);
        return PartOf(hash).Find(customerId, hash);
    }

    /// <summary>Stores a customer's first views; false where there are some.</summary>
    /// <param name="views">The views.</param>
    public bool TryAdd(CustomerViews views)
    {
        var hash = HashOf(views.CustomerId);
        return PartOf(hash).TryAdd(views, hash);
    }

    /// <summary>Replaces exactly the views that are known; false where others are there, or none.</summary>
    /// <param name="views">What is to be stored.</param>
    /// <param name="known">What it follows from, of the same customer.</param>
    public bool TryUpdate(CustomerViews views, CustomerViews known)
    {
        var hash = HashOf(known.CustomerId);
        return PartOf(hash).TryUpdate(views, known, hash);
    }

    /// <summary>Removes exactly these views; false where others are there, or none.</summary>
    /// <param name="known">The views.</param>
    public bool TryRemove(CustomerViews known)
    {
        var hash = HashOf(known.CustomerId);
        return PartOf(hash).TryRemove(known, hash);
    }

    /// <summary>
    /// All views, in no order: each that is there from the beginning to the end once; of what comes, goes or is replaced meanwhile, what is met.
    /// </summary>
    public IEnumerator<CustomerViews> GetEnumerator()
    {
        foreach (var part in _parts)
        {
            foreach (var views in part.All())
                yield return views;
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Another one in each process: whoever chooses the ids can't choose where they meet. 0 is that of an empty place.
    private static int HashOf(string customerId) => customerId.GetHashCode(StringComparison.Ordinal) is var hash and not 0 ? hash : 1;

    // By the upper bits; the place in a part is told by the lower ones.
    private Part PartOf(int hash) => _parts[(uint)hash / (uint.MaxValue / Parts + 1)];

    // Hash is 0 in an empty place, where each search ends. Views are null without that where some have gone: others may stand behind.
    [StructLayout(LayoutKind.Auto)]
    private struct Place
    {
        public CustomerViews? Views;
        public int Hash;
    }

    private sealed class Part
    {
        private readonly Lock _lock = new();

        // Their number is a power of two. Views stand in the place that their hash tells, or in the next one that was free. There they stay, and no
        // place between becomes empty: whoever reads meanwhile comes to them.
        private Place[] _places = new Place[SmallestPart];
        private int _held;

        // Places that are not empty, at most three quarters: each search comes to an end soon.
        private int _taken;

        public int Size => Volatile.Read(ref _places).Length;

        // Places that are made anew meanwhile don't matter: the former ones stay as they were then, which was after this began.
        public CustomerViews? Find(string customerId, int hash) => Find(Volatile.Read(ref _places), customerId, hash);

        public bool TryAdd(CustomerViews views, int hash)
        {
            lock (_lock)
            {
                if (Find(_places, views.CustomerId, hash) is not null)
                    return false;
                if (_taken >= _places.Length - (_places.Length / 4))
                    Rebuild();
                _taken += Put(_places, views, hash);
                _held++;
                return true;
            }
        }

        public bool TryUpdate(CustomerViews views, CustomerViews known, int hash)
        {
            lock (_lock)
            {
                var index = IndexOf(known, hash);
                if (index < 0)
                    return false;
                Volatile.Write(ref _places[index].Views, views);
                return true;
            }
        }

        public bool TryRemove(CustomerViews known, int hash)
        {
            lock (_lock)
            {
                var index = IndexOf(known, hash);
                if (index < 0)
                    return false;
                Volatile.Write(ref _places[index].Views, null);
                _held--;
                Empty(index);
                // What many took who have gone is not kept for ever.
                if (_places.Length > SmallestPart && _held < _places.Length / 8)
                    Rebuild();
                return true;
            }
        }

        public IEnumerable<CustomerViews> All()
        {
            // Those that come in places which were made anew meanwhile are not met.
            var places = Volatile.Read(ref _places);
            for (var i = 0; i < places.Length; i++)
            {
                if (Volatile.Read(ref places[i].Views) is { } views)
                    yield return views;
            }
        }

        private static CustomerViews? Find(Place[] places, string customerId, int hash)
        {
            for (var i = hash & (places.Length - 1); ; i = (i + 1) & (places.Length - 1))
            {
                ref var place = ref places[i];
                var stands = Volatile.Read(ref place.Hash);
                if (stands == hash && Volatile.Read(ref place.Views) is { } views && views.CustomerId == customerId)
                    return views;
                if (stands is 0)
                    return null;
            }
        }

        // How many more places are taken than before: 1, or 0 where others have gone from it.
        private static int Put(Place[] places, CustomerViews views, int hash)
        {
            var i = hash & (places.Length - 1);
            while (places[i].Views is not null)
                i = (i + 1) & (places.Length - 1);
            ref var place = ref places[i];
            var isNew = place.Hash is 0;
            Volatile.Write(ref place.Hash, hash);
            Volatile.Write(ref place.Views, views);
            return isNew ? 1 : 0;
        }

        private int IndexOf(CustomerViews known, int hash)
        {
            for (var i = hash & (_places.Length - 1); _places[i].Hash is not 0; i = (i + 1) & (_places.Length - 1))
            {
                if (ReferenceEquals(_places[i].Views, known))
                    return i;
            }

            return -1;
        }

        // Nothing that was put behind an empty place was looked for from before it: so a place that was left becomes empty where the next one is.
        private void Empty(int index)
        {
            var mask = _places.Length - 1;
            if (_places[(index + 1) & mask].Hash is not 0)
                return;
            for (; _places[index].Views is null && _places[index].Hash is not 0; index = (index - 1) & mask)
            {
                Volatile.Write(ref _places[index].Hash, 0);
                _taken--;
            }
        }

        // At most half of the places are taken then, and at least a quarter, but for the smallest. Whoever reads meanwhile reads the former ones,
        // which nobody writes to.
        private void Rebuild()
        {
            var places = new Place[Math.Max(SmallestPart, (int)BitOperations.RoundUpToPowerOf2((uint)_held * 2))];
            foreach (var place in _places)
            {
                if (place.Views is { } views)
                    Put(places, views, place.Hash);
            }

            _taken = _held;
            Volatile.Write(ref _places, places);
        }
    }
}
