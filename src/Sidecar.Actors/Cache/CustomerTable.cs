using System.Collections;
using System.Runtime.InteropServices;

namespace Sidecar.Actors.Cache;

/// <summary>
/// Views by customer, for many threads. Who reads takes no lock, makes nothing and sees what was stored last; who writes locks one part.
/// It is flat: a view stands in an array, not behind a node of its own. Beside many updates, the collector looks for what they made in each old
/// object that was written to since, and to find such an object among small ones costs far more than to look into a place of an array.
/// </summary>
internal sealed class CustomerTable : IEnumerable<CustomerViews>
{
    // Each part grows by itself, so that none takes long to; and each is large enough, with some customers in it, to stay where it is.
    private const int Parts = 16;
    private const int SmallestPart = 64;

    private readonly Part[] _parts = [.. Enumerable.Range(0, Parts).Select(_ => new Part())];

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

    // Another one in each process: whoever chooses the ids can't choose where they meet.
    private static int HashOf(string customerId) => customerId.GetHashCode(StringComparison.Ordinal);

    // By the upper bits; the place in a part is told by the lower ones.
    private Part PartOf(int hash) => _parts[(uint)hash / (uint.MaxValue / Parts + 1)];

    // Next is one more than the next place, 0 at the end of a chain.
    [StructLayout(LayoutKind.Auto)]
    private struct Place
    {
        public CustomerViews? Views;
        public int Hash;
        public int Next;
    }

    // The heads of the chains, each one more than a place, and the places. The number of heads is a power of two.
    private sealed class Places(int size)
    {
        public readonly int[] Heads = new int[size];
        public readonly Place[] All = new Place[size];

        public ref int HeadOf(int hash) => ref Heads[hash & (Heads.Length - 1)];
    }

    private sealed class Part
    {
        private readonly Lock _lock = new();
        private Places _places = new(SmallestPart);

        // Rises when a place has left its chain, and before it leads anywhere else.
        private int _removals;

        // Places that were ever taken, and the first one that was given back: one more than it, 0 for none.
        private int _taken;
        private int _free;

        public CustomerViews? Find(string customerId, int hash)
        {
            while (true)
            {
                var removals = Volatile.Read(ref _removals);
                var places = Volatile.Read(ref _places);
                var views = Find(places, customerId, hash);
                // What a part that has grown meanwhile held may have been replaced since; and a place that was removed and taken again leads
                // into another chain.
                if (ReferenceEquals(Volatile.Read(ref _places), places) && (views is not null || Volatile.Read(ref _removals) == removals))
                    return views;
            }
        }

        public bool TryAdd(CustomerViews views, int hash)
        {
            lock (_lock)
            {
                if (Find(_places, views.CustomerId, hash) is not null)
                    return false;
                var index = NewPlace();
                ref var head = ref _places.HeadOf(hash);
                ref var place = ref _places.All[index];
                place.Hash = hash;
                place.Next = head;
                Volatile.Write(ref place.Views, views);
                Volatile.Write(ref head, index + 1);
                return true;
            }
        }

        public bool TryUpdate(CustomerViews views, CustomerViews known, int hash)
        {
            lock (_lock)
            {
                for (var next = _places.HeadOf(hash); next > 0; next = _places.All[next - 1].Next)
                {
                    ref var place = ref _places.All[next - 1];
                    if (!ReferenceEquals(place.Views, known))
                        continue;
                    Volatile.Write(ref place.Views, views);
                    return true;
                }

                return false;
            }
        }

        public bool TryRemove(CustomerViews known, int hash)
        {
            lock (_lock)
            {
                ref var before = ref _places.HeadOf(hash);
                while (before > 0)
                {
                    var index = before - 1;
                    ref var place = ref _places.All[index];
                    if (!ReferenceEquals(place.Views, known))
                    {
                        before = ref place.Next;
                        continue;
                    }

                    // Who begins to read from here on does not come to this place any more; who came to it before has to look again.
                    Volatile.Write(ref before, place.Next);
                    Interlocked.Increment(ref _removals);
                    Volatile.Write(ref place.Views, null);
                    place.Next = _free;
                    _free = index + 1;
                    return true;
                }

                return false;
            }
        }

        public IEnumerable<CustomerViews> All()
        {
            // Those that come in a part which has grown meanwhile are not met.
            var places = Volatile.Read(ref _places);
            for (var i = 0; i < places.All.Length; i++)
            {
                if (Volatile.Read(ref places.All[i].Views) is { } views)
                    yield return views;
            }
        }

        private static CustomerViews? Find(Places places, string customerId, int hash)
        {
            for (var next = Volatile.Read(ref places.HeadOf(hash)); next > 0;)
            {
                ref var place = ref places.All[next - 1];
                if (Volatile.Read(ref place.Hash) == hash && Volatile.Read(ref place.Views) is { } views && views.CustomerId == customerId)
                    return views;
                next = Volatile.Read(ref place.Next);
            }

            return null;
        }

        private int NewPlace()
        {
            if (_free > 0)
            {
                var index = _free - 1;
                _free = _places.All[index].Next;
                return index;
            }

            if (_taken == _places.All.Length)
                Grow();
            return _taken++;
        }

        // All places are taken. Whoever reads meanwhile reads the former ones, which nobody writes to, and looks again.
        private void Grow()
        {
            var grown = new Places(_places.All.Length * 2);
            for (var i = 0; i < _places.All.Length; i++)
            {
                var place = _places.All[i];
                ref var head = ref grown.HeadOf(place.Hash);
                grown.All[i] = place with { Next = head };
                head = i + 1;
            }

            Volatile.Write(ref _places, grown);
        }
    }
}
