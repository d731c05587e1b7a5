using System.Net;
using FluentAssertions;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>The protocol of real-time updates.</summary>
public sealed class CloudEmulatorStreamSpecs : StreamFixture
{
    [Fact]
    public async Task Client_with_the_right_key_is_acknowledged_and_counted()
    {
        using var client = await OpenAsync();
        await client.SendAsync(Init());

        (await client.ReceiveTextAsync()).Should().Be("""{"type":"connection_ack"}""");
        client.Chosen.Should().Be("graphql-transport-ws");
        await Updates.Counts.WaitUntilAsync(counts => counts.Sent is 1, InTime);
        Updates.Counts.Snapshot().Should()
            .BeEquivalentTo(new { Open = 1, Connected = 1, Acknowledged = 1, Inits = 1, WrongKeys = 0, Subscribers = 0 });
    }

    [Theory]
    [InlineData("wrong", 4403)]
    [InlineData(null, 4403)]
    [InlineData("wrong", 4500)]
    public async Task Wrong_key_closes_the_socket_and_says_so(string? apiKey, int code)
    {
        Updates.InvalidKeyCode = code;
        using var client = await OpenAsync();
        await client.SendAsync(Init(apiKey));

        (await client.ClosedAsync()).Should().Be((code, "Invalid API key"));
        await Updates.Counts.WaitUntilAsync(counts => counts.Open is 0, InTime);
        Updates.Counts.Snapshot().WrongKeys.Should().Be(1);
        Updates.Counts.Inits().Should().ContainSingle().Which.HasRightKey.Should().BeFalse();
    }

    [Theory]
    [InlineData("""{"type": "connection_init"}""")]
    [InlineData("""{"type": "connection_init", "payload": {"X-API-KEY": "server-key-of-the-emulator"}}""")]
    public async Task Key_that_is_not_among_the_headers_is_none(string init)
    {
        using var client = await OpenAsync();
        await client.SendTextAsync(init);

        (await client.ClosedAsync()).Reason.Should().Be("Invalid API key");
    }

    [Fact]
    public async Task Init_that_does_not_name_its_sender_is_refused()
    {
        using var client = await OpenAsync();
        await client.SendAsync(Init(sender: Sender.Remove("source").SetItem("X-SDK-INSTANCE-ID", "no id")));

        (await client.ClosedAsync()).Should().Be((4400, "absent or unfit: source, X-SDK-INSTANCE-ID"));
        Updates.Counts.Inits().Single().HeaderFaults.Should().Equal("source", "X-SDK-INSTANCE-ID");
    }

    [Fact]
    public async Task Init_is_recorded_without_its_key()
    {
        using var client = await GreetAsync();

        var init = Updates.Counts.Inits().Should().ContainSingle().Subject;
        init.HasRightKey.Should().BeTrue();
        init.HeaderFaults.Should().BeEmpty();
        init.Headers.Should().BeEquivalentTo(Sender);
        init.ToString().Should().NotContain(Control.ApiKey);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("graphql-ws")]
    public async Task Client_of_another_protocol_is_closed(string? protocol)
    {
        using var client = await OpenAsync(protocol);

        (await client.ClosedAsync()).Should().Be((4406, "Subprotocol not acceptable"));
        client.Chosen.Should().BeNull();
    }

    [Fact]
    public async Task Socket_without_an_init_is_closed_in_time()
    {
        Updates.InitTimeout = TimeSpan.FromMilliseconds(50);
        using var client = await OpenAsync();

        (await client.ClosedAsync()).Should().Be((4408, "Connection initialisation timeout"));
    }

    [Fact]
    public async Task Second_init_closes_the_socket()
    {
        using var client = await GreetAsync();
        await client.SendAsync(Init());

        (await client.ClosedAsync()).Code.Should().Be(4429);
    }

