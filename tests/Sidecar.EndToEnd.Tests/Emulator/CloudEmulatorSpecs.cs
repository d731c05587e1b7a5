using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;
using Sidecar.Testing.Timed;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>Who may read, whom a request means, and what starts and stops.</summary>
public sealed class CloudEmulatorSpecs : EmulatorFixture
{
    [Fact]
    public async Task Key_check_is_answered()
    {
        using var response = await ReadConfigAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        (await JsonOf(response)).TryGetProperty("errors", out _).Should().BeFalse();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another key")]
    [InlineData("SERVER-KEY-OF-THE-EMULATOR")]
    public async Task Wrong_key_is_answered_with_401_and_an_errors_array(string? apiKey)
    {
        using var config = await ReadConfigAsync(apiKey);
        using var state = await ReadStateAsync("customer-demo", apiKey: apiKey);

        config.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        state.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        var error = (await JsonOf(state)).GetProperty("errors")[0];
        error.GetProperty("message").GetString().Should().NotBeNullOrEmpty();
        error.GetProperty("extensions").GetProperty("code").GetString().Should().Be("Unauthenticated");
        Control.Requests.Snapshot().Unauthorized.Should().Be(2);
    }

    [Fact]
    public async Task Key_can_be_changed_while_it_runs()
    {
        Control.ApiKey = "rotated";

        using var old = await ReadStateAsync("customer-demo");
        using var rotated = await ReadStateAsync("customer-demo", apiKey: "rotated");

        old.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        rotated.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../../v1/config")]
    [InlineData("acme/eu")]
    [InlineData("/")]
    [InlineData("who?")]
    [InlineData("who?resourceId=r1")]
    [InlineData("no#1")]
    [InlineData("100%")]
    [InlineData("%2F")]
    [InlineData("a b  c")]
    [InlineData(" ")]
    [InlineData("a+b&c=d;e")]
    [InlineData("\"quoted\" \\ <tag> `x` {y}|^[z]")]
    [InlineData("Zoë 🚀 日本")]
    [InlineData("customer\r\n\ttab")]
    [InlineData("mail@example.com:8080~_-.!$'()*,")]
    public async Task Strange_id_reaches_the_right_customer_and_resource(string id)
    {
        Control.PutCustomer(id, """{"plan": "free"}""");
        Control.ChangeCustomer(id, customer => customer with { Resources = customer.Resources.SetItem(id, new() { Plan = "workspace" }) });

        Count(await StateAsync(id)).Should().Be(Control.Data.Plans["free"].Entitlements.Count);
        Count(await StateAsync(id, id)).Should().Be(Control.Data.Plans["workspace"].Entitlements.Count);
        Control.Requests.Count(RequestKey.Entry(id)).Should().Be(1);
        Control.Requests.Count(RequestKey.Entry(id, id)).Should().Be(1);
        Control.Requests.Snapshot().BadRequests.Should().Be(0);
    }

    [Fact]
    public async Task Id_of_a_thousand_bytes_is_read()
    {
        var id = string.Concat(Enumerable.Repeat("é", 512));
        Control.PutCustomer(id, """{"plan": "free"}""");

        Reason(await StateAsync(id, id)).Should().BeNull();
    }

    [Theory]
    [InlineData("GET /v1/c/a/b/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c//entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/../entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/100%/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/a%2/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/a%ZZb/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/%FF%FE/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/%C0%AF/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/%ED%A0%80/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/a\"b/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/who?/entitlements-state.json HTTP/1.1")]
    [InlineData("GET /v1/c/a/entitlements-state.json? HTTP/1.1")]
    [InlineData("GET /v1/c/a/entitlements-state.json?resourceId= HTTP/1.1")]
    [InlineData("GET /v1/c/a/entitlements-state.json?resourceId=a+b HTTP/1.1")]
    [InlineData("GET /v1/c/a/entitlements-state.json?resourceId=a&resourceId=b HTTP/1.1")]
    [InlineData("GET /v1/c/a/entitlements-state.json?resource=a HTTP/1.1")]
    [InlineData("GET /v1/config/server-sdk-configuration.json?x=1 HTTP/1.1")]
    [InlineData("HEAD /v1/c/a/entitlements-state.json HTTP/1.1")]
    public async Task Wrongly_written_request_is_refused_and_counted(string requestLine)
    {
        (await SendRawAsync(requestLine)).Should().StartWith("HTTP/1.1 400 ");

        Control.Requests.Snapshot().BadRequests.Should().Be(1);
        Control.Requests.Count(RequestKey.State).Should().Be(0);
    }

    [Fact]
    public async Task Absolute_form_of_the_target_is_understood()
    {
        var answer = await SendRawAsync($"GET {Emulator.Address.GetLeftPart(UriPartial.Authority)}/v1/c/customer-demo/entitlements-state.json HTTP/1.1");

        answer.Should().StartWith("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task Unknown_path_is_answered_with_404()
    {
        using var response = await SendAsync(HttpMethod.Get, "/v2/anything");

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        Control.Requests.Snapshot().NotFound.Should().Be(1);
    }

    [Fact]
    public async Task Headers_that_name_the_sender_are_looked_at()
    {
        using var bare = await ReadStateAsync("customer-demo");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Emulator.Address, StatePath("customer-demo")));
        request.Headers.Add("X-API-KEY", EmulatorOptions.DefaultApiKey);
        request.Headers.Add("source", "SIDECAR");
        request.Headers.Add("X-SDK-INSTANCE-ID", Guid.NewGuid().ToString());
        request.Headers.Add("X-SDK-OS-PROCESS-HOSTNAME", "box");
        request.Headers.Add("X-SDK-OS-PROCESS-ID", "17");
        request.Headers.Add("X-SDK-OS-PROCESS-TIMESTAMP", "1767225600000");
        request.Headers.Add("X-SDK-OS-PROCESS-FINGERPRINT", "f00d");
        request.Headers.Add("X-API-VERSION", "1");
        using var dressed = await Http.SendAsync(request, InTime);

        var requests = Control.Requests.Recorded();
        requests.Should().HaveCount(2);
        requests[0].HeaderFaults.Should().HaveCount(7).And.Contain("X-SDK-INSTANCE-ID");
        requests[1].HeaderFaults.Should().BeEmpty();
        requests[1].Headers.Should().Contain("source", "SIDECAR").And.NotContainKey("X-API-KEY");
        Control.Requests.Snapshot().HeaderFaults["X-API-VERSION"].Should().Be(1);
    }

    [Fact]
    public async Task Stopped_emulator_cuts_what_waits_and_closes_its_port()
    {
        using var hold = Control.HoldState("customer-demo");
        var waiting = ReadStateAsync("customer-demo");
        await hold.WaitUntilHeldAsync(1, InTime);

        await Emulator.StopAsync();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<HttpRequestException>();
        using var client = new TcpClient();
        var connect = () => client.ConnectAsync(Emulator.Address.Host, Emulator.Address.Port, InTime).AsTask();
        (await connect.Should().ThrowAsync<SocketException>()).Which.SocketErrorCode.Should().Be(SocketError.ConnectionRefused);
    }

    [TimedFact]
    public async Task Stop_is_quick_with_idle_and_hanging_connections()
    {
        using var idle = await ReadConfigAsync();
        Control.Faults.Add(FaultRule.Hang());
        var hanging = Enumerable.Range(0, 5).Select(_ => ReadConfigAsync()).ToList();
        await Control.WaitForRequestsAsync(RequestKey.Config, 6, InTime);

        await Emulator.StopAsync().WaitAsync(TimeSpan.FromSeconds(2));

        foreach (var request in hanging)
            await FluentActions.Awaiting(() => request).Should().ThrowAsync<HttpRequestException>();
        Control.Requests.Snapshot().InFlight.Should().Be(0);
    }

    [Fact]
    public async Task It_starts_again_on_the_same_port_and_remembers()
    {
        Control.PutCustomer("new", """{"plan": "free"}""");
        var address = Emulator.Address;
        await StateAsync("new");
        for (var i = 0; i < 3; i++)
        {
            await Emulator.StopAsync();
            await Emulator.StartAgainAsync(InTime);
            Emulator.Address.Should().Be(address);
            Reason(await StateAsync("new")).Should().BeNull();
        }
        Control.Requests.Count(RequestKey.Customer("new")).Should().Be(4);
    }

    [Fact]
    public async Task Another_emulator_can_take_the_port_of_one_that_was_stopped()
    {
        await StateAsync("customer-demo");
        await Emulator.StopAsync();

        await using var other = await CloudEmulator.StartAsync(new EmulatorOptions { Port = Emulator.Address.Port }, InTime);

        other.Address.Should().Be(Emulator.Address);
        await StateAsync("customer-demo");
        other.Control.Requests.Count(RequestKey.State).Should().Be(1);
    }

    [Fact]
    public async Task Taken_port_is_told()
    {
        var start = () => CloudEmulator.StartAsync(new EmulatorOptions { Port = Emulator.Address.Port }, InTime);

        (await start.Should().ThrowAsync<IOException>()).WithMessage($"*{Emulator.Address.Port}*");
    }
}
