using System.Text;
using BenchmarkDotNet.Attributes;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Benchmarks;

/// <summary>
/// What a customer costs who is asked for the first time: reading the answer of the cloud, or what is stored; and writing what is stored.
/// Twenty entitlements, six of them metered, one to credits. All customers are of one plan, and differ in dates and usages.
/// </summary>
[MemoryDiagnoser]
public class ReadingBenchmarks
{
    private const int CustomerCount = 64;

    private static readonly EntryKeys Keys = EntryKeys.Of("env-1", new EntryKey("customer-1"))!;

    private readonly byte[][] _answers = [.. Enumerable.Range(0, CustomerCount).Select(Answer)];
    private readonly EntitlementState[] _states;
    private readonly (StoredValue Set, StoredValue Metadata, StoredValue[] Usages)[] _stored;
    private int _next;

    /// <summary>Stores the customers.</summary>
    public ReadingBenchmarks()
    {
        _states = [.. _answers.Select(answer => CloudStateReader.Read(answer).State!)];
        _stored = [.. _states.Select(Stored)];
    }

    /// <summary>An answer of Edge.</summary>
    [Benchmark]
    public CloudBody EdgeAnswer() => CloudStateReader.Read(_answers[Next()]);

    /// <summary>A stored entry, with what is used.</summary>
    [Benchmark]
    public EntitlementState? StoredEntryWithUsages()
    {
        ref readonly var stored = ref _stored[Next()];
        return StoredEntry.Read(stored.Set, stored.Metadata)!.WithUsages(stored.Usages);
    }

    /// <summary>All that is stored of an entry.</summary>
    [Benchmark]
    public IReadOnlyList<StoredPair> WriteStoredEntry() => StoredEntryWriter.Write(Keys, _states[Next()], StoredChange.All);

    private int Next() => _next = (_next + 1) % CustomerCount;

    private static (StoredValue Set, StoredValue Metadata, StoredValue[] Usages) Stored(EntitlementState state)
    {
        var values = StoredEntryWriter.Write(Keys, state, StoredChange.All).ToDictionary(
            pair => pair.Key,
            pair => new StoredValue(pair.Value.ToArray(), Encoding.ASCII.GetBytes(FormattableString.Invariant($"{pair.Timestamp}"))));
        var (set, metadata) = (values[Keys.Set], values[Keys.Metadata]);
        return (set, metadata, [.. StoredEntry.Read(set, metadata)!.Tracked.Select(of => values[Keys.Usage(of)])]);
    }

    private static byte[] Answer(int customer) => Encoding.UTF8.GetBytes(
        """{"data":{"entitlementsState":{"accessDeniedReason":null,"entitlementsV2":["""
        + string.Join(',', Enumerable.Range(0, 19).Select(i => Feature(customer, i)).Append(Credit(customer)))
        + "]}}}");

    private static string Feature(int customer, int i)
    {
        var (isMetered, hasUnits, isEnum) = (i < 6, i < 8, i is 8 or 9);
        string If(bool isTrue, string json) => isTrue ? json : "null";
        // In no order.
        var id = $"feature-{(char)('a' + (i * 7 % 20))}-{i}";
        return $$"""
            {"__typename":"FeatureEntitlement","isGranted":true,"accessDeniedReason":null,"usageLimit":{{If(hasUnits, "1000")}},"hasUnlimitedUsage":false,
            "hasSoftLimit":false,"currentUsage":{{If(isMetered, $"{customer * 3}")}},"enumValues":{{If(isEnum, """["eu","us"]""")}},
            "entitlementUpdatedAt":"2026-10-01T09:00:{{customer % 60:00}}.000Z","usageUpdatedAt":{{If(isMetered, $"\"2026-10-02T10:00:{customer % 60:00}.000Z\"")}},
            "usagePeriodAnchor":{{If(isMetered, "\"2026-01-31T00:00:00.000Z\"")}},"usagePeriodStart":{{If(isMetered, "\"2026-09-30T00:00:00.000Z\"")}},
            "usagePeriodEnd":{{If(isMetered, "\"2026-10-31T00:00:00.000Z\"")}},"resetPeriod":{{If(isMetered, "\"MONTH\"")}},
            "resetPeriodConfiguration":{{If(isMetered, """{"__typename":"MonthlyResetPeriodConfig","monthlyAccordingTo":"SubscriptionStart"}""")}},
            "feature":{"__typename":"EntitlementFeature","refId":"{{id}}","displayName":"Feature {{i}}","description":null,
            "featureType":"{{(hasUnits ? "NUMBER" : isEnum ? "ENUM" : "BOOLEAN")}}","meterType":"{{(isMetered ? "Incremental" : "None")}}",
            "featureUnits":{{If(hasUnits, "\"call\"")}},"featureUnitsPlural":{{If(hasUnits, "\"calls\"")}},"unitTransformation":null},
            "creditRate":{{If(i == 5, """{"amount":2,"currencyId":"cred-type-tokens"}""")}},"validUntil":null}
            """.ReplaceLineEndings("");
    }

    private static string Credit(int customer) => $$"""
        {"__typename":"CreditEntitlement","isGranted":true,"accessDeniedReason":null,"currency":{"currencyId":"cred-type-tokens","displayName":"Tokens",
        "description":null,"unitSingular":"token","unitPlural":"tokens","additionalMetaData":null},"usageLimit":500,"currentUsage":{{customer}},
        "hasSoftLimit":false,"usageUpdatedAt":"2026-10-02T10:00:00.000Z","entitlementUpdatedAt":"2026-10-01T09:00:00.000Z",
        "usagePeriodEnd":"2026-11-01T00:00:00.000Z","validUntil":null}
        """.ReplaceLineEndings("");
}
