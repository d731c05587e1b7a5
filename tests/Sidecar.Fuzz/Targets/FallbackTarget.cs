using Google.Protobuf;
using Sidecar.Fuzz.Driver;
using Sidecar.Host.Configuration;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Fuzz.Targets;

/// <summary>The value of <c>ENTITLEMENTS_FALLBACK</c>.</summary>
internal sealed class FallbackTarget : FuzzTarget
{
    // Each entry that can't be used has a line.
    private const int LongestFault = 800;

    public override string Name => "fallback";

    public override IReadOnlyList<string> Words { get; } =
    [
        "\"hasAccess\":true", "\"hasAccess\":false", "\"hasAccess\":null", "\"isUnlimited\":true", "\"usageLimit\":10", "\"value\":5", "\"enumValues\":[\"a\",\"b\"]", "\"f\":{\"hasAccess\":true}", "{", "}", "[", "]", ",",
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (64 * 1024) + (400L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        var (table, faults) = FallbackParser.Parse(SettingFile.TextOf(input));
        foreach (var fault in faults)
            Promises.IsLine(fault, LongestFault);
        foreach (var id in table.FeatureIds)
        {
            var fallback = table.Find(id);
            Promises.That(fallback is not null, "a feature of the table is not in it");
            Promises.That(fallback!.Value.UsageLimit is not { } limit || double.IsFinite(limit), "a limit is not finite");
            Replies.Listed(EntitlementEvaluator.ShowFallback(id, fallback.Value))?.ToByteArray();
        }
    }
}
