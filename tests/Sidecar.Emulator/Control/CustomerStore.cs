using System.Collections.Immutable;
using Sidecar.Emulator.Data;

namespace Sidecar.Emulator.Control;

/// <summary>Holds the data. One lock for those who change it; readers take the whole of a moment.</summary>
internal sealed class CustomerStore
{
    private readonly Lock _changes = new();
    private readonly TimeProvider _time;
    private volatile EmulatorData _data;

    public CustomerStore(EmulatorData data, TimeProvider time)
    {
        EmulatorDataRules.Check(data);
        _time = time;
        _data = CustomerChange.First(data, time.GetUtcNow());
    }

    public EmulatorData Data => _data;

    /// <summary>Is told of each change, one after the other and before the next can be made.</summary>
    public Action<DataChange> Changed { get; set; } = _ => { };

    /// <summary>Reads while nobody else changes anything.</summary>
    public T Read<T>(Func<EmulatorData, T> read)
    {
        lock (_changes)
            return read(_data);
    }

    /// <summary>Puts a customer that is made of the present one in its place.</summary>
    public Customer Change(string id, Func<Customer?, Customer> change)
    {
        lock (_changes)
        {
            var previous = _data.Customers.GetValueOrDefault(id);
            var next = change(previous);
            EmulatorDataRules.Check(_data, next);
            var kept = CustomerChange.Replace(previous, next, _time.GetUtcNow());
            Keep(new DataChange.Customer(id), _data.Customers.SetItem(id, kept));
            return kept;
        }
    }

    public bool Remove(string id)
    {
        lock (_changes)
        {
            if (!_data.Customers.ContainsKey(id))
                return false;
            Keep(new DataChange.Customer(id), _data.Customers.Remove(id));
            return true;
        }
    }

    /// <summary>Sets usage alone: the set of entitlements keeps its date.</summary>
    public Usage SetUsage(string customerId, string? resourceId, string id, bool ofCredits, double currentUsage, DateTimeOffset? updatedAt)
    {
        lock (_changes)
        {
            var customer = _data.Customers.GetValueOrDefault(customerId)
                ?? throw new KeyNotFoundException($"there is no customer \"{customerId}\"");
            if (resourceId is not null && !customer.Resources.ContainsKey(resourceId))
                throw new KeyNotFoundException($"the customer has no resource \"{resourceId}\"");
            var (changed, usage) = UsageEdit.Put(customer, resourceId, id, ofCredits, Replace);
            EmulatorDataRules.Check(_data, changed);
            Keep(new DataChange.Usage(customerId, resourceId, id, ofCredits), _data.Customers.SetItem(customerId, changed));
            return usage;
        }

        Usage Replace(Usage? previous)
        {
            var next = previous is null
                ? new Usage { CurrentUsage = currentUsage, UpdatedAt = updatedAt }
                : previous with { CurrentUsage = currentUsage, UpdatedAt = updatedAt };
            return CustomerChange.Replace(previous, next, _time.GetUtcNow());
        }
    }

    /// <summary>Keeps a change that was made of the present data, in the course of a <see cref="Read"/>.</summary>
    public void Keep(DataChange change)
    {
        lock (_changes)
        {
            if (!ReferenceEquals(change.Before, _data))
                throw new InvalidOperationException("The change was made of other data");
            _data = change.After;
            Changed(change);
        }
    }

    private void Keep(DataChange change, ImmutableSortedDictionary<string, Customer> customers)
    {
        var before = _data;
        Keep(change with { Before = before, After = before with { Customers = customers } });
    }
}

/// <summary>A change of the data that has just been made.</summary>
internal abstract record DataChange(string CustomerId)
{
    public EmulatorData Before { get; init; } = null!;

    public EmulatorData After { get; init; } = null!;

    /// <summary>A customer was put, changed or removed.</summary>
    public sealed record Customer(string CustomerId) : DataChange(CustomerId);

    /// <summary>Usage alone was set, of a feature or a currency.</summary>
    public sealed record Usage(string CustomerId, string? ResourceId, string Id, bool OfCredits) : DataChange(CustomerId);
}
