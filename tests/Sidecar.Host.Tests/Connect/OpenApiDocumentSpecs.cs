using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests.Connect;

/// <summary>The OpenAPI document of the HTTP port: whole in itself, and true of the answers.</summary>
public sealed class OpenApiDocumentSpecs(ConnectFixture it) : IClassFixture<ConnectFixture>
{
    [Fact]
    public async Task Every_method_is_described_and_every_reference_leads_somewhere()
    {
        using var response = await it.Http.GetAsync("/openapi.json");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        var document = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((string?)document["openapi"]).Should().Be("3.1.0");
        document["paths"]!.AsObject().Select(path => path.Key).Should().Equal(SidecarService.Descriptor.Methods.Select(method => ConnectFixture.PathOf(method.Name)));
        var schemas = document["components"]!["schemas"]!.AsObject();
        References(document).Should().NotBeEmpty().And.OnlyContain(reference => schemas.ContainsKey(reference.Replace("#/components/schemas/", "", StringComparison.Ordinal)));
        foreach (var operation in document["paths"]!.AsObject().Select(path => path.Value!["post"]!))
            ((string?)operation["summary"]).Should().NotBeNullOrEmpty();
    }

    [Fact]
    public async Task Schemas_follow_the_proto_file()
    {
        var schemas = JsonNode.Parse(await it.Http.GetStringAsync("/openapi.json"))!["components"]!["schemas"]!;

        var metered = schemas["MeteredEntitlement"]!["properties"]!;
        ((string?)metered["usageLimit"]!["type"]).Should().Be("number");
        ((string?)metered["usagePeriodEnd"]!["format"]).Should().Be("date-time");
        ((bool?)metered["nextResetDate"]!["deprecated"]).Should().BeTrue();
        schemas["FeatureType"]!["enum"]!.AsArray().Select(name => (string?)name).Should().Contain("FEATURE_TYPE_ENUM");
        ((string?)schemas["ReportUsageRequest"]!["properties"]!["dimensions"]!["additionalProperties"]!["$ref"]).Should().Be("#/components/schemas/EventDimensionValue");
        ((string?)schemas["GetEntitlementResponse"]!["description"]).Should().Contain("boolean, numeric, metered, enum");
        schemas["GetEntitlementResponse"]!["allOf"]![0]!["oneOf"]!.AsArray().Should().HaveCount(5);
        schemas["GetEntitlementOptions"]!["allOf"].Should().BeNull("what may be absent by itself is no choice");
        schemas["Error"]!["properties"]!["code"]!["enum"]!.AsArray().Should().HaveCount(16);
    }

    [Theory]
    [InlineData("GetEntitlement", """{"customerId":"known","featureId":"flag"}""")]
    [InlineData("GetEntitlementsStateV2", """{"customerId":"known"}""")]
    [InlineData("GetMeteredEntitlement", """{"customerId":"other","featureId":"calls","options":{"requestedUsage":9}}""")]
    [InlineData("ReportUsage", """{"customerId":"known","featureId":"calls","value":1}""")]
    public async Task Real_answer_is_as_described(string method, string question)
    {
        var document = JsonNode.Parse(await it.Http.GetStringAsync("/openapi.json"))!;
        using var response = await it.CallAsync(method, question);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Check(document, document["paths"]![ConnectFixture.PathOf(method)]!["post"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!, answer, method);
    }

    [Fact]
    public async Task It_is_read_and_nothing_else()
    {
        using var response = await it.Http.PostAsync("/openapi.json", new StringContent("{}"));

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.Should().Equal("GET", "HEAD");
        using var head = await it.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/openapi.json"));
        head.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private static void Check(JsonNode document, JsonNode schema, JsonNode? value, string path)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            Check(document, document["components"]!["schemas"]![reference.Split('/')[^1]]!, value, path);
            return;
        }

        switch ((string?)schema["type"])
        {
            case "object":
                foreach (var (name, field) in value!.AsObject())
                {
                    var described = schema["properties"]?[name] ?? schema["additionalProperties"];
                    described.Should().NotBeNull($"{path}.{name} is described");
                    Check(document, described!, field, $"{path}.{name}");
                }

                break;
            case "array":
                foreach (var item in value!.AsArray())
                    Check(document, schema["items"]!, item, path + "[]");
                break;
            case var type:
                value!.GetValueKind().ToString().ToLowerInvariant().Should().BeOneOf(
                    type switch
                    {
                        "boolean" => ["true", "false"],
                        "integer" or "number" => ["number"],
                        _ => [type!],
                    },
                    path);
                if (schema["enum"] is JsonArray words)
                    words.Select(word => (string?)word).Should().Contain((string?)value, path);
                break;
        }
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject one => one.SelectMany(pair => pair.Key == "$ref" ? [(string)pair.Value!] : References(pair.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
