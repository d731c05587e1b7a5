namespace Sidecar.Emulator.Data;

/// <summary>Puts usage into a customer, as a pure function.</summary>
internal static class UsageEdit
{
    /// <summary>The customer with the new usage, and that usage.</summary>
    /// <param name="customer">The customer.</param>
    /// <param name="resourceId">A resource that it has; null: its own usage.</param>
    /// <param name="id">The feature or the currency.</param>
    /// <param name="ofCredits">Which of the two.</param>
    /// <param name="change">Makes the new usage of the present one.</param>
    public static (Customer Customer, Usage Usage) Put(
        Customer customer, string? resourceId, string id, bool ofCredits, Func<Usage?, Usage> change)
    {
        if (resourceId is null)
            return In(customer, id, ofCredits, change);
        var (resource, usage) = In(customer.Resources[resourceId], id, ofCredits, change);
        return (customer with { Resources = customer.Resources.SetItem(resourceId, resource) }, usage);
    }

    private static (T Entitled, Usage Usage) In<T>(T entitled, string id, bool ofCredits, Func<Usage?, Usage> change)
        where T : Entitled
    {
        var all = ofCredits ? entitled.CreditUsage : entitled.Usage;
        var next = change(all.GetValueOrDefault(id));
        all = all.SetItem(id, next);
        return (ofCredits ? entitled with { CreditUsage = all } : entitled with { Usage = all }, next);
    }
}
