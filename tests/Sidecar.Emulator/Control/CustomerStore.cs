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

    /// <summary>Puts a customer that is made of the present one in its place.</summary>
    public Customer Change(string id, Func<Customer?, Customer> change)
    {
        lock (_changes)
        {
            var previous = _data.Customers.GetValueOrDefault(id);
            var next = change(previous);
            EmulatorDataRules.Check(_data, next);
            return Keep(id, CustomerChange.Replace(previous, next, _time.GetUtcNow()));
        }
    }

    public bool Remove(string id)
    {
        lock (_changes)
        {
            var there = _data.Customers.ContainsKey(id);
            _data = _data with { Customers = _data.Customers.Remove(id) };
            return there;
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
            Keep(customerId, changed);
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

    private Customer Keep(string id, Customer customer)
    {
        _data = _data with { Customers = _data.Customers.SetItem(id, customer) };
        return customer;
    }
}
