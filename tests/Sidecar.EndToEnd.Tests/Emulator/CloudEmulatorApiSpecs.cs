using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What the GraphQL API says, what it refuses, and what is counted.</summary>
public sealed class CloudEmulatorApiSpecs : ApiFixture
{
    private readonly StandingClock _clock = new(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));

    protected override EmulatorOptions Options => new() { Time = _clock };

    [Theory]
    [InlineData("customer-demo")]
    [InlineData("customer-enterprise")]
    [InlineData("customer-trial")]
    [InlineData("customer-without-plan")]
    [InlineData("customer-archived")]
    [InlineData("customer-workspaces", "workspace-north")]
    [InlineData("customer-workspaces", "workspace-west")]
    [InlineData("nobody")]
    [InlineData("a/b ..?#\"Zoë 🚀")]
    public async Task State_is_told_as_Edge_tells_it_field_by_field(string customerId, string? resourceId = null)
    {
        Control.PutCustomer("a/b ..?#\"Zoë 🚀", """
            {"plan": "pro", "entitlements": {
              "feature-api-calls": {"resetPeriod": "YEAR", "accessDeniedReason": "Revoked", "validUntil": "2027-01-01T00:00:00Z"}},
             "usage": {"feature-api-calls": {"currentUsage": 1.5}}}
            """);

        var api = await ApiStateAsync(customerId, resourceId);

        var edge = await StateAsync(customerId, resourceId);
        JsonElement.DeepEquals(api, edge).Should().BeTrue("Edge tells {0}, and the API {1}", edge, api);
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_told_under_the_name_that_is_asked_for()
    {
        using var response = await AskAsync(
            "Q", """query Q { it: entitlementsState(query: {customerId: "nobody"}) { why: accessDeniedReason } }""", variables: null);

        (await response.Content.ReadAsStringAsync(InTime)).Should().Be("""{"data":{"it":{"why":"CustomerNotFound"}}}""");
        Control.Requests.Count(RequestKey.ApiEntry("nobody")).Should().Be(1);
    }

    [Fact]
    public async Task Operation_is_chosen_by_its_name()
    {
        using var response = await AskAsync("GetSdkConfiguration", $"{StateDocument} {ConfigDocument}", variables: null);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Control.Requests.Count(RequestKey.ApiConfig).Should().Be(1);
    }

    [Fact]
    public async Task Configuration_is_told_as_Edge_tells_it()
    {
        using var api = await AskConfigAsync();
        using var edge = await ReadConfigAsync();

        JsonElement.DeepEquals(await JsonOf(api), await JsonOf(edge)).Should().BeTrue();
    }

    [Fact]
    public async Task Raw_state_is_answered_here_too()
    {
        Control.SetRawState("ghost", """{"data" :  "anything, é"}""");

        using var response = await AskStateAsync("ghost");
        (await response.Content.ReadAsStringAsync(InTime)).Should().Be("""{"data" :  "anything, é"}""");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another key")]
    public async Task Wrong_key_is_told_in_the_body(string? apiKey)
    {
        using var config = await AskConfigAsync(apiKey);
        using var state = await AskStateAsync("customer-demo", apiKey: apiKey);

        config.StatusCode.Should().Be(HttpStatusCode.OK);
        state.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ErrorOf(state)).Code.Should().Be("Unauthenticated");
        (await JsonOf(state)).TryGetProperty("data", out _).Should().BeFalse();
        Control.Requests.Snapshot().Unauthorized.Should().Be(2);
    }

    [Theory]
    [InlineData("query GetEntitlementsState {", "Error parsing query: Expected Name, found EOF")]
    [InlineData("", "query must be given")]
    [InlineData("query GetEntitlementsState { sdkConfiguration { secret } }", "Cannot query field 'secret' on type 'SdkConfiguration'")]
    [InlineData("query GetEntitlementsState { nothing }", "Cannot query field 'nothing' on type 'Query'")]
    [InlineData("query GetEntitlementsState { sdkConfiguration }", "must have a sub selection")]
    [InlineData("query GetEntitlementsState { entitlementsState { accessDeniedReason } }", "is required")]
    [InlineData("query GetEntitlementsState { entitlementsState(query: {}) { accessDeniedReason } }", "customerId")]
    [InlineData("query GetEntitlementsState($q: String) { entitlementsState(query: $q) { accessDeniedReason } }", "FetchEntitlementsQuery!")]
    [InlineData("query GetEntitlementsState { sdkConfiguration { sentryDsn } ...F }", "F")]
    [InlineData("query GetEntitlementsState { sdkConfiguration { sentryDsn } again: sdkConfiguration { sentryDsn } }", "exactly one of")]
    [InlineData("query GetEntitlementsState { __typename }", "exactly one of entitlementsState, sdkConfiguration")]
    [InlineData("query Another { sdkConfiguration { sentryDsn } }", "no operation \"GetEntitlementsState\"")]
    [InlineData("{ sdkConfiguration { sentryDsn } }", "no operation")]
    [InlineData("mutation GetEntitlementsState { sdkConfiguration { sentryDsn } }", "Cannot query field 'sdkConfiguration' on type 'Mutation'")]
    [InlineData("mutation GetEntitlementsState { __typename }", "exactly one of reportEvent, reportUsage, reportUsageBulk")]
    public async Task Document_that_does_not_fit_the_schema_is_refused(string document, string problem)
    {
        using var response = await AskAsync(OperationName, document, variables: null);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var (message, code) = await ErrorOf(response);
        message.Should().Contain(problem);
        code.Should().Be("BadUserInput");
        AssertCountedAsBad();
    }

    [Theory]
    [InlineData("""{"query": {"customerId": 7}}""", "customerId")]
    [InlineData("""{"query": {"customerId": null}}""", "customerId")]
    [InlineData("""{"query": {"resourceId": "r"}}""", "customerId")]
    [InlineData("""{"query": {"customerId": "c", "customer": "c"}}""", "customer")]
    [InlineData("""{"query": "c"}""", "query")]
    [InlineData("{}", "query")]
    public async Task Variables_that_do_not_fit_the_schema_are_refused(string variables, string problem)
    {
        using var json = JsonDocument.Parse(variables);

        using var response = await AskAsync(OperationName, StateDocument, json.RootElement);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await ErrorOf(response)).Message.Should().Contain(problem);
        AssertCountedAsBad();
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"query": "{ a }"}""", "operationName must be given")]
    [InlineData("""{"operationName": null, "query": "{ a }"}""", "operationName must be given")]
    [InlineData("""{"operationName": "GetEntitlementsState"}""", "query must be given")]
    [InlineData("""{"operationName": "GetEntitlementsState", "query": 7}""", "query must be given")]
    [InlineData("""{"operationName": "GetEntitlementsState", "query": "{ a }", "variables": []}""", "variables must be an object")]
    [InlineData("""{"operationName": "Another", "query": "{ a }"}""", "x-graphql-operation-name")]
    public async Task Body_of_another_form_is_refused(string body, string problem)
    {
        using var response = await PostAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await ErrorOf(response)).Message.Should().Contain(problem);
        AssertCountedAsBad();
    }

    [Fact]
    public async Task Body_that_is_too_large_is_refused()
    {
        using var request = Dressed();
        // Asked for leave first, so that no answer crosses with the rest of the body.
        request.Headers.ExpectContinue = true;
        request.Content = new ByteArrayContent(new byte[(16 * 1024 * 1024) + 1]);
        request.Content.Headers.ContentType = new("application/json");

        using var response = await Http.SendAsync(request, InTime);

        response.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await ErrorOf(response)).Code.Should().Be("BadUserInput");
        AssertCountedAsBad();
    }

    [Fact]
    public async Task Body_beyond_a_mebibyte_is_read()
    {
        using var response = await AskStateAsync(new string('x', 2 * 1024 * 1024));

        Reason((await JsonOf(response)).GetProperty("data").GetProperty("entitlementsState")).Should().Be("CustomerNotFound");
    }

    [Theory]
    [InlineData("GET", "/graphql", "application/json", "POST")]
    [InlineData("POST", "/graphql?query=x", "application/json", "no query")]
    [InlineData("POST", "/graphql", "text/plain", "application/json")]
    public async Task Request_of_another_form_is_refused(string method, string target, string contentType, string problem)
    {
        using var request = Dressed();
        request.Method = new HttpMethod(method);
        request.RequestUri = new Uri(Emulator.Address, target);
        request.Headers.Add("x-graphql-operation-name", OperationName);
        request.Content = new StringContent("{}", Encoding.UTF8, contentType);

        using var response = await Http.SendAsync(request, InTime);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await ErrorOf(response)).Message.Should().Contain(problem);
        AssertCountedAsBad();
    }

    [Fact]
    public async Task Request_that_does_not_name_its_sender_is_refused_and_its_headers_are_recorded()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Emulator.Address, "/graphql"));
        request.Headers.Add("X-API-KEY", Control.ApiKey);
        request.Headers.Add("source", "SIDECAR");
        request.Content = JsonContent.Create(
            new { operationName = OperationName, query = StateDocument, variables = StateVariables("customer-demo") });

        using var bare = await Http.SendAsync(request, InTime);
        await ApiStateAsync("customer-demo", "a resource");

        bare.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonOf(bare)).GetProperty("errors").GetArrayLength().Should().Be(6);
        var requests = Control.Requests.Recorded();
        requests.Should().HaveCount(2);
        requests[0].Target.Should().BeNull();
        requests[0].HeaderFaults.Should().HaveCount(6).And.Contain(["X-SDK-INSTANCE-ID", "x-graphql-operation-name"]);
        requests[1].Should().BeEquivalentTo(new
        {
            Target = RequestTarget.ApiState,
            Operation = OperationName,
            CustomerId = "customer-demo",
            ResourceId = "a resource",
            RawTarget = "/graphql",
        });
        requests[1].HeaderFaults.Should().BeEmpty();
        requests[1].Headers.Should().Contain("source", "SIDECAR").And.ContainKey("x-graphql-operation-name").And.NotContainKey("X-API-KEY");
        Control.Requests.Snapshot().HeaderFaults["x-graphql-operation-name"].Should().Be(1);
    }

    [Fact]
    public async Task Reads_are_counted_apart_from_those_of_Edge()
    {
        var arrival = Control.WaitForRequestsAsync(RequestKey.ApiEntry("customer-workspaces", "workspace-north"), 2, InTime);
        using var config = await AskConfigAsync();
        await StateAsync("customer-demo");
        await ApiStateAsync("customer-demo");
        await ApiStateAsync("customer-workspaces", "workspace-north");
        arrival.IsCompleted.Should().BeFalse();
        await ApiStateAsync("customer-workspaces", "workspace-north");
        await arrival;

        Control.Requests.Count(RequestKey.State).Should().Be(1);
        Control.Requests.Count(RequestKey.Customer("customer-workspaces")).Should().Be(0);
        Control.Requests.Count(RequestKey.ApiState).Should().Be(3);
        Control.Requests.Count(RequestKey.ApiCustomer("customer-workspaces")).Should().Be(2);
        using var response = await SendAsync(HttpMethod.Get, "/_control/counters");
        var counters = await JsonOf(response);
        counters.GetProperty("total").GetInt32().Should().Be(5);
        counters.GetProperty("config").GetInt32().Should().Be(0);
        counters.GetProperty("state").GetInt32().Should().Be(1);
        counters.GetProperty("apiConfig").GetInt32().Should().Be(1);
        counters.GetProperty("apiState").GetInt32().Should().Be(3);
        counters.GetProperty("customers").EnumerateObject().Should().ContainSingle();
        counters.GetProperty("apiCustomers").GetProperty("customer-workspaces").GetProperty("resources").GetProperty("workspace-north")
            .GetInt32().Should().Be(2);
        using var listed = await SendAsync(HttpMethod.Get, "/_control/requests");
        var first = (await JsonOf(listed)).GetProperty("requests")[0];
        first.GetProperty("target").GetString().Should().Be("apiConfig");
        first.GetProperty("operation").GetString().Should().Be("GetSdkConfiguration");
    }

    private void AssertCountedAsBad()
    {
        var counters = Control.Requests.Snapshot();
        counters.BadRequests.Should().Be(1);
        counters.Total.Should().Be(1);
        (counters.ApiState + counters.ApiConfig).Should().Be(0);
        counters.InFlight.Should().BeLessThanOrEqualTo(1);
    }
}
