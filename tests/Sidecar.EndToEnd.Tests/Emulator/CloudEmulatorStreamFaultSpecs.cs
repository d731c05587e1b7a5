using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator.Updates;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What goes wrong on order between the emulator and the clients of its updates.</summary>
public sealed class CloudEmulatorStreamFaultSpecs : StreamFixture
{
    private UpdateFaults Faults => Updates.Faults;

    [Fact]
    public async Task All_sockets_are_cut()
    {
        using var first = await SubscribeAsync();
        using var second = await OpenAsync();

        Faults.CutAll().Should().Be(2);

        await AssertCutAsync(first);
        await AssertCutAsync(second);
        await Updates.Counts.WaitUntilAsync(counts => counts is { Open: 0, Subscribers: 0 }, InTime);
        using var next = await SubscribeAsync();
        await AssertNothingMoreAsync(next);
    }

    [Fact]
    public async Task All_sockets_are_closed_with_any_code_and_reason()
    {
        using var client = await SubscribeAsync();
        Control.SetUsage("customer-demo", "feature-seats", 9);

        Faults.CloseAll(4429, "ThrottlerException: Too Many Requests").Should().Be(1);
        Faults.CloseAll(1000).Should().Be(0);
        Updates.PushChanged("customer-demo").Should().Be(0);

        Told(await client.ReceiveAsync(), "usage");
        (await client.ClosedAsync()).Should().Be((4429, "ThrottlerException: Too Many Requests"));
        await Updates.Counts.WaitUntilAsync(counts => counts is { Open: 0, Subscribers: 0 }, InTime);
    }

    [Theory]
    [InlineData(999, "")]
    [InlineData(1006, "")]
    [InlineData(5000, "")]
    [InlineData(4000, "Ä, and so on for more than one hundred and twenty-three bytes, which is all that a frame of this kind has room for, and ä.")]
    public void Close_that_can_not_be_sent_is_refused(int code, string reason) =>
        FluentActions.Invoking(() => Faults.CloseAll(code, reason)).Should().Throw<ArgumentException>();

    [Fact]
    public async Task Connects_are_refused_with_a_status_so_many_times()
    {
        Faults.RefuseConnects(503, times: 2);

        for (var i = 0; i < 2; i++)
            (await RefusedAsync()).Should().Be(HttpStatusCode.ServiceUnavailable);

        using var client = await SubscribeAsync();
        Updates.Counts.Snapshot().Should().BeEquivalentTo(new { Refused = 2, Connected = 1 });
        Control.Requests.Snapshot().Total.Should().Be(0);
    }

    [Fact]
    public async Task Connects_are_reset_until_that_is_lifted()
    {
        Faults.ResetConnects();
        for (var i = 0; i < 3; i++)
            (await RefusedAsync()).Should().Be((HttpStatusCode)0);
        (await StateAsync("customer-demo")).GetProperty("accessDeniedReason").ValueKind.Should().Be(JsonValueKind.Null);

        Faults.AcceptConnects();

        using var client = await SubscribeAsync();
        Updates.Counts.Snapshot().Refused.Should().Be(3);
    }

    [Fact]
    public async Task Connects_are_closed_when_their_init_comes()
    {
        Faults.CloseConnects(1008, "ThrottlerException", times: 1);
        using var client = await OpenAsync();
        await client.SendAsync(Init());

        (await client.ClosedAsync()).Should().Be((1008, "ThrottlerException"));
        using var next = await GreetAsync();
        Updates.Counts.Snapshot().Should().BeEquivalentTo(new { Refused = 0, Connected = 2, Inits = 2 });
    }

    [Fact]
    public async Task Init_is_never_acknowledged()
    {
        Faults.Acknowledges = false;
        using var client = await OpenAsync();
        await client.SendAsync(Init());
        await AssertNothingMoreAsync(client);

        Updates.Counts.Snapshot().Should().BeEquivalentTo(new { Inits = 1, WrongKeys = 0, Acknowledged = 0 });
        await client.SendAsync(Subscribe("1", PackageDocument));
        (await client.ClosedAsync()).Code.Should().Be(4401);
    }

    [Fact]
    public async Task Frozen_socket_neither_reads_nor_writes_until_it_thaws()
    {
        using var frozen = await SubscribeAsync();
        Faults.FreezeAll().Should().Be(1);
        Faults.FreezeAll().Should().Be(0);
        using var lively = await SubscribeAsync();

        await frozen.SendAsync(new { type = "ping" });
        Control.SetUsage("customer-demo", "feature-seats", 9);
        var next = frozen.ReceiveAsync();
        Told(await lively.ReceiveAsync(), "usage");
        await AssertNothingMoreAsync(lively);
        next.IsCompleted.Should().BeFalse();
        Updates.Counts.Snapshot().Should().BeEquivalentTo(new { PingsSeen = 1, Open = 2 });

        Faults.ThawAll().Should().Be(1);
        Told(await next, "usage");
        (await frozen.ReceiveAsync()).GetProperty("type").GetString().Should().Be("pong");
        await AssertNothingMoreAsync(frozen);
    }

