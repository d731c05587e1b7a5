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

    private static readonly WireFields MetadataFields = new("accessDeniedReason");

    private readonly AccessDeniedReason? _reason;
    private readonly List<OwnEntitlement> _entitlements;

    private StoredEntry(AccessDeniedReason? reason, List<OwnEntitlement> entitlements, DateTimeOffset date, int unreadable)
    {
        _reason = reason;
        _entitlements = entitlements;
        Date = date;
        Unreadable = unreadable;
        Tracked = [.. entitlements.Where(entitlement => entitlement.IsCounted)
            .Select(entitlement => new EntitlementReference(entitlement.Id, IsCredit: entitlement.Credit is not null))];
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
            var entitlements = new List<OwnEntitlement>();
            var unreadable = 0;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                json.Read();
                if (ReadEntitlement(ref json, date.UtcTicks) is { } entitlement)
                    entitlements.Add(entitlement);
                else
                    unreadable++;
            }

            // Something behind it: the value is not whole either.
            return json.Read() ? null : new StoredEntry(ReadReason(set, metadata), entitlements, date, unreadable);
        }
        catch (Exception e) when (WireValue.IsOfReading(e))
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
        foreach (var entitlement in _entitlements)
        {
            if (entitlement.IsCounted && !TryReadUsage(usages[next++], ref entitlement.Own))
                return null;
        }

        return EntitlementState.Of(_reason, _entitlements);
    }

    /// <summary>Whether what is used can be read.</summary>
    public static bool IsReadableUsage(StoredValue usage)
    {
        var own = OwnValues.None;
        return TryReadUsage(usage, ref own);
    }

    // Written with the entitlements, it has their date: another one is left from an earlier set.
    private static AccessDeniedReason? ReadReason(StoredValue set, StoredValue metadata)
    {
        if (!metadata.IsWhole || metadata.Timestamp != set.Timestamp)
            return null;
        AccessDeniedReason? reason = null;
        var json = new Utf8JsonReader(metadata.Json);
        json.Read();
        if (WireValue.IsObject(ref json))
        {
            while (MetadataFields.Next(ref json, out var field))
            {
                if (field != 0)
                    reason = Words.Reason(WireValue.Text(ref json).Utf8);
                else
                    json.Skip();
            }
        }

        // Throws where something follows.
        json.Read();
        return reason;
    }

    private static bool TryReadUsage(StoredValue value, ref OwnValues own)
    {
        if (!value.IsWhole)
            return false;
        try
        {
            var json = new Utf8JsonReader(value.Json);
            json.Read();
            var usage = StoredUsage.Read(ref json);
            json.Read();
            if (usage.IsThere)
                usage.SetIn(ref own, value.Date!.Value.UtcTicks);
            return usage.IsThere;
        }
        catch (Exception e) when (WireValue.IsOfReading(e))
        {
            return false;
        }
    }

    // Leaves the reader at the entitlement's end, also where that can't be read.
    private static OwnEntitlement? ReadEntitlement(ref Utf8JsonReader json, long date)
    {
        var element = json;
        try
        {
            var entitlement = StoredEntitlement.Read(ref element, date);
            json = element;
            return entitlement;
        }
        catch (Exception e) when (WireValue.IsOfReading(e))
        {
            json.Skip();
            return null;
        }
    }
}
