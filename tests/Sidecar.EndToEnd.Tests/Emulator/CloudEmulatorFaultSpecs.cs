using System.Diagnostics;
using System.Net;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator.Control;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What goes wrong on demand.</summary>
public sealed class CloudEmulatorFaultSpecs : EmulatorFixture
{
    [Fact]
    public async Task Delay_answers_late_and_right()
    {
        Control.Faults.Add(FaultRule.Late(TimeSpan.FromMilliseconds(300)));
        var clock = Stopwatch.StartNew();

        Reason(await StateAsync("nobody")).Should().Be("CustomerNotFound");

        clock.Elapsed.Should().BeGreaterThan(TimeSpan.FromMilliseconds(280));
    }

    [Fact]
    public async Task Status_is_answered_with_an_errors_array_or_the_body_that_was_given()
    {
        Control.Faults.Add(FaultRule.Answer(503) with { Times = 1 });
        Control.Faults.Add(FaultRule.Answer(429, "slow down") with { Times = 1 });

        using var first = await ReadStateAsync("customer-demo");
        using var second = await ReadStateAsync("customer-demo");
        using var third = await ReadStateAsync("customer-demo");

        first.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await JsonOf(first)).GetProperty("errors").GetArrayLength().Should().Be(1);
        second.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        (await second.Content.ReadAsStringAsync(InTime)).Should().Be("slow down");
        third.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Rule_holds_for_its_target_customer_and_resource_alone()
    {
        var config = Control.Faults.Add(FaultRule.Answer(500) with { Target = RequestTarget.Config });
        var resource = Control.Faults.Add(FaultRule.Answer(501) with { CustomerId = "customer-workspaces", ResourceId = "workspace-north" });
        Control.Faults.Add(FaultRule.Answer(502) with { CustomerId = "customer-workspaces" });

        using var check = await ReadConfigAsync();
        using var north = await ReadStateAsync("customer-workspaces", "workspace-north");
        using var own = await ReadStateAsync("customer-workspaces");
        using var other = await ReadStateAsync("customer-demo");

        check.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        north.StatusCode.Should().Be(HttpStatusCode.NotImplemented);
        own.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        other.StatusCode.Should().Be(HttpStatusCode.OK);
        Control.Faults.Hits(config).Should().Be(1);
        Control.Faults.Remove(resource).Should().BeTrue();
        Control.Faults.Clear();
        Reason(await StateAsync("customer-workspaces", "workspace-north")).Should().BeNull();
    }

    [Fact]
    public async Task Cut_fails_the_request_and_is_not_asked_again_behind_the_caller()
    {
        // On a connection that was used before, a client may take a plain end for an idle one that was closed.
        await StateAsync("customer-demo");
        Control.Requests.Reset();
        Control.Faults.Add(FaultRule.Cut());

        await FluentActions.Awaiting(() => ReadStateAsync("customer-demo")).Should().ThrowAsync<HttpRequestException>();
        await FluentActions.Awaiting(() => ReadStateAsync("customer-demo")).Should().ThrowAsync<HttpRequestException>();

        Control.Requests.Count(RequestKey.State).Should().Be(2);
    }

    [Fact]
    public async Task Cut_in_the_middle_of_the_body_shows_the_headers_and_half_of_it()
    {
        Control.Faults.Add(FaultRule.CutMidBody());
        await AssertCutAsync(half: true);
        Control.Faults.Clear();
        Control.Faults.Add(FaultRule.Cut() with { AfterBytes = 0 });
        await AssertCutAsync(half: false);
    }

    [Fact]
    public async Task Hang_never_answers_and_ends_with_the_client()
    {
        Control.Faults.Add(FaultRule.Hang() with { Times = 1 });
        using var impatience = new CancellationTokenSource();
        var hanging = Http.GetAsync(new Uri(Emulator.Address, StatePath("customer-demo")), impatience.Token);
        await Control.WaitForRequestsAsync(RequestKey.Customer("customer-demo"), 1, InTime);
        Control.Requests.Snapshot().InFlight.Should().Be(1);

        await impatience.CancelAsync();

        await FluentActions.Awaiting(() => hanging).Should().ThrowAsync<OperationCanceledException>();
        Reason(await StateAsync("customer-demo")).Should().BeNull();
        while (Control.Requests.Snapshot().InFlight > 0)
            await Task.Delay(10, InTime);
    }

    [Fact]
    public async Task Hang_after_the_headers_leaves_the_body_open()
    {
        Control.Faults.Add(FaultRule.Hang() with { AfterBytes = 10 });
        using var request = Authorized(StatePath("customer-demo"));
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, InTime);
        await using var body = await response.Content.ReadAsStreamAsync(InTime);
        await body.ReadExactlyAsync(new byte[10], InTime);

