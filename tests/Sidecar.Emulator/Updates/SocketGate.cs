using Microsoft.AspNetCore.Http.Features;

namespace Sidecar.Emulator.Updates;

/// <summary>What all bytes of a connection go through, both ways. Closed, it lets none pass, and the connection stays.</summary>
internal sealed class SocketGate
{
    private volatile TaskCompletionSource? _closed;

    /// <summary>Lets nothing pass from now on; false where it was closed before.</summary>
    public bool Close()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Interlocked.CompareExchange(ref _closed, closed, comparand: null) is null;
    }

    /// <summary>Lets all pass again, what has waited first; false where it was open.</summary>
    public bool Open()
    {
        var closed = Interlocked.Exchange(ref _closed, null);
        closed?.TrySetResult();
        return closed is not null;
    }

    /// <summary>Puts a gate into the way of what a request is upgraded to, where it asks for that.</summary>
    public static void Install(HttpContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
            return;
        var gate = new SocketGate();
        context.Features.Set(gate);
        context.Features.Set<IHttpUpgradeFeature>(new GatedUpgrade(upgrade, gate));
    }

    private async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        while (_closed is { } closed)
            await closed.Task.WaitAsync(cancellationToken);
    }

    private sealed class GatedUpgrade(IHttpUpgradeFeature upgrade, SocketGate gate) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => upgrade.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => new GatedStream(await upgrade.UpgradeAsync(), gate);
    }

    private sealed class GatedStream(Stream inner, SocketGate gate) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            // Behind the read: one that waited when the gate was closed is held up with what it got.
            await gate.PassAsync(cancellationToken);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await gate.PassAsync(cancellationToken);
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
            // Nothing is written but asynchronously, and that flushes.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