    [Fact]
    public async Task Frozen_socket_whose_client_leaves_is_gone()
    {
        using (await SubscribeAsync())
            Faults.FreezeAll();

        await Updates.Counts.WaitUntilAsync(counts => counts.Open is 0, InTime);
    }

    [Fact]
    public async Task Frozen_socket_can_be_cut()
    {
        using var client = await SubscribeAsync();
        Faults.FreezeAll();

        Faults.CutAll().Should().Be(1);

        await AssertCutAsync(client);
    }

    [Fact]
    public async Task Slow_reader_is_cut()
    {
        using var client = await SubscribeAsync();
        Faults.FreezeAll();

        // One more may have been taken by the one who writes.
        var sent = 0;
        while (Updates.SendText("{}") is 1)
            sent++;

        sent.Should().BeInRange(UpdateStream.MostQueued, UpdateStream.MostQueued + 1);
        await AssertCutAsync(client);
        await Updates.Counts.WaitUntilAsync(counts => counts is { Open: 0, Overflowed: 1 }, InTime);
    }

    [Fact]
    public async Task Pings_alone_are_not_answered()
    {
        using var client = await SubscribeAsync();
        Faults.AnswersPings = false;
        await client.SendAsync(new { type = "ping" });
        await Updates.Counts.WaitUntilAsync(counts => counts.PingsSeen is 1, InTime);

        Control.SetUsage("customer-demo", "feature-seats", 9);
        Told(await client.ReceiveAsync(), "usage");
        Faults.AnswersPings = true;
        await AssertNothingMoreAsync(client);
    }

    [Fact]
    public async Task Pong_comes_late()
    {
        using var client = await SubscribeAsync();
        Faults.PongDelay = TimeSpan.FromMilliseconds(300);
        var start = TimeProvider.System.GetTimestamp();

        await AssertNothingMoreAsync(client);

        // A little less, for what a timer may be early.
        TimeProvider.System.GetElapsedTime(start).Should().BeGreaterThan(TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task Messages_are_cut_into_frames()
    {
        using var client = await SubscribeAsync();
        Faults.FrameBytes = 3;

        Updates.PushUsage(new UsageUpdate { CustomerId = "ä€😀", EntitlementId = "e", CurrentUsage = 1 });

        var message = await client.ReceiveTextAsync();
        client.Frames.Should().Be((System.Text.Encoding.UTF8.GetByteCount(message) + 2) / 3);
        Told(JsonElement.Parse(message), "usage").GetProperty("customerId").GetString().Should().Be("ä€😀");
    }

    [Fact]
    public async Task Stop_cuts_the_sockets_and_the_next_start_serves_new_ones()
    {
        using var client = await SubscribeAsync();
        using var frozen = await SubscribeAsync();
        Faults.FreezeAll();

        await Emulator.StopAsync();
        await AssertCutAsync(client);
        await AssertCutAsync(frozen);
        Updates.Counts.Snapshot().Open.Should().Be(0);

        await Emulator.StartAgainAsync(InTime);
        using var next = await SubscribeAsync();
        Control.SetUsage("customer-demo", "feature-seats", 9);
        Told(await next.ReceiveAsync(), "usage");
    }

    [Fact]
    public async Task Everything_is_put_right_at_once()
    {
        using var client = await SubscribeAsync();
        Faults.FreezeAll();
        Faults.ResetConnects();
        (Faults.Acknowledges, Faults.AnswersPings, Faults.PongDelay, Faults.FrameBytes) = (false, false, TimeSpan.FromHours(1), 1);

        Faults.Clear();

        await AssertNothingMoreAsync(client);
        client.Frames.Should().Be(1);
        using var next = await SubscribeAsync();
    }

    private static async Task AssertCutAsync(StreamClient client) =>
        (await FluentActions.Awaiting(client.ReceiveTextAsync).Should().ThrowAsync<WebSocketException>())
            .Which.WebSocketErrorCode.Should().Be(WebSocketError.ConnectionClosedPrematurely);

    /// <summary>Fails to connect, and returns the status; 0 for no answer.</summary>
    private async Task<HttpStatusCode> RefusedAsync()
    {
        using var client = new StreamClient(StreamClient.Protocol, InTime);
        await FluentActions.Awaiting(() => client.ConnectAsync(Emulator.Address)).Should().ThrowAsync<WebSocketException>();
        return client.Status;
    }
}
