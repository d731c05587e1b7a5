using System.Diagnostics.CodeAnalysis;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Reads that wait for their turn: first reads, in the order of their coming, before re-reads; of these the hottest first, by when the
/// customer was last asked about.
/// </summary>
/// <typeparam name="T">A read.</typeparam>
/// <param name="capacity">The most that may wait.</param>
/// <param name="isFirst">Whether nothing is known of what is to be read.</param>
/// <param name="lastUsed">The tick of the last use of what is to be read.</param>
/// <param name="isAwaited">Whether somebody waits for a read; all are where it is not told.</param>
internal sealed class ReadQueue<T>(int capacity, Func<T, bool> isFirst, Func<T, long> lastUsed, Func<T, bool>? isAwaited = null)
    where T : class
{
    private const int Slack = 64;
    private readonly Queue<T> _first = new();

    // In the order of their coming, and the same by heat, as it was at a tick.
    private readonly LinkedList<T> _again = [];
    private readonly PriorityQueue<LinkedListNode<T>, (long Coldness, long Coming)> _byHeat = new();
    private long _comings;
    private int _awaitedAgain;
    private long? _sortedAt;

    /// <summary>How many wait.</summary>
    public int Count => _first.Count + _again.Count;

    /// <summary>How many of them are re-reads.</summary>
    public int Again => _again.Count;

    /// <summary>Whether there are reads, and none that somebody waits for.</summary>
    public bool IsUnawaited => _again.Count > 0 && _first.Count == 0 && _awaitedAgain == 0;

    /// <summary>How many places are held, those of reads that are out of the queue included.</summary>
    internal int Held => _first.Count + _byHeat.Count;

    /// <summary>Lets a read wait.</summary>
    /// <param name="read">The read.</param>
    /// <param name="refused">Where the queue is full: the read that finds no place, this one or a re-read that has to go for a first read.</param>
    /// <returns>False where one found no place.</returns>
    public bool TryAdd(T read, out T refused)
    {
        var isFull = Count >= capacity;
        refused = read;
        if (isFull && (!isFirst(read) || _again.Last is null))
            return false;
        if (isFull)
        {
            refused = _again.Last!.Value;
            Remove(_again.Last);
            SortWhereLoose();
        }

        if (isFirst(read))
            _first.Enqueue(read);
        else
            AddAgain(read);
        return !isFull;
    }

    /// <summary>Takes the next read out.</summary>
    /// <param name="tick">Tells the present, where it matters: heat is looked at anew with each tick.</param>
    /// <param name="read">The read.</param>
    public bool TryTake(Func<long> tick, [NotNullWhen(true)] out T? read)
    {
        if (_first.TryDequeue(out read))
            return true;
        if (_again.Count > 0)
            SortAt(tick());
        while (_byHeat.TryDequeue(out var hottest, out _))
        {
            // One that was refused for another.
            if (hottest.List is null)
                continue;
            Remove(hottest);
            read = hottest.Value;
            return true;
        }

        return false;
    }

    /// <summary>Lets one re-read have its turn among the first reads. What is none of the re-reads that wait stays where it is.</summary>
    /// <param name="match">Tells which one.</param>
    public void PutFirst(Predicate<T> match)
    {
        for (var node = _again.First; node is not null; node = node.Next)
        {
            if (!match(node.Value))
                continue;
            Remove(node);
            SortWhereLoose();
            _first.Enqueue(node.Value);
            return;
        }
    }

    /// <summary>Takes all of some kind out, in no order.</summary>
    public List<T> TakeAll(Predicate<T> match)
    {
        var taken = new List<T>();
        for (var left = _first.Count; left > 0; left--)
        {
            var read = _first.Dequeue();
            if (match(read))
                taken.Add(read);
            else
                _first.Enqueue(read);
        }

        for (var node = _again.First; node is not null;)
        {
            var next = node.Next;
            if (match(node.Value))
            {
                taken.Add(node.Value);
                Remove(node);
            }

            node = next;
        }

        Sort();
        return taken;
    }

    private void SortAt(long tick)
    {
        if (_sortedAt == tick)
            return;
        _sortedAt = tick;
        Sort();
    }

    // What is out of the queue still stands in the order.
    private void SortWhereLoose()
    {
        if (_byHeat.Count > (2 * _again.Count) + Slack)
            Sort();
    }

    private void Sort()
    {
        _byHeat.Clear();
        for (var node = _again.First; node is not null; node = node.Next)
            Add(node);
    }

    private void AddAgain(T read)
    {
        Add(_again.AddLast(read));
        if (IsAwaited(read))
            _awaitedAgain++;
    }

    private void Remove(LinkedListNode<T> node)
    {
        _again.Remove(node);
        if (IsAwaited(node.Value))
            _awaitedAgain--;
    }

    private bool IsAwaited(T read) => isAwaited is null || isAwaited(read);

    private void Add(LinkedListNode<T> node) => _byHeat.Enqueue(node, (-lastUsed(node.Value), _comings++));
}
