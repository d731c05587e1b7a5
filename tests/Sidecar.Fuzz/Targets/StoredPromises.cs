using System.Globalization;
using System.Text;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Fuzz.Targets;

/// <summary>Reads what was written to Redis.</summary>
internal static class StoredPromises
{
    /// <summary>The state that all pairs of an entry tell; null where they tell none.</summary>
    public static EntitlementState? Read(IReadOnlyList<StoredPair> pairs)
    {
        var values = pairs.ToDictionary(pair => pair.Key, ValueOf, StringComparer.Ordinal);
        var entry = StoredEntry.Read(ValueOf(pairs[0]), ValueOf(pairs[1]));
        var keys = EntryKeys.Of("env", new EntryKey("customer"))!;
        return entry?.WithUsages([.. entry.Tracked.Select(of => values.GetValueOrDefault(keys.Usage(of)))]);
    }

    private static StoredValue ValueOf(StoredPair pair) =>
        new(pair.Value.ToArray(), Encoding.ASCII.GetBytes(pair.Timestamp.ToString(CultureInfo.InvariantCulture)));
}
