using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Sidecar.Host.CommandLine;
using Sidecar.Host.CommandLine.Probing;
using Sidecar.Testing.Timed;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

public sealed class ProbeCommandSpecs : IDisposable
{
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);
    private readonly StringWriter _error = new(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("health", "GET /livez HTTP/1.1\r\n")]
    [InlineData("ready", "GET /readyz HTTP/1.1\r\n")]
    public async Task Up_is_0_and_nothing_is_printed(string command, string expected)
    {
        var (exitCode, request) = await RunAsync(command, Answer(200, """{"status":"UP"}"""));

        exitCode.Should().Be(0);
        request.Should().StartWith(expected).And.Contain("\r\nConnection: close\r\n").And.EndWith("\r\n\r\n");
        (_output.ToString() + _error).Should().BeEmpty();
    }

    [Fact]
    public async Task Paths_and_ports_are_those_of_the_configuration_and_its_files()
    {
        _variables["HEALTH_ENDPOINT_URL_FILE"] = "/etc/path";
        _files["/etc/path"] = "is/alive\n";

        (await RunAsync("health", Answer(200, """{"status":"UP"}"""), portInFile: true)).Request.Should().StartWith("GET /is/alive HTTP/1.1\r\n");
    }

    [Fact]
    public async Task Down_is_1_and_the_reasons_are_one_line()
    {
        var (exitCode, _) = await RunAsync("ready", Answer(503, """{"status":"DOWN","reasons":["first\nof all","second"]}"""));

        exitCode.Should().Be(1);
        _error.ToString().Should().Be($"sidecar ready: DOWN: first of all; second{_error.NewLine}");
    }

    [Theory]
    [InlineData(200, "hello")]
    [InlineData(200, """{"status":"DOWN"}""")]
    [InlineData(503, """{"status":"UP"}""")]
    [InlineData(404, "")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"status":1}""")]
    public async Task What_is_not_this_services_answer_is_1(int status, string body)
    {
        (await RunAsync("health", Answer(status, body))).ExitCode.Should().Be(1);

        _error.ToString().Should().Contain($"answered {status}");
    }

    [Fact]
    public async Task Nobody_who_listens_is_1()
    {
        using var once = new TcpListener(IPAddress.Loopback, 0);
        once.Start();
        _variables["METRICS_PORT"] = $"{((IPEndPoint)once.LocalEndpoint).Port}";
        once.Stop();

        (await RunAsync("health")).Should().Be(1);

        _error.ToString().Should().Contain("no answer from 127.0.0.1:").And.Contain("ConnectionRefused");
    }

    [Fact]
    public async Task Endless_answer_is_given_up()
    {
        (await RunAsync("health", "HTTP/1.1 200 OK\r\n\r\n" + new string('x', HttpProbe.MaxAnswerBytes))).ExitCode.Should().Be(1);

        _error.ToString().Should().Contain("larger than");
    }

    [TimedTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Service_that_hangs_is_given_up_in_time(bool isAccepting)
    {
        // One that accepts nothing is known by connections that wait in front of it.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(isAccepting ? 100 : 0);
        var place = (IPEndPoint)listener.LocalEndPoint!;
        var waiting = Enumerable.Range(0, isAccepting ? 0 : 4).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        foreach (var socket in waiting)
            _ = socket.ConnectAsync(place).ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
        await Task.Delay(100);
        _variables["METRICS_PORT"] = $"{place.Port}";

        var watch = Stopwatch.StartNew();
        var exitCode = await Task.Run(() => RunAsync("health"));

        exitCode.Should().Be(1);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(2.5));
        _error.ToString().Should().Contain("took too long");
        waiting.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [InlineData("METRICS_PORT", "off", "METRICS_PORT is off")]
    [InlineData("METRICS_PORT", "0", "METRICS_PORT is 0")]
    [InlineData("METRICS_PORT", "many", "METRICS_PORT is 'many', expected")]
    [InlineData("METRICS_BIND", "localhost", "METRICS_BIND is 'localhost', expected")]
    [InlineData("GRPC_PORT", "8080", "METRICS_PORT is 8080, which is GRPC_PORT's too")]
    public async Task Without_a_port_to_ask_it_is_78(string name, string value, string expected)
    {
        _variables[name] = value;

        (await RunAsync("ready")).Should().Be(78);

        _error.ToString().Should().StartWith($"sidecar ready: {expected}");
        _error.ToString().TrimEnd().Should().NotContain("\n");
    }

    [Theory]
    [InlineData("::", "127.0.0.1", "::1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::ffff:0.0.0.0", "127.0.0.1")]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::1", "::1")]
    [InlineData("fd00::1", "fd00::1")]
    public void Address_is_that_which_is_listened_on(string bind, params string[] expected) =>
        ProbeTarget.AddressesOf(IPAddress.Parse(bind)).Select(address => address.ToString()).Should().Equal(expected);

    private static string Answer(int status, string body) =>
        $"HTTP/1.1 {status} x\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nContent-Type: application/json\r\n\r\n{body}";

    private async Task<(int ExitCode, string Request)> RunAsync(string command, string answer, bool portInFile = false)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = $"{((IPEndPoint)listener.LocalEndpoint).Port}";
        _variables[portInFile ? "METRICS_PORT_FILE" : "METRICS_PORT"] = portInFile ? "/etc/port" : port;
        _files["/etc/port"] = port + "\n";
        var asking = Task.Run(() => RunAsync(command));
        using var client = await listener.AcceptTcpClientAsync();
        var buffer = new byte[4096];
        var count = await client.GetStream().ReadAsync(buffer);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer));
        return (await asking, Encoding.ASCII.GetString(buffer, 0, count));
    }

    private Task<int> RunAsync(string command) => CommandLineFront.RunAsync(
        [command], new CommandContext(_variables.GetValueOrDefault, path => _files[path], () => _output, () => _error));
}
