using System.Net;
using System.Text;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>What a request is for.</summary>
internal enum RequestKind
{
    /// <summary>A try of a read.</summary>
    Read,

    /// <summary>The breaker's own try whether a path works.</summary>
    Probe,

    /// <summary>A report.</summary>
    Report,
}

/// <summary>A request that has reached the cloud and waits there until the run says how it ends.</summary>
/// <param name="kind">What it is for.</param>
/// <param name="key">About whom.</param>
/// <param name="body">What it says.</param>
/// <param name="truth">What was true when it came.</param>
internal sealed class HeldRequest(RequestKind kind, EntryKey key, string body, CloudTruth truth)
{
    private readonly TaskCompletionSource<HttpResponseMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RequestKind Kind => kind;

    public EntryKey Key => key;

    public string Body => body;

    /// <summary>What was true when it came: a cloud that is behind answers so.</summary>
    public CloudTruth Truth => truth;

    /// <summary>Whether it has ended.</summary>
    public bool IsOver => _answer.Task.IsCompleted;

    /// <summary>Ends when the run has answered, or the asker's patience is over.</summary>
    public async Task<HttpResponseMessage> AnsweredAsync(CancellationToken cancellation)
    {
        await using var end = cancellation.UnsafeRegister(_ => _answer.TrySetCanceled(cancellation), null);
        return await _answer.Task;
    }

    /// <summary>Answers.</summary>
    public void Answer(string text, HttpStatusCode status = HttpStatusCode.OK) =>
        _answer.TrySetResult(new HttpResponseMessage(status) { Content = new StringContent(text, Encoding.UTF8, "application/json") });

    /// <summary>Breaks the connection.</summary>
    public void Break() => _answer.TrySetException(new HttpRequestException("the connection broke"));
}
