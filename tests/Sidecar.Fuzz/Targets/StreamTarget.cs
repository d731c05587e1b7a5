using Google.Protobuf;
using Sidecar.Fuzz.Driver;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Nodes;
using StreamReader = Sidecar.Protocol.Cloud.StreamReader;

namespace Sidecar.Fuzz.Targets;

/// <summary>Messages of the stream of updates.</summary>
internal sealed class StreamTarget : FuzzTarget
{
    public override string Name => "stream";

    public override IReadOnlyList<string> Words { get; } =
    [
        .. CloudWords.Entitlement, .. CloudWords.Errors, "\"type\":\"next\"", "connection_ack", "ping", "pong", "error", "complete", "\"id\":\"entitlements\"", "\"id\":\"usage\"", "\"id\":\"packages\"", "\"payload\":",
        "\"entitlementsUpdatedV2\":", "\"usageUpdatedV2\":", "\"packagePublished\":", "\"customerId\":\"c\"", "\"resourceId\":\"r\"", "\"entitlements\":[", "\"entitlementReference\":", "\"type\":\"FEATURE\"",
        "\"type\":\"CREDIT\"", "\"usage\":", "\"migrationType\":\"NEW_CUSTOMERS\"", "ALL_CUSTOMERS",
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (256 * 1024) + (400L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        switch (StreamReader.Read(input))
        {
            case StreamMessage.Told { News: var news }:
                Check(news, input.Length);
                break;
            case StreamMessage.Unreadable unreadable:
                Promises.IsLine(unreadable.Fault, longest: 200);
                if (unreadable.Changed is { } changed)
                    Check(changed, input.Length);
                break;
            case StreamMessage.Ended ended:
                Promises.That(ended.Error is not { Message.Length: > 1024 } and not { Code.Length: > 1024 }, "an error is longer than its bound");
                break;
        }
    }

    private static void Check(News news, int which)
    {
        if (news is not EntryNews of)
            return;
        Promises.That(of.Key.CustomerId.Length > 0 && of.Key.ResourceId is not "", "news is of nobody");
        var sent = NodeNews.Write(of).ToByteArray();
        var received = NodeNews.Read(NodeBytes.Read(Protocol.Nodes.V1.News.Parser, sent));
        Promises.IsSame(NodeNews.Write(received).ToByteArray(), sent, "news as another node would send it on");
        if (of is EntitlementsReplaced { Set: var set })
            StatePromises.Check(set, which);
    }
}