    [Theory]
    [InlineData("""{"type": "subscribe", "id": "1", "payload": {"query": "subscription { packagePublished { packageRefId } }"}}""")]
    [InlineData("""{"type": "complete", "id": "1"}""")]
    public async Task Subscription_before_the_acknowledgement_closes_the_socket(string message)
    {
        using var client = await OpenAsync();
        await client.SendTextAsync(message);

        (await client.ClosedAsync()).Should().Be((4401, "Unauthorized"));
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "type must be given")]
    [InlineData("""{"type": "\ud800"}""", "not Unicode")]
    [InlineData("""{"type": "start"}""", "no message of the type start")]
    [InlineData("""{"type": "next", "id": "1"}""", "no message of the type next")]
    [InlineData("""{"type": "ping", "payload": 1}""", "payload must be an object")]
    [InlineData("""{"type": "pong", "payload": "x"}""", "payload must be an object")]
    [InlineData("""{"type": "complete"}""", "id must be given")]
    [InlineData("""{"type": "subscribe", "id": ""}""", "id must be given")]
    [InlineData("""{"type": "subscribe", "id": "1"}""", "payload must be given")]
    [InlineData("""{"type": "subscribe", "id": "1", "payload": {}}""", "query must be given")]
    [InlineData("""{"type": "subscribe", "id": "1", "payload": {"query": "x", "variables": []}}""", "variables must be an object")]
    [InlineData("""{"type": "subscribe", "id": "1", "payload": {"query": "x", "operationName": 1}}""", "operationName must be given")]
    public async Task Message_that_is_none_closes_the_socket(string message, string problem)
    {
        using var client = await GreetAsync();
        await client.SendTextAsync(message);

        var (code, reason) = await client.ClosedAsync();
        code.Should().Be(4400);
        reason.Should().Contain(problem);
    }

    [Theory]
    [InlineData("""{"headers": "none"}""", "headers must be an object")]
    [InlineData("""{"headers": {"source": 7}}""", "a header must be a text")]
    public async Task Init_of_another_form_closes_the_socket(string payload, string problem)
    {
        using var client = await OpenAsync();
        await client.SendTextAsync($$"""{"type": "connection_init", "payload": {{payload}}}""");

        (await client.ClosedAsync()).Should().Be((4400, problem));
    }

    [Fact]
    public async Task Reason_that_would_be_too_long_is_cut()
    {
        using var client = await GreetAsync();
        await client.SendAsync(new { type = new string('ä', 1000) });

        var (code, reason) = await client.ClosedAsync();
        code.Should().Be(4400);
        reason.Should().StartWith("a client has no message of the type ää").And.EndWith("ää");
    }

    [Fact]
    public async Task Message_that_is_no_text_closes_the_socket()
    {
        using var client = await GreetAsync();
        await client.SendBytesAsync("""{"type": "ping"}"""u8.ToArray());

        (await client.ClosedAsync()).Should().Be((4400, "a message is a text"));
    }

    [Fact]
    public async Task Message_that_is_too_big_closes_the_socket()
    {
        using var client = await GreetAsync();
        await client.SendAsync(new { type = "ping", payload = new { padding = new string('x', 1024 * 1024) } });

        (await client.ClosedAsync()).Code.Should().Be(1009);
    }

    [Fact]
    public async Task Ping_is_answered_with_its_payload_even_before_the_init()
    {
        using var client = await OpenAsync();
        await client.SendAsync(new { type = "ping", payload = new { at = 7 } });
        (await client.ReceiveTextAsync()).Should().Be("""{"type":"pong","payload":{"at":7}}""");
        await client.SendAsync(new { type = "pong" });
        await client.SendAsync(new { type = "ping" });
        (await client.ReceiveTextAsync()).Should().Be("""{"type":"pong"}""");

        Updates.Counts.Snapshot().Should().BeEquivalentTo(new { PingsSeen = 2, PongsSeen = 1, Inits = 0 });
    }

    [Fact]
    public async Task Message_in_many_frames_is_one()
    {
        using var client = await GreetAsync();
        await client.SendInFramesAsync("""{"type": "ping", "payload": {"text": "ä€"}}""");

        (await client.ReceiveTextAsync()).Should().Be("""{"type":"pong","payload":{"text":"ä€"}}""");
    }

    [Fact]
    public async Task Socket_that_is_open_outlives_its_key()
    {
        using var client = await SubscribeAsync();
        Control.ApiKey = "another";

        Updates.PushChanged("customer-demo").Should().Be(1);
        Told(await client.ReceiveAsync(), "entitlements");
        using var next = await OpenAsync();
        await next.SendAsync(Init());
        (await next.ClosedAsync()).Reason.Should().Be("Invalid API key");
    }

    [Fact]
    public async Task Client_that_closes_is_answered_and_gone()
    {
        using var client = await SubscribeAsync();
        await client.CloseAsync();

        await Updates.Counts.WaitUntilAsync(counts => counts is { Open: 0, Subscribers: 0, Connected: 1 }, InTime);
    }

    [Fact]
    public async Task Upgrade_is_no_request()
    {
        using var client = await SubscribeAsync();

        Control.Requests.Snapshot().Total.Should().Be(0);
        using var elsewhere = new StreamClient(StreamClient.Protocol, InTime);
        await FluentActions.Awaiting(() => elsewhere.ConnectAsync(Emulator.Address, "/elsewhere")).Should().ThrowAsync<Exception>();
        elsewhere.Status.Should().Be(HttpStatusCode.NotFound);
        Control.Requests.Snapshot().NotFound.Should().Be(1);
        Updates.Counts.Snapshot().Connected.Should().Be(1);
    }

    [Fact]
    public async Task Counts_start_again_from_0_but_for_what_is_open()
    {
        using var client = await SubscribeAsync();
        Updates.Counts.Reset();

        Updates.Counts.Snapshot().Should().BeEquivalentTo(new { Open = 1, Subscribers = 1, Acknowledged = 1, Connected = 0, Inits = 0 });
        Updates.Counts.Snapshot().Subscriptions.Should().BeEmpty();
        Updates.Counts.Inits().Should().BeEmpty();
    }

    [Fact]
    public async Task Wait_for_subscribers_ends_with_its_token()
    {
        using var gone = new CancellationTokenSource();
        var never = Updates.Counts.WaitForSubscribersAsync(1, gone.Token);
        using var client = await GreetAsync();
        never.IsCompleted.Should().BeFalse();

        await gone.CancelAsync();
        await FluentActions.Awaiting(() => never).Should().ThrowAsync<OperationCanceledException>();
    }
}
