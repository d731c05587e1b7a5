using System.Text;
using System.Threading.Channels;
using Sidecar.Actors.Updates;

namespace Sidecar.Model.Tests;

/// <summary>One connection to the stream of updates of a run's cloud, which acknowledges it and answers pings by itself.</summary>
internal sealed class CloudSocket(VirtualClock clock, bool isRefused) : IUpdateSocket
{
    private readonly Channel<byte[]> _coming = Channel.CreateUnbounded<byte[]>();
    private int _subscribed;

    /// <summary>Whether all is subscribed to, so that news comes over it.</summary>
    public bool IsOpen => _subscribed == 3 && !IsOver;

    /// <summary>Whether it has ended.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether the cloud says nothing any more.</summary>
    public bool IsSilent { get; set; }

    /// <summary>When the cloud said something last.</summary>
    public TimeSpan LastSaid { get; private set; }

    /// <summary>Says something.</summary>
    public void Say(string text)
    {
        if (IsSilent || !_coming.Writer.TryWrite(Encoding.UTF8.GetBytes(text)))
            return;
        LastSaid = clock.Uptime;
    }

    /// <summary>Ends the connection: as the cloud does, or as a network does.</summary>
    public void End(bool isByCloud)
    {
        IsOver = true;
        var fault = isByCloud ? UpdateSocketFault.Closed : UpdateSocketFault.Network;
        _coming.Writer.TryComplete(new UpdateSocketException(fault, "ended") { IsByCloud = isByCloud });
        if (isByCloud)
            LastSaid = clock.Uptime;
    }

    public Task ConnectAsync(CancellationToken cancellation) =>
        isRefused ? Task.FromException(new UpdateSocketException(UpdateSocketFault.Network, "refused")) : Task.CompletedTask;

    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        var text = Encoding.UTF8.GetString(message.Span);
        if (text.Contains("\"connection_init\"", StringComparison.Ordinal))
            Say("""{"type": "connection_ack"}""");
        else if (text.Contains("\"subscribe\"", StringComparison.Ordinal))
            _subscribed++;
        else if (text.Contains("\"ping\"", StringComparison.Ordinal))
            Say("""{"type": "pong"}""");
        return ValueTask.CompletedTask;
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            return await _coming.Reader.ReadAsync(cancellation);
        }
        catch (ChannelClosedException e)
        {
            throw e.InnerException!;
        }
    }

    public void Abort()
    {
        IsOver = true;
        _coming.Writer.TryComplete(new UpdateSocketException(UpdateSocketFault.Network, "aborted"));
    }

    public void Dispose() => Abort();
}
