using System.Net;
using System.Text;
using System.Threading.Channels;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Support;

/// <summary>Both ends of a connection to the stream of updates, in memory: what is on top sees what it would see of a real one.</summary>
public sealed class ScriptedUpdateSocket : IUpdateSocket, IUpdatePeer
{
    private readonly Channel<byte[]> _toSidecar = Channel.CreateUnbounded<byte[]>();
    private readonly Channel<byte[]> _toCloud = Channel.CreateUnbounded<byte[]>();
    private readonly CancellationTokenSource _ended = new();
    private readonly HttpStatusCode? _refusal;
    private UpdateSocketException? _end;

    /// <summary>Makes a connection that is still to be opened.</summary>
    /// <param name="refusal">The status with which it is refused, or null where it is accepted.</param>
    public ScriptedUpdateSocket(HttpStatusCode? refusal = null) => _refusal = refusal;

    /// <inheritdoc/>
    public async Task ConnectAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        cancellation.ThrowIfCancellationRequested();
        ThrowIfEnded();
        if (_refusal is { } status)
            throw UpdateSocketFaults.OfStatus(status);
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        await Task.Yield();
        cancellation.ThrowIfCancellationRequested();
        ThrowIfEnded();
        _toCloud.Writer.TryWrite(message.ToArray()).Should().BeTrue();
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token);
        try
        {
            if (_ended.IsCancellationRequested)
                ThrowIfEnded();
            var message = await _toSidecar.Reader.ReadAsync(either.Token);
            if (message.Length > UpdateSettings.MaxMessageBytes)
                throw End(UpdateSocketFaults.OfSize(UpdateSettings.MaxMessageBytes));
            return message;
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            throw _end!;
        }
        catch (OperationCanceledException)
        {
            Abort();
            throw;
        }
        catch (ChannelClosedException e)
        {
            throw End((UpdateSocketException)e.InnerException!);
        }
    }

    /// <inheritdoc/>
    public void Abort() => End(UpdateSocketFaults.OfAbort());

    /// <inheritdoc/>
    public void Dispose() => Abort();

    /// <inheritdoc/>
    public Task SayAsync(string text)
    {
        _toSidecar.Writer.TryWrite(Encoding.UTF8.GetBytes(text));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<string> HearAsync()
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        return Encoding.UTF8.GetString(await _toCloud.Reader.ReadAsync(patience.Token));
    }

    /// <inheritdoc/>
    public Task CloseAsync(int code, string reason)
    {
        _toSidecar.Writer.TryComplete(UpdateSocketFaults.OfClose(code, reason));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task BreakAsync()
    {
        End(UpdateSocketFaults.Of(new IOException("the connection broke")));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private UpdateSocketException End(UpdateSocketException why)
    {
        // The first end counts.
        why = Interlocked.CompareExchange(ref _end, why, null) ?? why;
        _ended.Cancel();
        return why;
    }

    private void ThrowIfEnded()
    {
        if (_end is not null)
            throw _end;
    }
}
