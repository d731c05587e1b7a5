namespace Sidecar.Protocol.Entitlements;

/// <summary>Names one entry: a customer's own entitlements, or those of one of its resources.</summary>
/// <param name="CustomerId">The customer, never empty.</param>
/// <param name="ResourceId">The resource, or null for the customer's own entry. Never empty.</param>
public readonly record struct EntryKey(string CustomerId, string? ResourceId = null)
{
    /// <summary>The key of the customer's own entry.</summary>
    public EntryKey Customer => ResourceId is null ? this : new EntryKey(CustomerId);

    /// <inheritdoc/>
    // The generated text would hold the text of Customer, and that the text of its own, without end.
    public override string ToString() =>
        ResourceId is null ? $"customer '{CustomerId}'" : $"resource '{ResourceId}' of customer '{CustomerId}'";
}
