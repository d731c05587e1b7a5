using System.Text;
using System.Text.Json;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>
/// Reads what the cloud says over the stream of updates (the upstream contract, "Real-time updates"). What can't be relied on is never
/// told as news: where it can be seen whom it is about, it is told that something changed there.
/// </summary>
public static class StreamReader
{
    /// <summary>The longest id of anything that news is about, in bytes of UTF-8. No question can ask for a longer one.</summary>
    public const int MaxIdBytes = 1024;

    private const string UnknownSubscription = "unknown";

    // However deep a message is nested: only the few levels that matter are looked at.
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    private enum MessageType
    {
        None = 0,
        Unknown,
        Acknowledged,
        Ping,
        Pong,
        Next,
        Error,
        Complete,
    }

    /// <summary>Reads one message.</summary>
    /// <param name="utf8">Any bytes; what is no message of the protocol is <see cref="StreamMessage.Unreadable"/>.</param>
    public static StreamMessage Read(ReadOnlySpan<byte> utf8)
    {
        Envelope envelope;
        try
        {
            if (Open(utf8, out envelope) is { } fault)
                return new StreamMessage.Unreadable(fault);
        }
        catch (Exception e) when (IsOfReading(e))
        {
            return new StreamMessage.Unreadable($"the message is not JSON{WireValue.Place(e)}");
        }

        return envelope.Type switch
        {
            MessageType.Acknowledged => new StreamMessage.Acknowledged(),
            MessageType.Ping => new StreamMessage.Ping(),
            MessageType.Pong => new StreamMessage.Pong(),
            MessageType.Next => Next(envelope.Subscription, envelope.Payload),
            MessageType.Error => new StreamMessage.Ended(NameOf(envelope.Subscription), Error(envelope.Payload)),
            MessageType.Complete => new StreamMessage.Ended(NameOf(envelope.Subscription), null),
            MessageType.None => new StreamMessage.Unreadable("the message has no type"),
            _ => new StreamMessage.Unreadable("the message is of a type that the protocol does not know"),
        };
    }

    private static string? Open(ReadOnlySpan<byte> utf8, out Envelope envelope)
    {
        envelope = default;
        var json = new Utf8JsonReader(utf8, AnyDepth);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            return "the message is not a JSON object";

        bool hasType = false, hasId = false, hasPayload = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isRepeated = false;
            if (json.ValueTextEquals("type"u8))
            {
                (isRepeated, hasType) = (hasType, true);
                json.Read();
                envelope.Type = TypeOf(ref json);
            }
            else if (json.ValueTextEquals("id"u8))
            {
                (isRepeated, hasId) = (hasId, true);
                json.Read();
                envelope.Subscription = SubscriptionOf(ref json);
            }
            else if (json.ValueTextEquals("payload"u8))
            {
                (isRepeated, hasPayload) = (hasPayload, true);
                json.Read();
                envelope.Payload = ValueAt(ref json, utf8);
            }
            else
            {
                json.Read();
            }

            if (isRepeated)
                return "the message has a field twice";
            json.Skip();
        }

