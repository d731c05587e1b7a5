using System.Collections.Immutable;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator;
using Sidecar.Emulator.Updates;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>An emulator and clients of its real-time updates, new for each spec.</summary>
public abstract class StreamFixture : EmulatorFixture
{
    protected const string EntitlementsDocument = """
        subscription OnEntitlementsUpdatedV2 {
          entitlementsUpdatedV2 {
            customerId resourceId accessDeniedReason
            entitlements {
              __typename
              ... on FeatureEntitlement {
                isGranted accessDeniedReason usageLimit hasUnlimitedUsage hasSoftLimit currentUsage enumValues
                entitlementUpdatedAt usageUpdatedAt usagePeriodAnchor usagePeriodStart usagePeriodEnd resetPeriod
                resetPeriodConfiguration {
                  __typename
                  ... on YearlyResetPeriodConfig { yearlyAccordingTo }
                  ... on MonthlyResetPeriodConfig { monthlyAccordingTo }
                  ... on WeeklyResetPeriodConfig { weeklyAccordingTo }
                }
                feature {
                  __typename refId displayName description featureType meterType featureUnits featureUnitsPlural
                  unitTransformation { divide round }
                }
                creditRate { amount currencyId }
                validUntil
              }
              ... on CreditEntitlement { ...Credits }
            }
          }
        }
        fragment Credits on CreditEntitlement {
          isGranted accessDeniedReason
          currency { currencyId displayName description unitSingular unitPlural additionalMetaData }
          usageLimit currentUsage hasSoftLimit usageUpdatedAt entitlementUpdatedAt usagePeriodEnd validUntil
        }
        """;

    protected const string UsageDocument = """
        subscription OnUsageUpdatedV2 {
          usageUpdatedV2 {
            customerId resourceId entitlementReference { id type }
            usage { currentUsage usageUpdatedAt usagePeriodStart usagePeriodEnd }
          }
        }
        """;

    protected const string PackageDocument = """
        subscription OnPackagePublished {
          packagePublished { packageType packageRefId packageVersion migrationType accountId environmentId }
        }
        """;

    /// <summary>The headers that name a sender.</summary>
    protected static ImmutableDictionary<string, string> Sender { get; } = ImmutableDictionary<string, string>.Empty
        .Add("source", "SIDECAR")
        .Add("X-SDK-INSTANCE-ID", "6f1d7b66-6d6c-4b0e-9a5f-0c2a4a0d8f11")
        .Add("X-SDK-OS-PROCESS-HOSTNAME", "box")
        .Add("X-SDK-OS-PROCESS-ID", "17")
        .Add("X-SDK-OS-PROCESS-TIMESTAMP", "1767225600000")
        .Add("X-SDK-OS-PROCESS-FINGERPRINT", "f00d");

    protected UpdateStream Updates => Control.Updates;

    /// <summary>A socket on which nothing was said yet.</summary>
    protected async Task<StreamClient> OpenAsync(string? protocol = StreamClient.Protocol)
    {
        var client = new StreamClient(protocol, InTime);
        await client.ConnectAsync(Emulator.Address);
        return client;
    }

    /// <summary>A socket that was acknowledged.</summary>
    protected async Task<StreamClient> GreetAsync()
    {
        var client = await OpenAsync();
        await client.SendAsync(Init());
        (await client.ReceiveAsync()).GetProperty("type").GetString().Should().Be("connection_ack");
        return client;
    }

    /// <summary>A socket with subscriptions to all three kinds of updates, whose ids are entitlements, usage and package.</summary>
    protected async Task<StreamClient> SubscribeAsync()
    {
        var client = await GreetAsync();
        var others = Updates.Counts.Snapshot().Subscribers;
        await client.SendAsync(Subscribe("entitlements", EntitlementsDocument, "OnEntitlementsUpdatedV2"));
        await client.SendAsync(Subscribe("usage", UsageDocument, "OnUsageUpdatedV2"));
        await client.SendAsync(Subscribe("package", PackageDocument, "OnPackagePublished"));
        await Updates.Counts.WaitForSubscribersAsync(others + 1, InTime);
        return client;
    }

    protected static object Init(string? apiKey = EmulatorOptions.DefaultApiKey, ImmutableDictionary<string, string>? sender = null)
    {
        var headers = sender ?? Sender;
        return new { type = "connection_init", payload = new { headers = apiKey is null ? headers : headers.Add("X-API-KEY", apiKey) } };
    }

    protected static object Subscribe(string id, string query, string? operationName = null) =>
        new { id, type = "subscribe", payload = new { operationName, query, variables = new { }, extensions = new { } } };

    /// <summary>What an update says: the value of its one field.</summary>
    protected static JsonElement Told(JsonElement message, string id)
    {
        message.GetProperty("type").GetString().Should().Be("next");
        message.GetProperty("id").GetString().Should().Be(id);
        return message.GetProperty("payload").GetProperty("data").EnumerateObject().Single().Value;
    }

    /// <summary>Asserts that the client was told no more than it has received.</summary>
    protected static async Task AssertNothingMoreAsync(StreamClient client)
    {
        await client.SendAsync(new { type = "ping" });
        (await client.ReceiveAsync()).GetProperty("type").GetString().Should().Be("pong");
    }
}
