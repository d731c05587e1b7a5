using System.Numerics;
using System.Runtime.InteropServices;

namespace Sidecar.Actors.Cache;

internal sealed partial class CustomerTable
{
    /// <summary>How many views each part keeps together that are newer than their places.</summary>
    internal const int MaxNew = 256;

    // Hash is 0 in an empty place, where each search ends. In one that is not empty either views stand, or Number tells which of the new ones
    // they are, or it is Gone: others may stand behind.
    [StructLayout(LayoutKind.Auto)]
    private struct Place
    {
        public CustomerViews? Views;
        public int Hash;
        public int Number;
    }

    // The collector looks through 256 bytes around each reference that was put into an old object, again in each collection until what is referred to
    // is old as well. Updates hit places all over: so what replaces other views stands in a row at first, where it shares those 256 bytes, and is
    // put into its place when the row has gone round, mostly old by then.
    private sealed class Part(int firstNumber)
    {
        private const int Gone = -1;

        private readonly Lock _lock = new();

        // The n-th new views stand at n modulo their number; and the place where they are to be.
        private readonly CustomerViews?[] _new = new CustomerViews?[MaxNew];
        private readonly int[] _newAt = new int[MaxNew];
        private int _next = firstNumber;

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
                ref var place = ref _places[index];
                if (place.Number > 0)
                    Volatile.Write(ref _new[place.Number % MaxNew], views);
                else
                    PutNew(views, index);
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
                ref var place = ref _places[index];
                var number = place.Number;
                // The reason first: whoever finds no views finds it.
                Volatile.Write(ref place.Number, Gone);
                Volatile.Write(ref place.Views, null);
                if (number > 0)
                    Volatile.Write(ref _new[number % MaxNew], null);
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
                if (Volatile.Read(ref places[i].Hash) is not 0 && ViewsAt(ref places[i]) is { } views)
                    yield return views;
            }
        }

        private CustomerViews? Find(Place[] places, string customerId, int hash)
        {
            for (var i = hash & (places.Length - 1); ; i = (i + 1) & (places.Length - 1))
            {
                ref var place = ref places[i];
                var stands = Volatile.Read(ref place.Hash);
                if (stands == hash && ViewsAt(ref place) is { } views && views.CustomerId == customerId)
                    return views;
                if (stands is 0)
                    return null;
            }
        }

        private CustomerViews? ViewsAt(ref Place place) => Volatile.Read(ref place.Views) ?? NewViewsAt(ref place);

        // What Views show is what counts, so they are looked at after the new ones. It looks again only where somebody has moved them meanwhile, and
        // waits for nobody.
        private CustomerViews? NewViewsAt(ref Place place)
        {
            while (true)
            {
                var number = Volatile.Read(ref place.Number);
                var views = number > 0 ? Volatile.Read(ref _new[number % MaxNew]) : null;
                if (Volatile.Read(ref place.Views) is { } settled)
                    return settled;
                // Else it may be another place's already.
                if (Volatile.Read(ref place.Number) == number && number is not 0)
                    return views;
            }
        }

        // How many more places are taken than before: 1, or 0 where others have gone from it.
        private static int Put(Place[] places, CustomerViews views, int hash)
        {
            var i = hash & (places.Length - 1);
            while (places[i] is { Hash: not 0, Number: not Gone })
                i = (i + 1) & (places.Length - 1);
            ref var place = ref places[i];
            var isNew = place.Hash is 0;
            Volatile.Write(ref place.Number, Gone);
            Volatile.Write(ref place.Hash, hash);
            Settle(ref place, views);
            return isNew ? 1 : 0;
        }

        private static void Settle(ref Place place, CustomerViews views)
        {
            Volatile.Write(ref place.Views, views);
            Volatile.Write(ref place.Number, 0);
        }

        // Behind all others that are new; those that have been for the longest time make room.
        private void PutNew(CustomerViews views, int index)
        {
            var number = _next;
            _next = number == int.MaxValue ? 1 : number + 1;
            SettleNew(number % MaxNew);
            _newAt[number % MaxNew] = index;
            Volatile.Write(ref _new[number % MaxNew], views);
            ref var place = ref _places[index];
            Volatile.Write(ref place.Number, number);
            Volatile.Write(ref place.Views, null);
        }

        private void SettleNew(int at)
        {
            if (_new[at] is { } views)
                Settle(ref _places[_newAt[at]], views);
        }

        private int IndexOf(CustomerViews known, int hash)
        {
            for (var i = hash & (_places.Length - 1); _places[i].Hash is not 0; i = (i + 1) & (_places.Length - 1))
            {
                if (ReferenceEquals(ViewsAt(ref _places[i]), known))
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
            for (; _places[index] is { Hash: not 0, Number: Gone }; index = (index - 1) & mask)
            {
                Volatile.Write(ref _places[index].Hash, 0);
                _taken--;
            }
        }

        // At most half of the places are taken then, and at least a quarter, but for the smallest. Whoever reads meanwhile reads the former ones,
        // which nobody writes to, once all is in its place.
        private void Rebuild()
        {
            for (var at = 0; at < MaxNew; at++)
            {
                SettleNew(at);
                Volatile.Write(ref _new[at], null);
            }

            var places = new Place[Math.Max(SmallestPart, (int)BitOperations.RoundUpToPowerOf2((uint)_held * 2))];
            foreach (var place in _places)
            {
                if (place is { Hash: not 0, Views: { } views })
                    Put(places, views, place.Hash);
            }

            _taken = _held;
            Volatile.Write(ref _places, places);
        }
    }
}
