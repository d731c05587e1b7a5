using System.Text.Json;

namespace Sidecar.Protocol.Cloud;

/// <summary>
/// What is said to the cloud over the stream of updates: protocol <c>graphql-transport-ws</c>, operations of the upstream contract
/// ("Real-time updates").
/// </summary>
public static class StreamRequests
{
    /// <summary>The WebSocket subprotocol, to which both sides agree.</summary>
    public const string Subprotocol = "graphql-transport-ws";

    /// <summary>The operation that tells an entry's new entitlements.</summary>
    public const string EntitlementsUpdated = "OnEntitlementsUpdatedV2";

    /// <summary>The operation that tells what is used of one entitlement.</summary>
    public const string UsageUpdated = "OnUsageUpdatedV2";

    /// <summary>The operation that tells of published packages.</summary>
    public const string PackagePublished = "OnPackagePublished";

    /// <summary>The subscription of <see cref="EntitlementsUpdated"/>.</summary>
    internal static readonly StreamSubscription Entitlements = new("entitlements", EntitlementsUpdated, $$"""
        subscription OnEntitlementsUpdatedV2 {
          entitlementsUpdatedV2 {
            customerId
            resourceId
            accessDeniedReason
            entitlements {
        {{ApiRequests.EntitlementSelection}}
            }
          }
        }
        """);

    /// <summary>The subscription of <see cref="UsageUpdated"/>.</summary>
    internal static readonly StreamSubscription Usage = new("usage", UsageUpdated, """
        subscription OnUsageUpdatedV2 {
          usageUpdatedV2 {
            customerId
            resourceId
            entitlementReference { id type }
            usage { currentUsage usageUpdatedAt usagePeriodStart usagePeriodEnd }
          }
        }
        """);

    /// <summary>The subscription of <see cref="PackagePublished"/>.</summary>
    internal static readonly StreamSubscription Packages = new("packages", PackagePublished, """
        subscription OnPackagePublished {
          packagePublished { packageType packageRefId packageVersion migrationType accountId environmentId }
        }
        """);

    /// <summary>All subscriptions, in the order in which they are asked for.</summary>
    internal static readonly IReadOnlyList<StreamSubscription> Subscriptions = [Entitlements, Usage, Packages];

    /// <summary>The messages that subscribe, one a subscription: UTF-8 JSON, the same for every connection.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Subscribes { get; } = [.. Subscriptions.Select(Subscribe)];

    /// <summary>Asks for a sign of life: UTF-8 JSON.</summary>
    public static ReadOnlyMemory<byte> Ping { get; } = Message("ping");

    /// <summary>Answers a <c>ping</c>: UTF-8 JSON.</summary>
    public static ReadOnlyMemory<byte> Pong { get; } = Message("pong");

    /// <summary>The address of the stream.</summary>
    /// <param name="streamUrl">The base address, e.g. <c>wss://api.stigg.io</c>; a path of its own is kept.</param>
    public static Uri Address(Uri streamUrl) => ApiRequests.Address(streamUrl);

    /// <summary>The first message of a connection, with the headers that every request carries. Holds the key: a secret.</summary>
    /// <param name="apiKey">The environment's server key.</param>
    /// <param name="identity">What this process tells about itself.</param>
    /// <returns>UTF-8 JSON.</returns>
    public static ReadOnlyMemory<byte> ConnectionInit(string apiKey, ClientIdentity identity) => Message("connection_init", json =>
    {
        json.WriteStartObject("payload");
        json.WriteStartObject("headers");
        json.WriteString(CloudHeaders.ApiKey, apiKey);
        foreach (var (name, value) in identity.Headers())
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static ReadOnlyMemory<byte> Subscribe(StreamSubscription subscription) => Message("subscribe", json =>
    {
        json.WriteString("id", subscription.Id);
        json.WriteStartObject("payload");
        ApiRequests.WriteOperation(json, subscription.Operation, subscription.Document, static _ => { });
        json.WriteEndObject();
    });

    private static ReadOnlyMemory<byte> Message(string type, Action<Utf8JsonWriter>? writeFields = null) => ApiRequests.Object(json =>
    {
        json.WriteString("type", type);
        writeFields?.Invoke(json);
    });
}

/// <summary>One of the subscriptions.</summary>
/// <param name="Id">Names it within a connection.</param>
/// <param name="Operation">Its operation's name.</param>
/// <param name="Document">What it asks for.</param>
internal sealed record StreamSubscription(string Id, string Operation, string Document);
