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

    /// <summary>Reads while nobody changes anything.</summary>
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
            Customer changed;
            Usage usage;
            if (resourceId is null)
                (changed, usage) = Set(customer);
            else
            {
                var (resource, used) = Set(customer.Resources.GetValueOrDefault(resourceId)
                    ?? throw new KeyNotFoundException($"the customer has no resource \"{resourceId}\""));
                (changed, usage) = (customer with { Resources = customer.Resources.SetItem(resourceId, resource) }, used);
            }
            EmulatorDataRules.Check(_data, changed);
            Keep(new DataChange.Usage(customerId, resourceId, id, ofCredits), _data.Customers.SetItem(customerId, changed));
            return usage;
        }

        (T Entitled, Usage Usage) Set<T>(T entitled)
            where T : Entitled
        {
            var all = ofCredits ? entitled.CreditUsage : entitled.Usage;
            var previous = all.GetValueOrDefault(id);
            var next = previous is null
                ? new Usage { CurrentUsage = currentUsage, UpdatedAt = updatedAt }
                : previous with { CurrentUsage = currentUsage, UpdatedAt = updatedAt };
            var dated = CustomerChange.Replace(previous, next, _time.GetUtcNow());
            all = all.SetItem(id, dated);
            return (ofCredits ? entitled with { CreditUsage = all } : entitled with { Usage = all }, dated);
        }
    }

    private void Keep(DataChange change, ImmutableSortedDictionary<string, Customer> customers)
    {
        var before = _data;
        _data = before with { Customers = customers };
        Changed(change with { Before = before, After = _data });
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
