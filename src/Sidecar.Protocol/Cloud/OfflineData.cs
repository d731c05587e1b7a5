using System.Text;
using System.Text.Json;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>
/// Customers and their entitlements from a file that stands in the cloud's place (<c>OFFLINE_DATA_FILE</c>). Immutable.
/// <code>
/// {"customers": {
///   "customer-1": {
///     "entitlementsState": {"accessDeniedReason": null, "entitlementsV2": [...]},
///     "resources": {"resource-1": {"entitlementsState": {...}}}}}}
/// </code>
/// Each <c>entitlementsState</c> has the form of the cloud's state; in its place <c>data</c> may stand, as in an answer of the cloud.
/// </summary>
public sealed class OfflineData
{
    /// <summary>The longest file, in bytes.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    private const int LongestReason = 300;

    private static readonly EntitlementState UnknownCustomer = EntitlementState.Create(
        Stigg.Sidecar.V1.AccessDeniedReason.CustomerNotFound, []);

    private static readonly EntitlementState UnknownResource = EntitlementState.Create(
        Stigg.Sidecar.V1.AccessDeniedReason.CustomerResourceNotFound, []);

    private readonly Dictionary<EntryKey, EntitlementState> _states = [];

    private OfflineData()
    {
    }

    /// <summary>How many customers there are.</summary>
    public int Customers => _states.Keys.Count(key => key.ResourceId is null);

    /// <summary>Reads a file's content.</summary>
    /// <param name="json">UTF-8 JSON, with or without a byte order mark.</param>
    /// <param name="asOf">The date of all that the file says: what a later reading says is the newer.</param>
    /// <returns>The data; or, with null, what is wrong, without an id of a customer.</returns>
    public static (OfflineData? Data, string? Fault) Parse(ReadOnlyMemory<byte> json, DateTimeOffset asOf)
    {
        if (json.Span.StartsWith(Encoding.UTF8.Preamble))
            json = json[Encoding.UTF8.Preamble.Length..];
        try
        {
            using var document = JsonDocument.Parse(json);
            var data = new OfflineData();
            var fault = data.Add(document.RootElement, asOf);
            return fault is null ? (data, null) : (null, fault);
        }
        catch (JsonException e)
        {
            // The text of such an exception may quote the file.
            return (null, $"it is not JSON{WireValue.Place(e)}");
        }
        catch (InvalidOperationException)
        {
            // What is no text shows when it is first looked at.
            return (null, "it holds a text that is no UTF-8, or half of a surrogate pair");
        }
    }

    /// <summary>The state of an entry: that of a customer the cloud does not know where the file does not name it.</summary>
    public EntitlementState Find(EntryKey key) =>
        _states.TryGetValue(key, out var state) ? state
        : key.ResourceId is not null && _states.ContainsKey(key.Customer) ? UnknownResource
        : UnknownCustomer;

    private string? Add(JsonElement root, DateTimeOffset asOf)
    {
        if (!TryObject(root, "customers", out var customers))
            return "it has no object 'customers', expected {\"customers\": {\"<customer id>\": {\"entitlementsState\": {...}}}}";

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var customer in customers.EnumerateObject())
        {
            number++;
            var place = $"customer number {number}";
            if (!seen.Add(customer.Name))
                return $"{place} is there already, under the same id";
            if (Add(new EntryKey(customer.Name), customer.Value, place, asOf) is { } fault)
                return fault;
            if (!customer.Value.TryGetProperty("resources", out var resources))
                continue;
            if (resources.ValueKind != JsonValueKind.Object)
                return $"'resources' of {place} is no object";
            var resourceNumber = 0;
            foreach (var resource in resources.EnumerateObject())
            {
                resourceNumber++;
                if (Add(new EntryKey(customer.Name, resource.Name), resource.Value, $"resource number {resourceNumber} of {place}", asOf) is { } of)
                    return of;
            }
        }

        return null;
    }

    private string? Add(EntryKey key, JsonElement value, string place, DateTimeOffset asOf)
    {
        if (key.CustomerId.Length == 0 || key.ResourceId is { Length: 0 })
            return $"the id of {place} is empty";
        if (value.ValueKind != JsonValueKind.Object || !(value.TryGetProperty("data", out _) || value.TryGetProperty("entitlementsState", out _)))
            return $"{place} has no object 'entitlementsState'";

        // In the form of an answer, so that one reader serves both.
        var text = value.TryGetProperty("data", out _) ? value.GetRawText() : $$"""{"data": {{value.GetRawText()}}}""";
        var body = CloudStateReader.Read(Encoding.UTF8.GetBytes(text));
        if (body.State is null)
            return $"{place}: {Excerpt.Of(body.Fault ?? body.Error!.Message, LongestReason)}";
        if (body.Unreadable > 0)
            return $"{place}: {body.Unreadable} of its entitlements can't be read";
        _states[key] = AsOf(body.State, asOf);
        return null;
    }

    private static bool TryObject(JsonElement parent, string name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out value) && value.ValueKind == JsonValueKind.Object;
    }

    private static EntitlementState AsOf(EntitlementState state, DateTimeOffset date) => EntitlementState.Create(
        state.AccessDeniedReason,
        state.All().Select(entitlement => entitlement with { UpdatedAt = date, Usage = entitlement.Usage with { UpdatedAt = date } }));
}
