using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Actors.Cluster;
using Sidecar.Testing;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>What other nodes tell is input: whatever comes, the exchange ends in time, and those that answer well are heard.</summary>
public sealed class MemberExchangeSpecs : IAsyncLifetime, IDisposable
{
    private const string Well = """{"system":"sidecar","address":"akka.tcp://sidecar@127.0.0.2:5054","uid":7,"phase":"member","members":[{"address":"akka.tcp://sidecar@127.0.0.2:5054","uid":7,"status":"Up"}]}""";

    // Of another incarnation, so that it is told apart.
    private static readonly string Ill = Well.Replace("\"uid\":7,\"phase\"", "\"uid\":8,\"phase\"", StringComparison.Ordinal);

    // Longer than anything takes here: only a fault waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly int _port = Ports.FreePair(IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"));
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _peers = [];

    public static TheoryData<string, string> Bad => new()
    {
        { "no JSON", Answer("<html>") },
        { "nothing", Answer("") },
        { "null", Answer("null") },
        { "another system's", Answer(Ill.Replace("\"sidecar\"", "\"other\"", StringComparison.Ordinal)) },
        { "no address", Answer(Ill.Replace("akka.tcp://sidecar@127.0.0.2:5054", "127.0.0.2", StringComparison.Ordinal)) },
        { "an address without a port", Answer(Ill.Replace("@127.0.0.2:5054", "", StringComparison.Ordinal)) },
        { "an address with a port that there is not", Answer(Ill.Replace(":5054\",\"uid\":8", ":65536\",\"uid\":8", StringComparison.Ordinal)) },
        { "an address with the port 0", Answer(Ill.Replace(":5054\",\"uid\":8", ":0\",\"uid\":8", StringComparison.Ordinal)) },
        { "an address with a name", Answer(Ill.Replace("@127.0.0.2:5054\",\"uid\":8", "@a b:5054\",\"uid\":8", StringComparison.Ordinal)) },
        { "an address and more", Answer(Ill.Replace(":5054\",\"uid\":8", ":5054/user\",\"uid\":8", StringComparison.Ordinal)) },
        { "the address of a node that speaks TLS", Answer(Ill.Replace("akka.tcp", "akka.ssl.tcp", StringComparison.Ordinal)) },
        { "no members", Answer(Ill[..Ill.IndexOf(",\"members\"", StringComparison.Ordinal)] + "}") },
        { "a member that is null", Answer(Ill.Replace("[{", "[null,{", StringComparison.Ordinal)) },
        { "a member without an address", Answer(Ill.Replace("[{", "[{\"uid\":1,\"status\":\"Up\"},{", StringComparison.Ordinal)) },
        { "a member without a status", Answer(Ill.Replace("[{", "[{\"uid\":1,\"address\":\"a\"},{", StringComparison.Ordinal)) },
        { "a phase that nobody knows", Answer(Ill.Replace("\"member\"", "\"later\"", StringComparison.Ordinal)) },
        { "more than is read", Answer(Ill.Replace("[{", "[" + new string(' ', MemberExchange.MaxAnswerBytes) + "{", StringComparison.Ordinal)) },
        { "less than is promised", Answer(Ill).Replace("Content-Length: ", "Content-Length: 9", StringComparison.Ordinal) },
        { "no HTTP", "\u0001\u0002\u0003\n\n" },
        { "an error", Answer(Ill).Replace("200 OK", "500 No", StringComparison.Ordinal) },
        { "another place", Answer(Ill).Replace("200 OK", "302 Found\r\nLocation: http://127.0.0.2:1/members", StringComparison.Ordinal) },
    };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_peers);
    }

    public void Dispose() => _end.Dispose();

    [Fact]
    public async Task Node_that_answers_is_heard()
    {
        Serve("127.0.0.2", Answer(Well));

        var view = (await AskAsync("127.0.0.2")).Should().ContainSingle().Subject;

        (view.Address, view.Uid, view.Phase, view.Living.Count()).Should().Be(("akka.tcp://sidecar@127.0.0.2:5054", 7, NodePhase.Member, 1));
    }

    [Theory]
    [InlineData("application/json; charset=none")]
    [InlineData("nothing")]
    public async Task What_an_answer_calls_itself_does_not_matter(string type)
    {
        Serve("127.0.0.2", Answer(Well).Replace("application/json", type, StringComparison.Ordinal));

        (await AskAsync("127.0.0.2")).Should().ContainSingle();
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Node_that_answers_with_something_else_is_passed_over(string what, string answer)
    {
        Serve("127.0.0.3", answer);
        Serve("127.0.0.2", Answer(Well));

        (await AskAsync("127.0.0.3", "127.0.0.2")).Should().ContainSingle($"{what} is no answer").Which.Uid.Should().Be(7);
    }

    [Fact]
    public async Task Node_that_answers_without_end_is_not_waited_for()
    {
        Serve("127.0.0.3", Answer(Well)[..^1], isEndless: true);
        Serve("127.0.0.2", Answer(Well));

        (await AskAsync("127.0.0.3", "127.0.0.2")).Should().ContainSingle();
    }

    [Fact]
    public async Task Place_beyond_the_last_port_is_passed_over()
    {
        Serve("127.0.0.2", Answer(Well));
        using var exchange = ExchangeOf(new DnsEndPoint("127.0.0.3", IPEndPoint.MaxPort), new DnsEndPoint("127.0.0.2", _port));

        (await exchange.AskAllAsync(CancellationToken.None)).Should().ContainSingle();
    }

    private static string Answer(string body) => string.Create(
        CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");

    private static MemberExchange ExchangeOf(params DnsEndPoint[] places) => new(new ClusterSettings
    {
        Host = IPAddress.Loopback,
        Port = 1,
        Discovery = NamedNodes.Of(places),
        RequiredNodes = 1,
    });

    private async Task<IReadOnlyList<MemberView>> AskAsync(params string[] hosts)
    {
        using var exchange = ExchangeOf([.. hosts.Select(host => new DnsEndPoint(host, _port))]);
        return await exchange.AskAllAsync(CancellationToken.None).WaitAsync(Patience);
    }

    private void Serve(string host, string answer, bool isEndless = false)
    {
        var listener = new TcpListener(IPAddress.Parse(host), ClusterSettings.ExchangePortOf(_port));
        listener.Start();
        _peers.Add(ServeAsync(listener, answer, isEndless));
    }

    private async Task ServeAsync(TcpListener listener, string answer, bool isEndless)
    {
        try
        {
            while (true)
            {
                using var caller = await listener.AcceptTcpClientAsync(_end.Token);
                var stream = caller.GetStream();
                // The question, and then the answer.
                if (await stream.ReadAsync(new byte[4096], _end.Token) == 0)
                    continue;
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _end.Token);
                if (isEndless)
                    await Task.Delay(Timeout.Infinite, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        finally
        {
            listener.Dispose();
        }
    }
}
