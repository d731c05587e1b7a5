using Sidecar.Fuzz.Driver;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Fuzz.Targets;

/// <summary>The file of <c>OFFLINE_DATA_FILE</c>.</summary>
internal sealed class OfflineTarget : FuzzTarget
{
    private static readonly EntryKey[] Known = [new("c"), new("c", "r"), new("customer-1"), new("customer-1", "resource-1"), new("nobody")];

    public override string Name => "offline";

    public override IReadOnlyList<string> Words { get; } =
    [
        .. CloudWords.Entitlement, .. CloudWords.Errors, "\"customers\":{", "\"c\":{", "\"resources\":{", "\"r\":{", "\"entitlementsState\":", "\"entitlementsV2\":[",
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (512 * 1024) + (600L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        var (data, fault) = OfflineData.Parse(input.ToArray(), DateTimeOffset.UnixEpoch.AddYears(50));
        Promises.That(data is null != fault is null, "there are data and a fault, or neither");
        Promises.IsLine(fault);
        if (data is null)
            return;
        Promises.That(data.Customers >= 0, "there are fewer than no customers");
        foreach (var key in Known)
            StatePromises.Check(data.Find(key), input.Length);
    }
}
