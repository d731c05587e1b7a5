using System.Buffers;
using System.Text.Json;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>The address and the documents of the cloud's GraphQL API (the upstream contract, "GraphQL over HTTP").</summary>
public static class ApiRequests
{
    /// <summary>The operation that reads an entry's state.</summary>
    public const string GetEntitlementsState = "GetEntitlementsState";

    /// <summary>The operation that tells whether the key is valid and the network works.</summary>
    public const string GetSdkConfiguration = "GetSdkConfiguration";

    /// <summary>What is asked for of each entitlement, wherever entitlements are asked for.</summary>
    internal const string EntitlementSelection = """
        __typename
        ... on FeatureEntitlement {
          isGranted
          accessDeniedReason
          usageLimit
          hasUnlimitedUsage
          hasSoftLimit
          currentUsage
          enumValues
          entitlementUpdatedAt
          usageUpdatedAt
          usagePeriodAnchor
          usagePeriodStart
          usagePeriodEnd
          resetPeriod
          resetPeriodConfiguration {
            __typename
            ... on YearlyResetPeriodConfig { yearlyAccordingTo }
            ... on MonthlyResetPeriodConfig { monthlyAccordingTo }
            ... on WeeklyResetPeriodConfig { weeklyAccordingTo }
          }
          feature {
            __typename
            refId
            displayName
            description
            featureType
            meterType
            featureUnits
            featureUnitsPlural
            unitTransformation { divide round }
          }
          creditRate { amount currencyId }
          validUntil
        }
        ... on CreditEntitlement {
          isGranted
          accessDeniedReason
          currency { currencyId displayName description unitSingular unitPlural additionalMetaData }
          usageLimit
          currentUsage
          hasSoftLimit
          usageUpdatedAt
          entitlementUpdatedAt
          usagePeriodEnd
          validUntil
        }
        """;

    private const string StateDocument = $$"""
        query GetEntitlementsState($query: FetchEntitlementsQuery!) {
          entitlementsState(query: $query) {
            accessDeniedReason
            entitlementsV2 {
        {{EntitlementSelection}}
            }
          }
        }
        """;

    private const string ConfigurationDocument = """
        query GetSdkConfiguration {
          sdkConfiguration { sentryDsn isWidgetWatermarkEnabled }
        }
        """;

    /// <summary>The address of the API.</summary>
    /// <param name="api">The base address, e.g. <c>https://api.stigg.io</c>; a path of its own is kept.</param>
    public static Uri Address(Uri api) => new($"{api.GetLeftPart(UriPartial.Path).TrimEnd('/')}/graphql");

    /// <summary>The body that reads an entry's state: UTF-8 JSON.</summary>
    public static ReadOnlyMemory<byte> EntitlementsState(EntryKey key) => Body(GetEntitlementsState, StateDocument, json =>
    {
        json.WriteStartObject("query");
        json.WriteString("customerId", key.CustomerId);
        if (key.ResourceId is not null)
            json.WriteString("resourceId", key.ResourceId);
        json.WriteEndObject();
    });

    /// <summary>The body that asks for the configuration: UTF-8 JSON.</summary>
    public static ReadOnlyMemory<byte> SdkConfiguration() => Body(GetSdkConfiguration, ConfigurationDocument, static _ => { });

    /// <summary>Writes an operation's name, document and variables into an object that is open.</summary>
    internal static void WriteOperation(Utf8JsonWriter json, string operation, string document, Action<Utf8JsonWriter> writeVariables)
    {
        json.WriteString("operationName", operation);
        json.WriteString("query", document);
        json.WriteStartObject("variables");
        writeVariables(json);
        json.WriteEndObject();
    }

    /// <summary>UTF-8 of an object.</summary>
    internal static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> writeFields, JsonWriterOptions options = default)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            writeFields(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Body(string operation, string document, Action<Utf8JsonWriter> writeVariables) =>
        Object(json => WriteOperation(json, operation, document, writeVariables));
}
