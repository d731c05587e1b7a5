using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.Actors.Tests.Support;

/// <summary>A server of a few lines that shows what really goes over the wire, and answers each request with the same bytes.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly byte[] _answer;
    private readonly Task _serving;

    /// <summary>Starts a server.</summary>
    /// <param name="answer">Status line, headers and body.</param>
    public RawServer(string answer)
    {
        _answer = Encoding.UTF8.GetBytes(answer.ReplaceLineEndings("\r\n"));
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Its address.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The heads of all requests, each line by line.</summary>
    public IReadOnlyList<string[]> Heads => [.. _heads.Select(head => head.Split("\r\n"))];

    /// <summary>Connections, whether a request came or not.</summary>
    public int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _serving;
        _stopping.Dispose();
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                Connections++;
                var stream = client.GetStream();
                _heads.Enqueue(await ReadHeadAsync(stream));
                await stream.WriteAsync(_answer, _stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            // Stopped.
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, _stopping.Token);
            if (count == 0)
                break;
            head.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return head.ToString();
    }
}
