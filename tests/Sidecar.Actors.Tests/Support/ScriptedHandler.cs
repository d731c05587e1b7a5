using System.Net;
using System.Text;

namespace Sidecar.Actors.Tests.Support;

/// <summary>A request as it was handed to the transport.</summary>
internal sealed record SeenRequest(HttpMethod Method, Uri Address, IReadOnlyDictionary<string, string> Headers);

/// <summary>Answers a request: the request, its number from 1 on, and the end of the asker's patience.</summary>
internal delegate Task<HttpResponseMessage> Script(HttpRequestMessage request, int number, CancellationToken cancellation);

/// <summary>A transport that answers as it is told, and remembers what it was asked.</summary>
internal sealed class ScriptedHandler(Script script) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly List<SeenRequest> _requests = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _expected = [];
    private int _underWay;

    /// <summary>Requests so far, in order.</summary>
    public IReadOnlyList<SeenRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>Requests so far.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _requests.Count;
        }
    }

    /// <summary>The most requests that were ever under way at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Answers each request with one body.</summary>
    public static ScriptedHandler Answering(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new((_, _, _) => Task.FromResult(Json(body, status)));

    /// <summary>Answers the n-th request with the n-th body or failure, and goes on with the last one.</summary>
    public static ScriptedHandler Answering(params Func<HttpResponseMessage>[] answers) =>
        new((_, number, _) => Task.FromResult(answers[Math.Min(number, answers.Length) - 1]()));

    /// <summary>Never answers.</summary>
    public static ScriptedHandler Hanging() => new(HangAsync);

    /// <summary>A script that never answers.</summary>
    public static async Task<HttpResponseMessage> HangAsync(HttpRequestMessage request, int number, CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        throw new InvalidOperationException("the delay never ends");
    }

    /// <summary>A response with a JSON body.</summary>
    public static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    /// <summary>Ends when so many requests have arrived.</summary>
    public Task ArrivedAsync(int count)
    {
        lock (_lock)
        {
            if (_requests.Count >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _expected.Add((count, reached));
            return reached.Task.WaitAsync(Eventually.Patience);
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        int number;
        lock (_lock)
        {
            _requests.Add(new SeenRequest(
                request.Method,
                request.RequestUri!,
                request.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase)));
            number = _requests.Count;
            MostAtOnce = Math.Max(MostAtOnce, ++_underWay);
            foreach (var (_, reached) in _expected.FindAll(e => e.Count == number))
                reached.SetResult();
        }

        try
        {
            return await script(request, number, cancellationToken);
        }
        finally
        {
            lock (_lock)
                _underWay--;
        }
    }
}