        // Throws where something follows.
        json.Read();
        return null;
    }

    private static MessageType TypeOf(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.Null ? MessageType.None
        : json.TokenType != JsonTokenType.String ? MessageType.Unknown
        : json.ValueTextEquals("next"u8) ? MessageType.Next
        : json.ValueTextEquals("ping"u8) ? MessageType.Ping
        : json.ValueTextEquals("pong"u8) ? MessageType.Pong
        : json.ValueTextEquals("connection_ack"u8) ? MessageType.Acknowledged
        : json.ValueTextEquals("error"u8) ? MessageType.Error
        : json.ValueTextEquals("complete"u8) ? MessageType.Complete
        : MessageType.Unknown;

    private static StreamSubscription? SubscriptionOf(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.String)
            return null;
        foreach (var subscription in StreamRequests.Subscriptions)
        {
            if (json.ValueTextEquals(subscription.Id))
                return subscription;
        }

        return null;
    }

    private static string NameOf(StreamSubscription? subscription) => subscription?.Operation ?? UnknownSubscription;

    private static CloudError Error(ReadOnlySpan<byte> payload)
    {
        try
        {
            if (CloudStateReader.ErrorOf(JsonSerializer.Deserialize(payload, WireStreamJson.Default.ListWireError)!) is { } error)
                return error;
        }
        catch (Exception e) when (IsOfReading(e))
        {
            // That there is one is what counts.
        }

        return new CloudError("an error that can't be read", null);
    }

    private static StreamMessage Next(StreamSubscription? subscription, ReadOnlySpan<byte> payload)
    {
        WireNews? news;
        try
        {
            news = JsonSerializer.Deserialize(payload, WireStreamJson.Default.WireNews);
        }
        catch (Exception e) when (IsOfReading(e))
        {
            var (kind, changed) = StreamRescue.About(payload);
            return NotRelied($"news is not of the form that is expected{WireValue.Place(e)}", kind, changed);
        }

        var error = CloudStateReader.ErrorOf(news?.Errors);
        switch (news?.Data)
        {
            case null or { Count: 0 } when error is { Code: CloudError.Unauthenticated }:
                return new StreamMessage.Ended(NameOf(subscription), error);
            case null or { Count: 0 } when error is not null:
                return NotRelied(
                    "news that the cloud could not put together", KindOf(subscription), new AnythingChanged(KindOf(subscription)));
            case null or { Count: 0 }:
                return NotRelied("news without data", KindOf(subscription));
            case { Count: > 1 }:
                return new StreamMessage.Unreadable("news of more than one subscription in one message");
        }

        // Beside an error, null may stand where a limit or a reason would have stood.
        var doubt = error is not null ? "news with errors beside it" : null;
        return news.Data switch
        {
            { EntitlementsUpdatedV2: { } told } => Entitlements(told, doubt ?? Misplaced(subscription, StreamRequests.Entitlements)),
            { UsageUpdatedV2: { } told } => Usage(told, doubt ?? Misplaced(subscription, StreamRequests.Usage)),
            { PackagePublished: var told } => Package(told!, doubt ?? Misplaced(subscription, StreamRequests.Packages)),
        };
    }

    private static string? Misplaced(StreamSubscription? told, StreamSubscription expected) =>
        told == expected ? null : $"news of {expected.Operation} under the id of another subscription, or of none";

    private static StreamMessage Entitlements(WireEntitlementsUpdated told, string? doubt)
    {
        const NewsKind kind = NewsKind.Entitlements;
        if (KeyOf(told.CustomerId, told.ResourceId, out var key) is { } fault)
            return new StreamMessage.Unreadable(fault, kind);
        var changed = new EntryChanged(key, kind);
        if (doubt is not null)
            return new StreamMessage.Unreadable(doubt, kind, changed);
        if (told.Entitlements is null)
            return new StreamMessage.Unreadable("news of entitlements without their list", kind, changed);

        if (told.Entitlements.Unreadable is > 0 and var unreadable)
            return new StreamMessage.Unreadable($"news of entitlements of which {unreadable} can't be read", kind, changed);

        var set = EntitlementState.Of(Words.Reason(told.AccessDeniedReason), told.Entitlements.All);
        var isTelling = told.Entitlements.Count == 0 ? set.AccessDeniedReason is not null : set.UpdatedAt > DateTimeOffset.UnixEpoch;
        return new StreamMessage.Told(isTelling ? new EntitlementsReplaced(key, set) : changed);
    }

    private static StreamMessage Usage(WireUsageUpdated told, string? doubt)
    {
        var isCredit = Words.IsCredit(told.EntitlementReference?.Type);
        var kind = isCredit ?? false ? NewsKind.CreditUsage : NewsKind.Usage;
        if (KeyOf(told.CustomerId, told.ResourceId, out var key) is { } fault)
            return new StreamMessage.Unreadable(fault, kind);
        var changed = new EntryChanged(key, kind);
        doubt ??= isCredit is null ? "news of usage that is neither a feature's nor a credit's"
            : string.IsNullOrWhiteSpace(told.EntitlementReference!.Id) ? "news of usage without the id of the feature or currency"
            : IsTooLong(told.EntitlementReference.Id) ? $"news of usage of an id longer than {MaxIdBytes} bytes"
            : told.Usage?.CurrentUsage is null ? "news of usage that does not say how much is used"
            : null;
        if (doubt is not null)
            return new StreamMessage.Unreadable(doubt, kind, changed);

        // As old as the epoch is what has no date: nothing would ever be older.
        if (told.Usage!.UsageUpdatedAt is not { } date || date <= DateTimeOffset.UnixEpoch)
            return new StreamMessage.Told(changed);
        var usage = new Usage(told.Usage.CurrentUsage!.Value, told.Usage.UsagePeriodStart, told.Usage.UsagePeriodEnd, date);
        var reference = new EntitlementReference(told.EntitlementReference!.Id!, isCredit!.Value);
        return new StreamMessage.Told(new UsageSet(key, new UsageNews(reference, usage)));
    }

    private static StreamMessage.Told Package(WirePackagePublished told, string? doubt) =>
        new(new PackagePublished(doubt is not null || Words.IsForEveryone(told.MigrationType)));

    // Of a package, whatever can't be relied on is taken for the worst: rather one read too many of each entry than a wrong answer.
    private static StreamMessage NotRelied(string fault, NewsKind kind, News? changed = null) => kind == NewsKind.Package
        ? new StreamMessage.Told(new PackagePublished(IsForEveryone: true))
        : new StreamMessage.Unreadable(fault, kind, changed);

    private static NewsKind KindOf(StreamSubscription? subscription) =>
        subscription == StreamRequests.Entitlements ? NewsKind.Entitlements
        : subscription == StreamRequests.Usage ? NewsKind.Usage
        : subscription == StreamRequests.Packages ? NewsKind.Package
        : NewsKind.Unknown;

    /// <summary>Names an entry; returns what keeps it from being named, or null.</summary>
    internal static string? KeyOf(string? customerId, string? resourceId, out EntryKey key)
    {
        key = default;
        if (string.IsNullOrWhiteSpace(customerId))
            return "news without the id of a customer";
        if (IsTooLong(customerId) || IsTooLong(resourceId ?? ""))
            return $"news of an id longer than {MaxIdBytes} bytes";
        key = new EntryKey(customerId, string.IsNullOrEmpty(resourceId) ? null : resourceId);
        return null;
    }

    /// <summary>The bytes of the value at which a reader stands, which it passes by.</summary>
    internal static ReadOnlySpan<byte> ValueAt(scoped ref Utf8JsonReader json, ReadOnlySpan<byte> utf8)
    {
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return utf8[start..(int)json.BytesConsumed];
    }

    /// <summary>A reader for which no depth is too deep.</summary>
    internal static Utf8JsonReader NewReader(ReadOnlySpan<byte> utf8) => new(utf8, AnyDepth);

    private static bool IsTooLong(string id) => id.Length > MaxIdBytes || Encoding.UTF8.GetByteCount(id) > MaxIdBytes;

    private static bool IsOfReading(Exception e) => e is JsonException or InvalidOperationException or FormatException;

    private ref struct Envelope
    {
        public MessageType Type;
        public StreamSubscription? Subscription;
        public ReadOnlySpan<byte> Payload;
    }
}
