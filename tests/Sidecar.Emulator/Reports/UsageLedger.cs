using System.Runtime.InteropServices;
using Sidecar.Emulator.Control;

namespace Sidecar.Emulator.Reports;

/// <summary>
/// Every measurement and event that the emulated cloud has counted, once for each time that it was. Safe for many threads.
/// Counts are kept of all of them; the entries themselves only of the latest <see cref="EntriesAtMost"/>, so that a million
/// of them need little room.
/// </summary>
public sealed class UsageLedger
{
    /// <summary>How many entries are kept one by one, unless it is said otherwise.</summary>
    public const int UsualEntriesAtMost = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<LedgerKind, KeyCounts> _keys = new()
    {
        [LedgerKind.Measurement] = new(),
        [LedgerKind.Event] = new(),
    };

    private readonly Dictionary<Place, (long Count, double Sum)> _tallies = [];
    private readonly Queue<LedgerEntry> _entries = new();
    private readonly ArrivalCount _total = new();
    private int _entriesAtMost = UsualEntriesAtMost;
    private long _measurements;
    private long _events;
    private long _dropped;
    private long _withoutKey;

    internal UsageLedger()
    {
    }

    /// <summary>How many of the latest entries are kept one by one; 0: counts alone.</summary>
    public int EntriesAtMost
    {
        get
        {
            lock (_lock)
                return _entriesAtMost;
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            lock (_lock)
            {
                _entriesAtMost = value;
                while (_entries.Count > value)
                    _entries.Dequeue();
            }
        }
    }

    /// <summary>How often something with this key was counted, measurements and events together.</summary>
    public int CountOf(string idempotencyKey) =>
        CountOf(LedgerKind.Measurement, idempotencyKey) + CountOf(LedgerKind.Event, idempotencyKey);

    /// <summary>How often something of this kind with this key was counted; an event never more than once.</summary>
    public int CountOf(LedgerKind kind, string idempotencyKey)
    {
        ArgumentNullException.ThrowIfNull(idempotencyKey);
        lock (_lock)
            return _keys[kind][idempotencyKey];
    }

    /// <summary>What was counted of one feature of a customer, or of a resource of it.</summary>
    public LedgerTally TallyOf(string customerId, string featureId, string? resourceId = null) =>
        TallyOf(new Place(LedgerKind.Measurement, customerId, resourceId, featureId));

    /// <summary>What was counted of one kind of event of a customer, or of a resource of it.</summary>
    public LedgerTally EventTallyOf(string customerId, string eventName, string? resourceId = null) =>
        TallyOf(new Place(LedgerKind.Event, customerId, resourceId, eventName));

    /// <summary>All counts of this moment.</summary>
    public LedgerSnapshot Snapshot()
    {
        lock (_lock)
            return new LedgerSnapshot
            {
                Measurements = _measurements,
                Events = _events,
                DroppedEvents = _dropped,
                WithoutKey = _withoutKey,
                DistinctKeys = _keys[LedgerKind.Measurement].Distinct,
                RepeatedKeys = _keys[LedgerKind.Measurement].Repeated,
                Tallies =
                [
                    .. _tallies
                        .Select(tally => Tally(tally.Key, tally.Value))
                        .OrderBy(tally => tally.CustomerId, StringComparer.Ordinal)
                        .ThenBy(tally => tally.ResourceId, StringComparer.Ordinal)
                        .ThenBy(tally => tally.Kind)
                        .ThenBy(tally => tally.Name, StringComparer.Ordinal),
                ],
            };
    }

    /// <summary>The latest entries, in the order in which they were counted.</summary>
    public IReadOnlyList<LedgerEntry> Entries()
    {
        lock (_lock)
            return [.. _entries];
    }

    /// <summary>Completes when so many were counted since the last reset, at once if they already were.</summary>
    public Task WaitForAsync(int count, CancellationToken cancellationToken) => _total.WaitAsync(count, cancellationToken);

    /// <summary>Counts from 0 and forgets everything, the keys of events too. Usage in the data stays as it is.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            foreach (var keys in _keys.Values)
                keys.Clear();
            _tallies.Clear();
            _entries.Clear();
            (_measurements, _events, _dropped, _withoutKey) = (0, 0, 0, 0);
            _total.Reset();
        }
    }

    /// <summary>Drops an event whose key is known; false where it is not.</summary>
    internal bool DropRepeated(UsageEvent happened)
    {
        lock (_lock)
        {
            if (_keys[LedgerKind.Event][happened.IdempotencyKey] is 0)
                return false;
            _dropped++;
            return true;
        }
    }

    internal void Add(MeasuredUsage measured, DateTimeOffset now)
    {
        var measurement = measured.Measurement;
        lock (_lock)
        {
            _measurements++;
            Add(new LedgerEntry
            {
                Number = _measurements + _events,
                Kind = LedgerKind.Measurement,
                CustomerId = measurement.CustomerId,
                ResourceId = measurement.ResourceId,
                Name = measurement.FeatureId,
                Value = measurement.Value,
                Behavior = measurement.Behavior,
                CurrentUsage = measured.CurrentUsage,
                ConsumedCredits = measured.Credit?.Consumed,
                IdempotencyKey = measurement.IdempotencyKey,
                CreatedAt = measurement.CreatedAt,
                Dimensions = measurement.Dimensions,
                ProcessedAt = now,
            });
        }
    }

    internal void Add(UsageEvent happened, DateTimeOffset now)
    {
        lock (_lock)
        {
            _events++;
            Add(new LedgerEntry
            {
                Number = _measurements + _events,
                Kind = LedgerKind.Event,
                CustomerId = happened.CustomerId,
                ResourceId = happened.ResourceId,
                Name = happened.EventName,
                IdempotencyKey = happened.IdempotencyKey,
                CreatedAt = happened.Timestamp,
                Dimensions = happened.Dimensions,
                ProcessedAt = now,
            });
        }
    }

    private void Add(LedgerEntry entry)
    {
        if (entry.IdempotencyKey is { } key)
            _keys[entry.Kind].Add(key);
        else
            _withoutKey++;
        ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _tallies, new Place(entry.Kind, entry.CustomerId, entry.ResourceId, entry.Name), out _);
        tally = (tally.Count + 1, tally.Sum + (entry.Behavior is UpdateBehavior.Delta ? entry.Value!.Value : 0));
        if (_entriesAtMost > 0)
        {
            if (_entries.Count == _entriesAtMost)
                _entries.Dequeue();
            _entries.Enqueue(entry);
        }
        // Last, so that whoever waits for it finds the rest done.
        _total.Increment();
    }

    private LedgerTally TallyOf(Place place)
    {
        lock (_lock)
            return Tally(place, _tallies.GetValueOrDefault(place));
    }

    private static LedgerTally Tally(Place place, (long Count, double Sum) counted) =>
        new(place.Kind, place.CustomerId, place.ResourceId, place.Name, counted.Count, counted.Sum);

    private readonly record struct Place(LedgerKind Kind, string CustomerId, string? ResourceId, string Name);
}
