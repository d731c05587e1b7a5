using System.Collections.Immutable;
using Sidecar.Emulator.Requests;

namespace Sidecar.Emulator.Control;

/// <summary>Counts what arrives at the cloud. Safe for many threads.</summary>
public sealed class RequestCounters
{
    /// <summary>How many of the latest requests are remembered one by one.</summary>
    public const int RecordedAtMost = 256;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<RequestKey, ArrivalCount> _arrivals = [];
    private readonly Dictionary<string, int> _headerFaults = new(StringComparer.Ordinal);
    private readonly Queue<RecordedRequest> _recorded = new();
    private long _number;
    private int _unauthorized;
    private int _badRequests;
    private int _notFound;
    private int _inFlight;
    private int _maxInFlight;

    internal RequestCounters(TimeProvider time) => _time = time;

    /// <summary>How many have arrived.</summary>
    public int Count(RequestKey key) => ArrivalsOf(key).Value;

    /// <summary>Completes when so many have arrived since the last reset, at once if they already have.</summary>
    public Task WaitAsync(RequestKey key, int count, CancellationToken cancellationToken) =>
        ArrivalsOf(key).WaitAsync(count, cancellationToken);

    /// <summary>The latest requests, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> Recorded()
    {
        lock (_lock)
            return [.. _recorded];
    }

    /// <summary>All counts of this moment.</summary>
    public CounterSnapshot Snapshot()
    {
        lock (_lock)
            return new CounterSnapshot
            {
                Total = Of(RequestKey.Any),
                Config = Of(RequestKey.Config),
                State = Of(RequestKey.State),
                ApiConfig = Of(RequestKey.ApiConfig),
                ApiState = Of(RequestKey.ApiState),
                ApiUsage = Of(RequestKey.ApiUsage),
                ApiUsageBulk = Of(RequestKey.ApiUsageBulk),
                ApiEvents = Of(RequestKey.ApiEvents),
                Unauthorized = _unauthorized,
                BadRequests = _badRequests,
                NotFound = _notFound,
                InFlight = _inFlight,
                MaxInFlight = _maxInFlight,
                HeaderFaults = _headerFaults.ToImmutableSortedDictionary(StringComparer.Ordinal),
                Customers = Customers(RequestTarget.State),
                ApiCustomers = Customers(RequestTarget.ApiState),
            };
    }

    /// <summary>Sets all counts to 0 but for what is in flight, and forgets the recorded requests.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            foreach (var arrivals in _arrivals.Values)
                arrivals.Reset();
            _headerFaults.Clear();
            _recorded.Clear();
            (_unauthorized, _badRequests, _notFound) = (0, 0, 0);
            _maxInFlight = _inFlight;
        }
    }

    /// <summary>Counts a request that has just arrived; it is in flight until <see cref="Ended"/>.</summary>
    internal void Arrived(CloudRequest request, string rawTarget)
    {
        var recorded = new RecordedRequest
        {
            Number = Interlocked.Increment(ref _number),
            ArrivedAt = _time.GetUtcNow(),
            RawTarget = rawTarget,
            Target = request.Subject.Target,
            Operation = request.Operation,
            CustomerId = request.Subject.CustomerId,
            ResourceId = request.Subject.ResourceId,
            Headers = request.Headers,
            HeaderFaults = request.HeaderFaults,
        };
        lock (_lock)
        {
            _inFlight++;
            _maxInFlight = Math.Max(_maxInFlight, _inFlight);
            foreach (var header in recorded.HeaderFaults)
                _headerFaults[header] = _headerFaults.GetValueOrDefault(header) + 1;
            if (_recorded.Count == RecordedAtMost)
                _recorded.Dequeue();
            _recorded.Enqueue(recorded);
            // Last, so that whoever waits for it finds the rest done.
            foreach (var key in KeysOf(request.Subject))
                ArrivalsOf(key).Increment();
        }
    }

    internal void Ended()
    {
        lock (_lock)
            _inFlight--;
    }

    internal void WasUnauthorized()
    {
        lock (_lock)
            _unauthorized++;
    }

    internal void WasBad()
    {
        lock (_lock)
            _badRequests++;
    }

    internal void WasNotFound()
    {
        lock (_lock)
            _notFound++;
    }

    private static RequestKey[] KeysOf(RequestSubject subject) => subject switch
    {
        { Target: { } target, CustomerId: { } customerId } =>
        [
            RequestKey.Any,
            RequestKey.Of(target),
            RequestKey.Customer(target, customerId),
            RequestKey.Entry(target, customerId, subject.ResourceId),
        ],
        { Target: { } target } => [RequestKey.Any, RequestKey.Of(target)],
        _ => [RequestKey.Any],
    };

    private ArrivalCount ArrivalsOf(RequestKey key)
    {
        lock (_lock)
        {
            if (!_arrivals.TryGetValue(key, out var arrivals))
                _arrivals[key] = arrivals = new ArrivalCount();
            return arrivals;
        }
    }

    private int Of(RequestKey key) => _arrivals.TryGetValue(key, out var arrivals) ? arrivals.Value : 0;

    private ImmutableSortedDictionary<string, CustomerCount> Customers(RequestTarget target) => _arrivals
        .Where(arrivals => arrivals.Key.Target == target && arrivals.Key.CustomerId is not null && arrivals.Value.Value > 0)
        .GroupBy(arrivals => arrivals.Key.CustomerId!, StringComparer.Ordinal)
        .ToImmutableSortedDictionary(
            customer => customer.Key,
            customer => new CustomerCount(
                Of(RequestKey.Customer(target, customer.Key)),
                Of(RequestKey.Entry(target, customer.Key, resourceId: null)),
                customer
                    .Where(arrivals => arrivals.Key.ResourceId is not null)
                    .ToImmutableSortedDictionary(arrivals => arrivals.Key.ResourceId!, arrivals => arrivals.Value.Value, StringComparer.Ordinal)),
            StringComparer.Ordinal);
}
