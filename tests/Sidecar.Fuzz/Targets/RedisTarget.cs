using Sidecar.Fuzz.Driver;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Fuzz.Targets;

/// <summary>
/// Values in Redis, of both generations. An input has a line for each: the set, its date, the metadata, its date, then the usages, each with its
/// date.
/// </summary>
internal sealed class RedisTarget : FuzzTarget
{
    private const int MostUsages = 32;

    public override string Name => "redis";

    public override IReadOnlyList<string> Words { get; } =
    [
        .. CloudWords.Entitlement, "\"calculatedEntitlement\":", "\"featureUsage\":", "\"usageData\":", "\"type\":\"CREDIT\"", "\"type\":\"FEATURE\"", "\"units\":", "\"unitsPlural\":", "\"displayName\":",
        "\"nextResetDate\":", "\n", "\n1759309200000\n", "\n{\"accessDeniedReason\":\"CustomerNotFound\"}", "\n{\"currentUsage\":5}\n1759309200000", "credit_c", "#timestamp", ":f_", "\"f\":",
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (256 * 1024) + (400L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        var lines = new List<byte[]>();
        foreach (var range in input.Split((byte)'\n'))
            lines.Add(input[range].ToArray());
        if (StoredEntry.Read(Value(0), Value(2)) is not { } entry)
            return;
        Promises.That(!entry.IsEmpty || entry.Tracked.Count == 0, "an empty entry has usages");
        if (entry.Tracked.Count > MostUsages)
            return;
        var usages = entry.Tracked.Select((_, i) => Value(4 + (2 * i))).ToArray();
        var state = entry.WithUsages(usages);
        Promises.That((state is not null) == Array.TrueForAll(usages, StoredEntry.IsReadableUsage), "an entry is known without what is used of it, or unknown with all of it");
        if (state is not null)
            StatePromises.Check(state, input.Length);

        // A line that is not there, or is empty, is a key that is not there.
        StoredValue Value(int line) => new(Line(line), Line(line + 1));

        byte[]? Line(int line) => line < lines.Count && lines[line].Length > 0 ? lines[line] : null;
    }
}