        var rest = body.ReadAsync(new byte[1], InTime).AsTask();
        rest.IsCompleted.Should().BeFalse();
        await Emulator.StopAsync();

        await FluentActions.Awaiting(() => rest).Should().ThrowAsync<IOException>();
    }

    [Fact]
    public async Task Garbage_is_no_HTTP()
    {
        Control.Faults.Add(FaultRule.Garbage() with { Times = 1 });

        await FluentActions.Awaiting(() => ReadStateAsync("customer-demo")).Should().ThrowAsync<HttpRequestException>();
        Reason(await StateAsync("customer-demo")).Should().BeNull();
    }

    [Fact]
    public async Task Broken_body_comes_with_status_200()
    {
        (await BrokenAsync(BrokenBody.Empty)).Should().BeEmpty();
        (await BrokenAsync(BrokenBody.Html)).Should().StartWith("<!doctype html>");
        (await BrokenAsync(BrokenBody.NullData)).Should().Be("""{"data":null}""");
        (await BrokenAsync(BrokenBody.Errors)).Should().Be("""{"errors":[{"message":"boom","extensions":{"code":"UnexpectedError"}}]}""");
        var truncated = await BrokenAsync(BrokenBody.TruncatedJson);
        FluentActions.Invoking(() => JsonDocument.Parse(truncated)).Should().Throw<JsonException>();
        using var wrongShape = JsonDocument.Parse(await BrokenAsync(BrokenBody.WrongShape));
        wrongShape.RootElement.GetProperty("data").GetProperty("entitlementsState").GetProperty("entitlementsV2")
            .ValueKind.Should().Be(JsonValueKind.String);
    }

    [Fact]
    public async Task Held_reads_wait_until_they_are_let_go_and_others_pass()
    {
        var before = Control.HoldState("customer-demo");
        var held = StateAsync("customer-demo");
        await before.WaitUntilHeldAsync(1, InTime);

        Reason(await StateAsync("nobody")).Should().Be("CustomerNotFound");
        held.IsCompleted.Should().BeFalse();
        Control.SetUsage("customer-demo", "feature-api-calls", 77);
        before.Dispose();

        Feature(await held, "feature-api-calls").GetProperty("currentUsage").GetDouble().Should().Be(77);
        Feature(await StateAsync("customer-demo"), "feature-api-calls").GetProperty("currentUsage").GetDouble().Should().Be(77);
    }

    [Fact]
    public async Task Read_that_is_held_after_reading_tells_what_was()
    {
        using var after = Control.HoldState("customer-demo", HoldPoint.AfterReading);
        var held = StateAsync("customer-demo");
        await after.WaitUntilHeldAsync(1, InTime);

        Control.SetUsage("customer-demo", "feature-api-calls", 77);
        after.Dispose();

        Feature(await held, "feature-api-calls").GetProperty("currentUsage").GetDouble().Should().Be(25);
    }

    [Fact]
    public void Rule_that_contradicts_itself_is_refused()
    {
        var add = (FaultRule rule) => FluentActions.Invoking(() => Control.Faults.Add(rule)).Should().Throw<ArgumentException>();

        add(new FaultRule { Kind = FaultKind.Delay }).WithMessage("delayMs*");
        add(FaultRule.Answer(99)).WithMessage("status*");
        add(new FaultRule { Kind = FaultKind.BrokenBody }).WithMessage("variant*");
        add(FaultRule.Hang() with { Target = RequestTarget.Config, CustomerId = "c" }).WithMessage("customerId*");
        add(FaultRule.Hang() with { ResourceId = "r" }).WithMessage("resourceId*");
        add(FaultRule.CutMidBody() with { AfterBytes = 3 }).WithMessage("afterBytes*");
        add(FaultRule.Cut() with { Times = 0 }).WithMessage("times*");
    }

    private async Task<string> BrokenAsync(BrokenBody variant)
    {
        Control.Faults.Clear();
        Control.Faults.Add(FaultRule.Broken(variant));
        using var response = await ReadStateAsync("customer-demo");
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return await response.Content.ReadAsStringAsync(InTime);
    }

    private async Task AssertCutAsync(bool half)
    {
        using var request = Authorized(StatePath("customer-demo"));
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, InTime);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var promised = response.Content.Headers.ContentLength!.Value;
        await using var body = await response.Content.ReadAsStreamAsync(InTime);
        await body.ReadExactlyAsync(new byte[half ? promised / 2 : 0], InTime);
        await FluentActions.Awaiting(() => body.ReadExactlyAsync(new byte[1], InTime).AsTask()).Should().ThrowAsync<HttpIOException>();
    }

    private HttpRequestMessage Authorized(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Emulator.Address, path));
        request.Headers.Add("X-API-KEY", Control.ApiKey);
        return request;
    }
}
