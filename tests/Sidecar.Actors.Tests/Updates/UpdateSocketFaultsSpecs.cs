using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Updates;

/// <summary>Each way in which a connection can end, told apart.</summary>
public sealed class UpdateSocketFaultsSpecs
{
    [Theory]
    [InlineData(1008, "Invalid API key", UpdateSocketFault.InvalidKey)]
    [InlineData(4500, "Error: invalid api key (environment)", UpdateSocketFault.InvalidKey)]
    [InlineData(4401, "Unauthorized", UpdateSocketFault.InvalidKey)]
    [InlineData(4403, null, UpdateSocketFault.InvalidKey)]
    [InlineData(4403, "ThrottlerException: Too Many Requests", UpdateSocketFault.Throttled)]
    [InlineData(4429, "", UpdateSocketFault.Throttled)]
    [InlineData(4500, "ThrottlerException: Too Many Requests", UpdateSocketFault.Throttled)]
    [InlineData(null, null, UpdateSocketFault.Closed)]
    [InlineData(1000, "", UpdateSocketFault.Closed)]
    [InlineData(1011, "boom", UpdateSocketFault.Closed)]
    [InlineData(4408, "Connection initialisation timeout", UpdateSocketFault.Closed)]
    public void Close_frame_is_told_by_its_reason_and_its_code(int? code, string? reason, UpdateSocketFault expected)
    {
        var fault = UpdateSocketFaults.OfClose(code, reason);

        fault.Fault.Should().Be(expected);
        fault.Message.Should().Contain(code is null ? "code none" : $"code {code}");
        fault.Message.Should().Contain(string.IsNullOrEmpty(reason) ? "no reason" : reason);
    }

    [Fact]
    public void Reason_is_one_line_and_not_too_long()
    {
        UpdateSocketFaults.OfClose(1000, "one\r\ntwo\u001b[31m\0\u0085three").Message.Should().Contain("'onetwo[31mthree'");
        UpdateSocketFaults.OfClose(1000, new string('x', 199) + "😀😀").Message.Should().Contain($"'{new string('x', 199)}'");
        UpdateSocketFaults.OfClose(1000, new string('x', 500)).Message.Length.Should().BeLessThan(300);
    }

    [Fact]
    public void Text_holds_no_password_of_an_address() =>
        UpdateSocketFaults.OfClose(1000, "via http://user:pass@proxy:8080/ and 'https://u@other'").Message
            .Should().Contain("'via http://proxy:8080/ and 'https://other''");

    [Fact]
    public void Innermost_cause_is_told()
    {
        var refused = new WebSocketException(
            WebSocketError.Faulted,
            "unable to connect",
            new HttpRequestException("Connection refused (host:1)", new SocketException((int)SocketError.ConnectionRefused)));
        var broken = new WebSocketException(
            WebSocketError.ConnectionClosedPrematurely, "closed", new IOException("outer", new IOException("the cause")));

        UpdateSocketFaults.OfConnect(refused, status: null).Message.Should().Contain("Connection refused (host:1)");
        UpdateSocketFaults.Of(broken).Message.Should().Be("the cause");
        UpdateSocketFaults.Of(new WebSocketException(WebSocketError.Faulted, "alone")).Message.Should().Be("alone");
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, UpdateSocketFault.InvalidKey)]
    [InlineData(HttpStatusCode.Forbidden, UpdateSocketFault.InvalidKey)]
    [InlineData(HttpStatusCode.TooManyRequests, UpdateSocketFault.Throttled)]
    [InlineData(HttpStatusCode.Found, UpdateSocketFault.Closed)]
    [InlineData(HttpStatusCode.ServiceUnavailable, UpdateSocketFault.Closed)]
    [InlineData(HttpStatusCode.SwitchingProtocols, UpdateSocketFault.Closed)]
    [InlineData(null, UpdateSocketFault.Network)]
    public void Try_to_connect_is_told_by_the_status_of_the_answer(HttpStatusCode? status, UpdateSocketFault expected) =>
        UpdateSocketFaults.OfConnect(new WebSocketException(WebSocketError.NotAWebSocket, "no"), status).Fault.Should().Be(expected);

    [Fact]
    public void End_that_the_cloud_made_is_told_from_a_connection_that_fell_silent()
    {
        UpdateSocketFaults.OfClose(1001, "going away").IsByCloud.Should().BeTrue();
        UpdateSocketFaults.Of(new WebSocketException(WebSocketError.ConnectionClosedPrematurely)).IsByCloud.Should().BeTrue();
        UpdateSocketFaults.Of(new IOException("reset", new SocketException((int)SocketError.ConnectionReset))).IsByCloud.Should().BeTrue();
        UpdateSocketFaults.Of(new WebSocketException(WebSocketError.Faulted, "no", new TimeoutException())).IsByCloud.Should().BeFalse();
        UpdateSocketFaults.Of(new SocketException((int)SocketError.HostUnreachable)).IsByCloud.Should().BeFalse();
        UpdateSocketFaults.OfAbort().IsByCloud.Should().BeFalse();
    }

    [Fact]
    public void Wait_that_the_transport_gave_up_is_a_timeout()
    {
        UpdateSocketFaults.OfConnect(new WebSocketException(WebSocketError.Faulted, "no", new TaskCanceledException()), status: null)
            .Fault.Should().Be(UpdateSocketFault.Timeout);
        UpdateSocketFaults.Of(new WebSocketException(WebSocketError.Faulted, "no", new TimeoutException()))
            .Fault.Should().Be(UpdateSocketFault.Timeout);
    }
}
