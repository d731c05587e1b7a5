using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Reports;
using Sidecar.Emulator.Requests;
using Sidecar.Emulator.Updates;

namespace Sidecar.Emulator.Control;

/// <summary>
/// All that can be changed and seen while the emulator runs; it outlives a stop and a start again. Safe for many threads.
/// The same can be done over HTTP, see <see cref="ControlEndpoints"/>.
/// </summary>
public sealed class EmulatorControl
{
    private readonly TimeProvider _time;
    private readonly CustomerStore _store;
    private readonly ReportDesk _reports;
    private volatile string _apiKey;
    private ImmutableDictionary<(string CustomerId, string? ResourceId), byte[]> _rawBodies =
        ImmutableDictionary<(string, string?), byte[]>.Empty;

    private ImmutableList<RequestHold> _holds = [];

    internal EmulatorControl(EmulatorData data, string apiKey, TimeProvider time)
    {
        _time = time;
        _apiKey = apiKey;
        _store = new CustomerStore(data, time);
        Requests = new RequestCounters(time);
        Updates = new UpdateStream(_store, time);
        _reports = new ReportDesk(_store, Ledger, time);
    }

    /// <summary>
    /// The key that is accepted; requests that wait already are judged by the one that holds when they go on. Sockets that are
    /// open were judged when they came.
    /// </summary>
    public string ApiKey
    {
        get => _apiKey;
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            _apiKey = value;
        }
    }

    /// <summary>What has arrived; the sockets of updates are counted at <see cref="UpdateStream.Counts"/>.</summary>
    public RequestCounters Requests { get; }

    /// <summary>What goes wrong.</summary>
    public FaultBook Faults { get; } = new();

    /// <summary>What is told to those who listen to changes of the data.</summary>
    public UpdateStream Updates { get; }

    /// <summary>What was reported and counted.</summary>
    public UsageLedger Ledger { get; } = new();

    /// <summary>All data of this moment.</summary>
    public EmulatorData Data => _store.Data;

    /// <summary>A customer as it is now.</summary>
    public Customer? FindCustomer(string customerId) => _store.Data.Customers.GetValueOrDefault(customerId);

    /// <summary>Adds or replaces a customer and dates the change. Returns what is kept.</summary>
    /// <exception cref="EmulatorDataException">The customer does not fit the features, currencies and plans.</exception>
    public Customer PutCustomer(string customerId, Customer customer)
    {
        ArgumentException.ThrowIfNullOrEmpty(customerId);
        ArgumentNullException.ThrowIfNull(customer);
        return _store.Change(customerId, _ => customer);
    }

    /// <summary>The same for a customer in the data file's JSON form.</summary>
    /// <exception cref="EmulatorDataException">The text is no customer, or does not fit.</exception>
    public Customer PutCustomer(string customerId, string json) =>
        PutCustomer(customerId, EmulatorDataReader.ReadCustomer(json, _time.GetUtcNow()));

    /// <summary>Changes a customer and dates the change. Returns what is kept.</summary>
    /// <exception cref="KeyNotFoundException">There is no such customer.</exception>
    public Customer ChangeCustomer(string customerId, Func<Customer, Customer> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return _store.Change(
            customerId, customer => change(customer ?? throw new KeyNotFoundException($"there is no customer \"{customerId}\"")));
    }

    /// <summary>Removes a customer; false where there was none.</summary>
    public bool RemoveCustomer(string customerId) => _store.Remove(customerId);

    /// <summary>Sets the usage of a feature. Without a date of its own, a changed amount is dated now.</summary>
    /// <exception cref="KeyNotFoundException">There is no such customer or resource.</exception>
    /// <exception cref="EmulatorDataException">The feature is not known, or has no meter.</exception>
    public Usage SetUsage(
        string customerId, string featureId, double currentUsage, string? resourceId = null, DateTimeOffset? usageUpdatedAt = null) =>
        _store.SetUsage(customerId, resourceId, featureId, ofCredits: false, currentUsage, usageUpdatedAt);

    /// <summary>Sets the used credits of a currency, like <see cref="SetUsage"/>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such customer or resource.</exception>
    /// <exception cref="EmulatorDataException">The currency is not known.</exception>
    public Usage SetCreditUsage(
        string customerId, string currencyId, double currentUsage, string? resourceId = null, DateTimeOffset? usageUpdatedAt = null) =>
        _store.SetUsage(customerId, resourceId, currencyId, ofCredits: true, currentUsage, usageUpdatedAt);

    /// <summary>Answers reads of an entry with this whole body, byte by byte, on both ways and whether or not the customer is known; null ends that.</summary>
    public void SetRawState(string customerId, string? body, string? resourceId = null) =>
        SetRawState(customerId, body is null ? null : Encoding.UTF8.GetBytes(body), resourceId);

    /// <summary>Keeps reads of entitlements waiting until the hold is disposed.</summary>
    /// <param name="customerId">The customer, its resources included; null: all of them.</param>
    /// <param name="point">Whether they wait before or after the data is read.</param>
    /// <param name="resourceId">Reads of this resource alone.</param>
    /// <param name="target">Reads on this way alone, <see cref="RequestTarget.State"/> or <see cref="RequestTarget.ApiState"/>; null: on both.</param>
    public RequestHold HoldState(
        string? customerId, HoldPoint point = HoldPoint.BeforeReading, string? resourceId = null, RequestTarget? target = null) =>
        Hold(target is { } given ? [given] : [RequestTarget.State, RequestTarget.ApiState], customerId, point, resourceId);

    /// <summary>Keeps reports waiting until the hold is disposed.</summary>
    /// <param name="customerId">Those that are about this customer alone, its resources included; null: all of them.</param>
    /// <param name="point">Whether they wait before or after they are counted.</param>
    /// <param name="resourceId">Those that are about this resource alone.</param>
    /// <param name="target">Reports of this kind alone; null: of all three.</param>
    public RequestHold HoldReports(
        string? customerId = null, HoldPoint point = HoldPoint.BeforeReading, string? resourceId = null, RequestTarget? target = null) =>
        Hold(
            target is { } given ? [given] : [RequestTarget.ApiUsage, RequestTarget.ApiUsageBulk, RequestTarget.ApiEvents],
            customerId, point, resourceId);

    /// <summary>Completes when so many requests have arrived since the last reset of the counters.</summary>
    public Task WaitForRequestsAsync(RequestKey key, int count, CancellationToken cancellationToken) =>
        Requests.WaitAsync(key, count, cancellationToken);

    /// <summary>Counts a report, and returns the JSON object that the API tells of it.</summary>
    /// <exception cref="ReportRefusalException">It is refused, and nothing of it is counted.</exception>
    internal JsonElement Report(Report report) => _reports.Process(report);

    internal void SetRawState(string customerId, byte[]? body, string? resourceId) =>
        ImmutableInterlocked.Update(ref _rawBodies, bodies => body is null
            ? bodies.Remove((customerId, resourceId))
            : bodies.SetItem((customerId, resourceId), body));

    internal byte[]? RawState(string customerId, string? resourceId) =>
        Volatile.Read(ref _rawBodies).GetValueOrDefault((customerId, resourceId));

    internal async Task PassHoldsAsync(RequestSubject subject, HoldPoint point, CancellationToken cancellationToken)
    {
        foreach (var hold in Volatile.Read(ref _holds))
            if (hold.Point == point && hold.Fits(subject))
                await hold.PassAsync(cancellationToken);
    }

    private RequestHold Hold(ImmutableArray<RequestTarget> targets, string? customerId, HoldPoint point, string? resourceId)
    {
        var hold = new RequestHold(
            targets, customerId, resourceId, point, ended => ImmutableInterlocked.Update(ref _holds, holds => holds.Remove(ended)));
        ImmutableInterlocked.Update(ref _holds, holds => holds.Add(hold));
        return hold;
    }
}
