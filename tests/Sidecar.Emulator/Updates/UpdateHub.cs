using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Sidecar.Emulator.Updates;

/// <summary>In which order held updates are let go.</summary>
public enum ReleaseOrder
{
    /// <summary>As they were pushed.</summary>
    Pushed,

    /// <summary>The last one first.</summary>
    Reversed,

    /// <summary>Mixed, always in the same way for one seed.</summary>
    Shuffled,
}

/// <summary>The open sockets, and the updates on the way to them, in one order for all.</summary>
internal sealed class UpdateHub
{
    private readonly Lock _order = new();
    private ImmutableArray<UpdateSocket> _sockets = [];
    private List<Update>? _held;
    private int _copies = 1;

    /// <summary>How often each update is sent.</summary>
    public int Copies
    {
        get
        {
            lock (_order)
                return _copies;
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            lock (_order)
                _copies = value;
        }
    }

    /// <summary>How many updates are held back.</summary>
    public int Held
    {
        get
        {
            lock (_order)
                return _held?.Count ?? 0;
        }
    }

    /// <summary>Whether an update would go anywhere.</summary>
    public bool IsOfUse
    {
        get
        {
            lock (_order)
                return _held is not null || _sockets.Length > 0;
        }
    }

    public void Add(UpdateSocket socket)
    {
        lock (_order)
            _sockets = _sockets.Add(socket);
    }

    public void Remove(UpdateSocket socket)
    {
        lock (_order)
            _sockets = _sockets.Remove(socket);
    }

    /// <summary>Sends an update, and returns how many messages that made; 0 while updates are held back.</summary>
    /// <exception cref="InvalidOperationException">Too many are held back.</exception>
    public int Push(Update update)
    {
        lock (_order)
        {
            if (_held is null)
                return Enumerable.Range(0, _copies).Sum(_ => Deliver(update));
            if (_held.Count + _copies > UpdateStream.MostHeld)
                throw new InvalidOperationException($"More than {UpdateStream.MostHeld} updates would be held back");
            _held.AddRange(Enumerable.Repeat(update, _copies));
            return 0;
        }
    }

    public void Hold()
    {
        lock (_order)
            _held ??= [];
    }

    /// <summary>Sends what was held back to those who are there now, and holds no longer.</summary>
    public int Release(ReleaseOrder order, int seed)
    {
        lock (_order)
        {
            if (_held is not { } held)
                return 0;
            _held = null;
            if (order is ReleaseOrder.Reversed)
                held.Reverse();
            else if (order is ReleaseOrder.Shuffled)
                new Random(seed).Shuffle(CollectionsMarshal.AsSpan(held));
            return held.Sum(Deliver);
        }
    }

    /// <summary>Does something with each socket that is open, and returns the sum. None of them goes meanwhile.</summary>
    public int Each(Func<UpdateSocket, int> act)
    {
        lock (_order)
            return _sockets.Sum(act);
    }

    private int Deliver(Update update) => _sockets.Sum(socket => socket.Deliver(update));
}
