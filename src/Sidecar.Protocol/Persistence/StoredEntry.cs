using System.Text.Json;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Persistence;

/// <summary>
/// An entry as it stands in the persistent cache (the Redis contract), read in two steps: first its entitlements, which say of what usage
/// is kept beside them, then that usage. Written by this service or by another program of either generation.
/// </summary>
public sealed class StoredEntry
{
    // As deep as the cloud's own answers may be.
    private const int MaxDepth = 64;

    private readonly AccessDeniedReason? _reason;
    private readonly List<Entitlement> _entitlements;

    private StoredEntry(AccessDeniedReason? reason, List<Entitlement> entitlements, DateTimeOffset date, int unreadable)
    {
        _reason = reason;
        _entitlements = entitlements;
        Date = date;
        Unreadable = unreadable;
        Tracked = [.. entitlements.Where(IsTracked).Select(EntitlementReference.To)];
    }

    /// <summary>The entitlements' date.</summary>
    public DateTimeOffset Date { get; }

    /// <summary>Whether there is no entitlement, and so no date that says anything.</summary>
    public bool IsEmpty => _entitlements.Count == 0;

    /// <summary>How many entitlements were passed over because they can't be read.</summary>
    public int Unreadable { get; }

    /// <summary>The entitlements of which the usage stands under keys of its own.</summary>
    public IReadOnlyList<EntitlementReference> Tracked { get; }

    /// <summary>Whether what is used of an entitlement stands under a key of its own: metered features, and credits.</summary>
    public static bool IsTracked(Entitlement entitlement) => entitlement is CreditEntitlement or FeatureEntitlement { Feature.IsMetered: true };

    /// <summary>Reads an entry's entitlements and the reason of the whole.</summary>
    /// <param name="set">The entitlements.</param>
    /// <param name="metadata">The reason; programs of the older generation write none.</param>
    /// <returns>The entry; null where there is none: a value or its date is missing, or can't be read as a whole.</returns>
    public static StoredEntry? Read(StoredValue set, StoredValue metadata)
    {
        if (!set.IsWhole || (metadata.Json is { Length: > 0 } && metadata.Timestamp is null))
            return null;
        try
        {
            var json = new Utf8JsonReader(set.Json, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return null;
            var date = set.Date!.Value;
            var entitlements = new List<Entitlement>();
            var unreadable = 0;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                json.Read();
                if (ReadEntitlement(ref json, date) is { } entitlement)
                    entitlements.Add(entitlement);
                else
                    unreadable++;
            }

            // Something behind it: the value is not whole either.
            return json.Read() ? null : new StoredEntry(ReadReason(set, metadata), entitlements, date, unreadable);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The entry with what is used of its entitlements.</summary>
    /// <param name="usages">What stands under the keys of <see cref="Tracked"/>, in that order.</param>
    /// <returns>The state; null where one is missing or can't be read: the entry as a whole is not known then.</returns>
    public EntitlementState? WithUsages(IReadOnlyList<StoredValue> usages)
    {
        if (usages.Count != Tracked.Count)
            throw new ArgumentException("one usage is expected for each tracked entitlement", nameof(usages));
        var next = 0;
        for (var i = 0; i < _entitlements.Count; i++)
        {
            if (!IsTracked(_entitlements[i]))
                continue;
            if (ReadUsage(usages[next++]) is not { } usage)
                return null;
            _entitlements[i] = _entitlements[i] with { Usage = usage };
        }

        return EntitlementState.Create(_reason, _entitlements);
    }

    /// <summary>Whether what is used can be read.</summary>
    public static bool IsReadableUsage(StoredValue usage) => ReadUsage(usage) is not null;

    // Written with the entitlements, it has their date: another one is left from an earlier set.
    private static AccessDeniedReason? ReadReason(StoredValue set, StoredValue metadata)
    {
        if (!metadata.IsWhole || metadata.Timestamp != set.Timestamp)
            return null;
        var json = JsonSerializer.Deserialize(metadata.Json, StoredJson.Default.StoredMetadata);
        return Words.Reason(json?.AccessDeniedReason);
    }

    private static Usage? ReadUsage(StoredValue value)
    {
        if (!value.IsWhole)
            return null;
        try
        {
            return JsonSerializer.Deserialize(value.Json, StoredJson.Default.StoredUsage) is { } usage ? ToUsage(usage, value.Date!.Value) : null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return null;
        }
    }

    // Leaves the reader at the entitlement's end, also where that can't be read.
    private static Entitlement? ReadEntitlement(ref Utf8JsonReader json, DateTimeOffset date)
    {
        var element = json;
        try
        {
            var stored = JsonSerializer.Deserialize(ref element, StoredJson.Default.StoredEntitlement);
            json = element;
            return stored is { CalculatedEntitlement: { } calculated }
                ? ToEntitlement(calculated, stored.UsageData ?? stored.FeatureUsage, date)
                : null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            json.Skip();
            return null;
        }
    }

    // An invalid operation is a text that is no Unicode.
    private static bool IsUnreadable(Exception e) => e is JsonException or InvalidOperationException or FormatException;

    private static Entitlement? ToEntitlement(StoredCalculation calculated, StoredUsage? usage, DateTimeOffset date)
    {
        // Without a key of its own, usage is as old as can be.
        var kept = usage is null ? Usage.None : ToUsage(usage, DateTimeOffset.UnixEpoch);
        var reason = Words.Reason(calculated.AccessDeniedReason);
        switch (calculated)
        {
            case { Type: not "CREDIT", Feature: { Id: { Length: > 0 } id } feature }:
                return new FeatureEntitlement(WireConversion.ToDefinition(
                    id, feature.FeatureType, feature.MeterType, feature.Units, feature.UnitsPlural, feature.DisplayName))
                {
                    AccessDeniedReason = reason,
                    UsageLimit = calculated.UsageLimit,
                    HasUnlimitedUsage = calculated.HasUnlimitedUsage ?? false,
                    HasSoftLimit = calculated.HasSoftLimit ?? false,
                    EnumValues = calculated.EnumValues is null ? [] : [.. calculated.EnumValues.OfType<string>()],
                    ResetPeriod = Words.ResetPeriod(calculated.ResetPeriod ?? usage?.ResetPeriod),
                    ResetPeriodConfiguration = WireConversion.ToConfiguration(
                        calculated.ResetPeriodConfiguration ?? usage?.ResetPeriodConfiguration),
                    UsagePeriodAnchor = calculated.UsagePeriodAnchor ?? usage?.UsagePeriodAnchor,
                    CreditRate = calculated.CreditRate is { CurrencyId: { Length: > 0 } currencyId } rate
                        ? new CreditRate(rate.Amount ?? 0, currencyId)
                        : null,
                    UpdatedAt = date,
                    ValidUntil = calculated.ValidUntil,
                    Usage = kept,
                };
            case { Currency: { CurrencyId: { Length: > 0 } id } currency }:
                return new CreditEntitlement(WireConversion.ToCurrency(id, currency))
                {
                    AccessDeniedReason = reason,
                    UsageLimit = calculated.UsageLimit,
                    HasSoftLimit = calculated.HasSoftLimit ?? false,
                    UpdatedAt = date,
                    ValidUntil = calculated.ValidUntil,
                    Usage = kept,
                };
            default:
                return null;
        }
    }

    private static Usage ToUsage(StoredUsage usage, DateTimeOffset date) =>
        new(usage.CurrentUsage ?? 0, usage.UsagePeriodStart, usage.UsagePeriodEnd ?? usage.NextResetDate, date);
}
