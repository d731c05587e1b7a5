using System.Diagnostics;
using System.Net;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What goes wrong with the GraphQL API on demand.</summary>
public sealed class CloudEmulatorApiFaultSpecs : ApiFixture
{
    [Fact]
    public async Task Delay_answers_late_and_right()
    {
        Control.Faults.Add(FaultRule.Late(TimeSpan.FromMilliseconds(300)));
        var clock = Stopwatch.StartNew();

        Reason(await ApiStateAsync("nobody")).Should().Be("CustomerNotFound");

        clock.Elapsed.Should().BeGreaterThan(TimeSpan.FromMilliseconds(280));
    }

    [Fact]
    public async Task Rule_holds_for_its_way_customer_and_resource_alone()
    {
        Control.Faults.Add(FaultRule.Answer(500) with { Target = RequestTarget.ApiConfig });
        Control.Faults.Add(FaultRule.Answer(501) with { Target = RequestTarget.State });
        Control.Faults.Add(FaultRule.Answer(502) with { Target = RequestTarget.ApiState, CustomerId = "customer-workspaces", ResourceId = "workspace-north" });
        Control.Faults.Add(FaultRule.Answer(503) with { CustomerId = "customer-workspaces" });

        using var check = await AskConfigAsync();
        using var edgeCheck = await ReadConfigAsync();
        using var north = await AskStateAsync("customer-workspaces", "workspace-north");
        using var own = await AskStateAsync("customer-workspaces");
        using var other = await AskStateAsync("customer-demo");
        using var edge = await ReadStateAsync("customer-workspaces");

        check.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        edgeCheck.StatusCode.Should().Be(HttpStatusCode.OK);
        north.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        own.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        other.StatusCode.Should().Be(HttpStatusCode.OK);
        edge.StatusCode.Should().Be(HttpStatusCode.NotImplemented);
    }

    [Fact]
    public async Task Failure_is_an_errors_array_with_the_code_that_was_given()
    {
        Control.Faults.Add(FaultRule.Failure("RateLimitExceeded") with { Target = RequestTarget.ApiState, Times = 1 });
        Control.Faults.Add(FaultRule.Failure("Unauthenticated", 401) with { Times = 1 });

        using var first = await AskStateAsync("customer-demo");
        using var second = await AskStateAsync("customer-demo");

        first.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ErrorOf(first)).Code.Should().Be("RateLimitExceeded");
        (await JsonOf(first)).GetProperty("errors")[0].GetProperty("extensions").GetProperty("traceId").GetString().Should().NotBeEmpty();
        second.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await ErrorOf(second)).Code.Should().Be("Unauthenticated");
        Reason(await ApiStateAsync("customer-demo")).Should().BeNull();
    }

    [Fact]
    public async Task Failure_is_ordered_over_HTTP()
    {
        using var added = await SendAsync(
            HttpMethod.Post, "/_control/faults", """{"target": "apiState", "kind": "errors", "code": "CustomerNotFound", "status": 404}""");
        using var refused = await SendAsync(HttpMethod.Post, "/_control/faults", """{"kind": "errors"}""");
        using var listed = await SendAsync(HttpMethod.Get, "/_control/faults");

        using var response = await AskStateAsync("customer-demo");

        added.StatusCode.Should().Be(HttpStatusCode.OK);
        (await JsonOf(refused)).GetProperty("error").GetString().Should().Contain("$.code");
        var fault = (await JsonOf(listed)).GetProperty("faults")[0];
        fault.GetProperty("target").GetString().Should().Be("apiState");
        fault.GetProperty("code").GetString().Should().Be("CustomerNotFound");
        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await ErrorOf(response)).Code.Should().Be("CustomerNotFound");
    }

    [Fact]
    public async Task Cut_fails_the_request()
    {
        await ApiStateAsync("customer-demo");
        Control.Requests.Reset();
        Control.Faults.Add(FaultRule.Cut() with { Times = 1 });
        Control.Faults.Add(FaultRule.CutMidBody() with { Times = 1 });
        Control.Faults.Add(FaultRule.Garbage() with { Times = 1 });

        for (var i = 0; i < 3; i++)
            await FluentActions.Awaiting(() => AskStateAsync("customer-demo")).Should().ThrowAsync<HttpRequestException>();

        Control.Requests.Count(RequestKey.ApiState).Should().Be(3);
        Reason(await ApiStateAsync("customer-demo")).Should().BeNull();
    }

    [Fact]
    public async Task Hang_never_answers_and_ends_with_the_emulator()
    {
        Control.Faults.Add(FaultRule.Hang());
        var hanging = AskStateAsync("customer-demo");
        await Control.WaitForRequestsAsync(RequestKey.ApiCustomer("customer-demo"), 1, InTime);

        hanging.IsCompleted.Should().BeFalse();
        await Emulator.StopAsync();

        await FluentActions.Awaiting(() => hanging).Should().ThrowAsync<HttpRequestException>();
        Control.Requests.Snapshot().InFlight.Should().Be(0);
    }

    [Fact]
    public async Task Broken_body_comes_with_status_200()
    {
        Control.Faults.Add(FaultRule.Broken(BrokenBody.NullData) with { Times = 1 });
        Control.Faults.Add(FaultRule.Broken(BrokenBody.TruncatedJson) with { Times = 1 });

        using var first = await AskStateAsync("customer-demo");
        using var second = await AskStateAsync("customer-demo");

        (await first.Content.ReadAsStringAsync(InTime)).Should().Be("""{"data":null}""");
        second.StatusCode.Should().Be(HttpStatusCode.OK);
        var truncated = await second.Content.ReadAsStringAsync(InTime);
        FluentActions.Invoking(() => JsonDocument.Parse(truncated)).Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData(HoldPoint.BeforeReading, 77)]
    [InlineData(HoldPoint.AfterReading, 25)]
    public async Task Held_read_tells_what_held_at_the_point_where_it_waited(HoldPoint point, double usage)
    {
        var hold = Control.HoldState("customer-demo", point);
        var held = ApiStateAsync("customer-demo");
        await hold.WaitUntilHeldAsync(1, InTime);

        Reason(await ApiStateAsync("nobody")).Should().Be("CustomerNotFound");
        held.IsCompleted.Should().BeFalse();
        Control.SetUsage("customer-demo", "feature-api-calls", 77);
        hold.Dispose();

        Feature(await held, "feature-api-calls").GetProperty("currentUsage").GetDouble().Should().Be(usage);
    }

    [Fact]
    public async Task Hold_of_one_way_lets_the_other_pass()
    {
        using var hold = Control.HoldState(customerId: null, target: RequestTarget.ApiState);
        var held = ApiStateAsync("customer-demo");
        await hold.WaitUntilHeldAsync(1, InTime);

        await StateAsync("customer-demo");
        using var config = await AskConfigAsync();

        held.IsCompleted.Should().BeFalse();
        hold.Held.Should().Be(1);
        hold.Dispose();
        await held;
    }

    [Fact]
    public void Rule_that_contradicts_itself_is_refused()
    {
        var add = (FaultRule rule) => FluentActions.Invoking(() => Control.Faults.Add(rule)).Should().Throw<ArgumentException>();

        add(new FaultRule { Kind = FaultKind.Errors }).WithMessage("code*");
        add(FaultRule.Failure("")).WithMessage("code*");
        add(FaultRule.Failure("X", 99)).WithMessage("status*");
        add(FaultRule.Cut() with { Code = "X" }).WithMessage("code*");
        add(FaultRule.Hang() with { Target = RequestTarget.ApiConfig, CustomerId = "c" }).WithMessage("customerId*");
    }
}
