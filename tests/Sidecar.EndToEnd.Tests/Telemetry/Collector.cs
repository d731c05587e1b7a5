using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Sidecar.EndToEnd.Tests.Telemetry;

/// <summary>A collector of OpenTelemetry's protocol over HTTP, which keeps every byte that it gets.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly Task _serving;

    private Collector(int port)
    {
        Address = new Uri($"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it is.</summary>
    public Uri Address { get; }

    /// <summary>What came, in the order of arrival.</summary>
    public IReadOnlyCollection<Received> All => _received;

    /// <summary>Starts one.</summary>
    public static Collector Start(int port) => new(port);

    /// <summary>The bodies that came for one signal, one after another.</summary>
    public byte[] BodiesOf(string signal) => [.. _received.Where(it => it.Path == $"/v1/{signal}").SelectMany(it => it.Body)];

    /// <summary>Whether a text stands in what came for a signal.</summary>
    public bool Has(string signal, string text) => BodiesOf(signal).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    /// <summary>Whether some bytes do.</summary>
    public bool Has(string signal, byte[] bytes) => BodiesOf(signal).AsSpan().IndexOf(bytes) >= 0;

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var headers = context.Request.Headers.AllKeys.Select(name => $"{name}: {context.Request.Headers[name]}");
                _received.Enqueue(new Received(context.Request.Url!.AbsolutePath, string.Join('\n', headers), body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    /// <summary>One request.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Headers">Its headers, one a line.</param>
    /// <param name="Body">Its body.</param>
    internal sealed record Received(string Path, string Headers, byte[] Body);
}
