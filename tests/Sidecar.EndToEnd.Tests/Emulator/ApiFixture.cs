using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Sidecar.Emulator;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>An emulator and a client of its GraphQL API, new for each spec.</summary>
public abstract class ApiFixture : StreamFixture
{
    protected const string OperationName = "GetEntitlementsState";

    /// <summary>Everything that Edge tells.</summary>
    protected const string StateDocument = """
        query GetEntitlementsState($query: FetchEntitlementsQuery!) {
          entitlementsState(query: $query) {
            accessDeniedReason
            entitlementsV2 {
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

    protected const string ConfigDocument = "query GetSdkConfiguration { sdkConfiguration { sentryDsn isWidgetWatermarkEnabled } }";

    protected static object StateVariables(string customerId, string? resourceId = null) => new { query = new { customerId, resourceId } };

    protected Task<HttpResponseMessage> AskStateAsync(
        string customerId, string? resourceId = null, string? apiKey = EmulatorOptions.DefaultApiKey) =>
        AskAsync(OperationName, StateDocument, StateVariables(customerId, resourceId), apiKey);

    protected Task<HttpResponseMessage> AskConfigAsync(string? apiKey = EmulatorOptions.DefaultApiKey) =>
        AskAsync("GetSdkConfiguration", ConfigDocument, variables: null, apiKey);

    protected async Task<JsonElement> ApiStateAsync(string customerId, string? resourceId = null)
    {
        using var response = await AskStateAsync(customerId, resourceId);
        response.EnsureSuccessStatusCode();
        var body = await JsonOf(response);
        return body.GetProperty("data").GetProperty("entitlementsState");
    }

    protected async Task<HttpResponseMessage> AskAsync(
        string operationName, string query, object? variables, string? apiKey = EmulatorOptions.DefaultApiKey)
    {
        using var request = Dressed(apiKey);
        request.Headers.Add("x-graphql-operation-name", operationName);
        request.Content = JsonContent.Create(new { operationName, query, variables });
        return await Http.SendAsync(request, InTime);
    }

    /// <summary>Sends a body as it stands here, as a client would whose operation has the usual name.</summary>
    protected async Task<HttpResponseMessage> PostAsync(string body)
    {
        using var request = Dressed();
        request.Headers.Add("x-graphql-operation-name", OperationName);
        request.Content = new StringContent(body, MediaTypeHeaderValue.Parse("application/json"));
        return await Http.SendAsync(request, InTime);
    }

    /// <summary>A request with all headers that name the sender.</summary>
    protected HttpRequestMessage Dressed(string? apiKey = EmulatorOptions.DefaultApiKey)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Emulator.Address, "/graphql"));
        if (apiKey is not null)
            request.Headers.TryAddWithoutValidation("X-API-KEY", apiKey);
        request.Headers.Add("source", "SIDECAR");
        request.Headers.Add("X-SDK-INSTANCE-ID", Guid.NewGuid().ToString());
        request.Headers.Add("X-SDK-OS-PROCESS-HOSTNAME", "box");
        request.Headers.Add("X-SDK-OS-PROCESS-ID", "17");
        request.Headers.Add("X-SDK-OS-PROCESS-TIMESTAMP", "1767225600000");
        request.Headers.Add("X-SDK-OS-PROCESS-FINGERPRINT", "f00d");
        return request;
    }

    /// <summary>Message and code of the first error.</summary>
    protected async Task<(string? Message, string? Code)> ErrorOf(HttpResponseMessage response)
    {
        var error = (await JsonOf(response)).GetProperty("errors")[0];
        var extensions = error.GetProperty("extensions");
        return (error.GetProperty("message").GetString(), extensions.GetProperty("code").GetString());
    }
}
