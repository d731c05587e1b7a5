using System.IO.Pipelines;

namespace Sidecar.Host.Shutdown;

/// <summary>
/// A connection's transport whose two ways stay open when the server has said its last word. Closing a socket on which the client has
/// still something to say resets the connection, and a reset takes away what the client has not read yet: answers, and the GOAWAY. So the
/// client closes first, or has two seconds to do so.
/// </summary>
internal sealed class LingeringTransport : IDuplexPipe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(5);
    private readonly PipeReader _input;

    /// <summary>Wraps a transport.</summary>
    public LingeringTransport(IDuplexPipe transport)
    {
        _input = transport.Input;
        Input = new OpenReader(transport.Input);
        Output = new OpenWriter(transport.Output);
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>Passes over what the client sends, until it closes or its time is over.</summary>
    public async Task WaitForClientAsync(CancellationToken closed)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(closed);
        limit.CancelAfter(Patience);
        try
        {
            ReadResult read;
            do
            {
                read = await _input.ReadAsync(limit.Token);
                _input.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Its time is over, or the connection is gone in another way.
        }
    }

    // The wrapped ends are completed by the transport itself when the connection is disposed of.
    private sealed class OpenReader(PipeReader inner) : PipeReader
    {
        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Backlog.IsLong ? ReadLaterAsync(cancellationToken) : inner.ReadAsync(cancellationToken);

        // What is asked is not taken in faster than it is answered: a call that was read and has not begun is seen, and bounded, by nobody.
        private async ValueTask<ReadResult> ReadLaterAsync(CancellationToken cancellationToken)
        {
            do
            {
                await Task.Delay(Backoff, cancellationToken);
            }
            while (Backlog.IsLong);

            return await inner.ReadAsync(cancellationToken);
        }

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null)
        {
        }
    }

    private sealed class OpenWriter(PipeWriter inner) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(source, cancellationToken);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
