using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>A name server that knows one name, and addresses of it (RFC 1035: over UDP, records of type A alone).</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int Port = 53;
    private const int HeadBytes = 12;
    private const int TypeA = 1;
    private const int NoSuchName = 3;

    private readonly string _name;
    private readonly UdpClient[] _sockets;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _answering;
    private volatile IReadOnlyList<IPAddress> _addresses = [];
    private volatile bool _isSilent;
    private int _questions;

    /// <summary>Begins.</summary>
    /// <param name="name">The name.</param>
    /// <param name="places">Where it listens.</param>
    public NameServer(string name, params IEnumerable<IPAddress> places)
    {
        _name = name;
        _sockets = [.. places.Select(static place => new UdpClient(new IPEndPoint(place, Port)))];
        _answering = Task.WhenAll(_sockets.Select(AnswerAsync));
    }

    /// <summary>What the name stands for.</summary>
    public IReadOnlyList<IPAddress> Addresses
    {
        get => _addresses;
        set => _addresses = value;
    }

    /// <summary>Whether nobody is answered.</summary>
    public bool IsSilent
    {
        get => _isSilent;
        set => _isSilent = value;
    }

    /// <summary>How many questions came.</summary>
    public int Questions => Volatile.Read(ref _questions);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _answering;
        foreach (var socket in _sockets)
            socket.Dispose();
        _stop.Dispose();
    }

    private async Task AnswerAsync(UdpClient socket)
    {
        try
        {
            while (true)
            {
                var question = await socket.ReceiveAsync(_stop.Token);
                Interlocked.Increment(ref _questions);
                if (!IsSilent)
                    await socket.SendAsync(AnswerTo(question.Buffer), question.RemoteEndPoint, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private byte[] AnswerTo(byte[] question)
    {
        var labels = new List<string>();
        var at = HeadBytes;
        for (; question[at] != 0; at += 1 + question[at])
            labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
        var type = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1));
        var end = at + 5;
        var isKnown = string.Equals(string.Join('.', labels), _name, StringComparison.OrdinalIgnoreCase) && Addresses.Count > 0;
        IReadOnlyList<IPAddress> told = isKnown && type == TypeA ? Addresses : [];

        var answer = new List<byte>(question[..2]) { 0x85, (byte)(0x80 | (isKnown ? 0 : NoSuchName)), 0, 1, 0, (byte)told.Count, 0, 0, 0, 0 };
        answer.AddRange(question[HeadBytes..end]);
        foreach (var address in told)
        {
            // The name of the question, type A, class IN, to be kept for no time, four bytes.
            answer.AddRange([0xC0, HeadBytes, 0, TypeA, 0, 1, 0, 0, 0, 0, 0, 4]);
            answer.AddRange(address.GetAddressBytes());
        }

        return [.. answer];
    }
}
