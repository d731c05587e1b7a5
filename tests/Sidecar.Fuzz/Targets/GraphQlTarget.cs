using Google.Protobuf;
using Sidecar.Fuzz.Driver;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Fuzz.Targets;

/// <summary>Answers to reports, which come over GraphQL: the length of an input says what it is taken as the answer to.</summary>
internal sealed class GraphQlTarget : FuzzTarget
{
    private static readonly EntryKey Key = new("customer");
    private static readonly EntryKey Resource = new("customer", "resource");
    private static readonly Measurement Plain = new(Key, "feature", 1, "key");
    private static readonly Measurement Dated = new(Resource, "feature-2", 2, "key-2") { At = DateTimeOffset.UnixEpoch };

    private static readonly Report[] Reports =
    [
        new UsageReport([Plain], IsBulk: false),
        new UsageReport([Plain, Dated, Plain], IsBulk: true),
        new EventReport([new HappenedEvent(Key, "event", "key")]),
    ];

    public override string Name => "graphql";

    public override IReadOnlyList<string> Words { get; } =
    [
        .. CloudWords.Errors, "\"reportUsage\":", "\"reportUsageBulk\":[", "\"reportEvent\":null", "\"id\":\"m\"", "\"featureId\":\"feature\"", "\"featureId\":\"feature-2\"", "\"customerId\":\"customer\"",
        "\"resourceId\":\"resource\"", "\"currentUsage\":", "\"usagePeriodStart\":", "\"usagePeriodEnd\":", "\"nextResetDate\":", "\"timestamp\":", "\"credit\":{\"currencyId\":\"c\"}", "\"consumed\":",
        "\"2026-10-01T09:00:00.000Z\"", "1759309200000", "{", "}", ",",
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (128 * 1024) + (200L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        var report = Reports[input.Length % Reports.Length];
        Check(report, ReportAnswerReader.Read(report, input));
    }

    private static void Check(Report report, ReportAnswer answer)
    {
        Promises.IsLine(answer.Fault);
        Promises.That(answer.Error is not { Message.Length: > 1024 } and not { Code.Length: > 1024 }, "an error is longer than its bound");
        Promises.That(answer.Missing >= 0 && answer.Missing <= report.Count, $"{answer.Missing} of {report.Count} results are missing");
        if (answer.Usages is not { } usages)
        {
            Promises.That(answer.Error is not null || answer.Fault is not null, "the body says nothing");
            return;
        }

        Promises.That(answer.Fault is null, "there are results and a fault");
        if (report is not UsageReport { Measurements: var measurements })
            return;
        Promises.That(usages.Length == measurements.Length, $"there are {usages.Length} results of {measurements.Length} measurements");
        for (var i = 0; i < usages.Length; i++)
        {
            Promises.That(usages[i].Key == measurements[i].Key && usages[i].FeatureId == measurements[i].FeatureId, "a result is of something else");
            Promises.That(usages[i].CurrentUsage is not { } used || double.IsFinite(used), "a usage is not finite");
            ReportCalls.Reply(usages[i]).ToByteArray();
            Promises.That(usages[i].News(static _ => null).Length > 0, "a result is no news");
        }
    }
}
