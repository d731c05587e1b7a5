using System.Buffers.Binary;
using System.Net.Sockets;

namespace Sidecar.Bench.Load;

/// <summary>
/// One HTTP/2 connection that asks questions and checks the answers. Belongs to one thread, blocks never, and allocates next to nothing:
/// the less it costs, the more of the machine is left to the server.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private const int BufferLength = 256 * 1024;

    // What is held back at most: no request and no acknowledgement is longer.
    private const int Reserve = 1024;

    private readonly Socket _socket;
    private readonly HeaderEncoder _headers;
    private readonly Expectation _expectation;
    private readonly int _streams;
    private readonly Action<long> _answered;
    private readonly Dictionary<int, Flight> _flights;
    private readonly byte[] _in = new byte[BufferLength];
    private readonly byte[] _out = new byte[BufferLength];
    private int _inLength;
    private int _outLength;
    private int _nextStream = 1;
    private int _streamLimit = int.MaxValue;
    private int _streamWindow = Http2.FirstWindow;
    private long _window = Http2.FirstWindow;
    private long _unacknowledged;

    /// <summary>Connects.</summary>
    /// <param name="address">The server.</param>
    /// <param name="streams">How many questions may be open at once.</param>
    /// <param name="expectation">What is to be answered.</param>
    /// <param name="answered">Takes the timestamp that <see cref="Start"/> was given when its answer is there.</param>
    public LoadConnection(Uri address, int streams, Expectation expectation, Action<long> answered)
    {
        _streams = streams;
        _flights = new Dictionary<int, Flight>(streams);
        _expectation = expectation;
        _answered = answered;
        _headers = new HeaderEncoder(address.Authority);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(address.Host, address.Port);
        _socket.Blocking = false;
        Greet();
    }

    /// <summary>The socket, to wait for.</summary>
    public int Handle => (int)_socket.Handle;

    /// <summary>Questions without an answer.</summary>
    public int Open => _flights.Count;

    /// <summary>Whether something waits to be sent.</summary>
    public bool HasOutput => _outLength > 0;

    /// <summary>Whether another question may be asked now.</summary>
    public bool CanStart =>
        _flights.Count < _streams && _flights.Count < _streamLimit && _window >= Reserve && _outLength < BufferLength - (2 * Reserve);

    /// <summary>Asks.</summary>
    /// <param name="question">What.</param>
    /// <param name="since">What its time is counted from.</param>
    public void Start(Question question, long since)
    {
        var call = Call.All[question.Call];
        if (call.Length > _streamWindow)
            throw new BenchException($"the server takes {_streamWindow} bytes of a request, which has {call.Length}");
        var stream = _nextStream;
        _nextStream += 2;
        var to = _out.AsSpan(_outLength);
        var length = _headers.Write(call.Path, to[Http2.HeadLength..]);
        Http2.WriteHead(to, length, FrameType.Headers, Http2.EndHeaders, stream);
        length += Http2.HeadLength;
        var data = call.Write(question.Customer, to[(length + Http2.HeadLength)..]);
        Http2.WriteHead(to[length..], data, FrameType.Data, Http2.EndStream, stream);
        _outLength += length + Http2.HeadLength + data;
        _window -= data;
        _flights.Add(stream, new Flight(question, since, 0));
    }

    /// <summary>Sends what can be sent now.</summary>
    public void Flush()
    {
        if (_outLength is 0)
            return;
        var sent = _socket.Send(_out.AsSpan(0, _outLength), SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
            throw new BenchException($"a connection to the server broke: {error}");
        if (error is SocketError.WouldBlock)
            return;
        _out.AsSpan(sent, _outLength - sent).CopyTo(_out);
        _outLength -= sent;
    }

    /// <summary>Takes what has come.</summary>
    public void Receive()
    {
        var received = _socket.Receive(_in.AsSpan(_inLength), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock)
            return;
        if (error is not SocketError.Success || received is 0)
            throw new BenchException($"the server closed a connection in the middle of a load: {error}");
        _inLength += received;
        var taken = 0;
        while (_inLength - taken >= Http2.HeadLength)
        {
            var (length, type, flags, stream) = Http2.ReadHead(_in.AsSpan(taken));
            if (length > Http2.MaxPayload)
                throw new BenchException($"the server sent a frame of {length} bytes; it was told to send {Http2.MaxPayload} at most");
            if (_inLength - taken < Http2.HeadLength + length)
                break;
            OnFrame(type, flags, stream, _in.AsSpan(taken + Http2.HeadLength, length));
            taken += Http2.HeadLength + length;
        }

        _in.AsSpan(taken, _inLength - taken).CopyTo(_in);
        _inLength -= taken;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Greet()
    {
        Http2.Preface.CopyTo(_out);
        _outLength = Http2.Preface.Length;
        var payload = _out.AsSpan(_outLength + Http2.HeadLength);
        Setting(payload, Http2Setting.EnablePush, 0);
        Setting(payload[6..], Http2Setting.InitialWindowSize, Http2.LargestWindow);
        Append(FrameType.Settings, 0, 12);
        Widen(Http2.LargestWindow - Http2.FirstWindow);
        Flush();

        static void Setting(Span<byte> to, Http2Setting setting, int value)
        {
            BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)setting);
            BinaryPrimitives.WriteInt32BigEndian(to[2..], value);
        }
    }

    private void Widen(int bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(_out.AsSpan(_outLength + Http2.HeadLength), bytes);
        Append(FrameType.WindowUpdate, 0, 4);
    }

    // The head of a frame of the whole connection, whose payload stands behind it already.
    private void Append(FrameType type, byte flags, int length)
    {
        Http2.WriteHead(_out.AsSpan(_outLength), length, type, flags, stream: 0);
        _outLength += Http2.HeadLength + length;
    }

    private void OnFrame(FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case FrameType.Data:
                OnData(flags, stream, payload);
                break;
            case FrameType.Headers when (flags & Http2.EndStream) is not 0:
                OnEnd(stream);
                break;
            case FrameType.Settings when (flags & Http2.EndStream) is 0:
                OnSettings(payload);
                Append(FrameType.Settings, Http2.EndStream, 0);
                break;
            case FrameType.Ping when (flags & Http2.EndStream) is 0:
                payload.CopyTo(_out.AsSpan(_outLength + Http2.HeadLength));
                Append(FrameType.Ping, Http2.EndStream, payload.Length);
                break;
            case FrameType.WindowUpdate when stream is 0:
                _window += BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            case FrameType.RstStream when BinaryPrimitives.ReadInt32BigEndian(payload) is 0 && !_flights.ContainsKey(stream):
                // Answered before the end of the question was seen: the rest of it is not wanted (RFC 9113, 8.1).
                break;
            case FrameType.RstStream:
                throw new BenchException($"the server reset a call with the code {BinaryPrimitives.ReadInt32BigEndian(payload)}");
            case FrameType.GoAway:
                throw new BenchException($"the server sent GOAWAY with the code {BinaryPrimitives.ReadInt32BigEndian(payload[4..])}");
            default:
                // Other headers say nothing that the body does not show, and a stream's window is large enough for its one message.
                break;
        }
    }

    private void OnData(byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        if (!_flights.TryGetValue(stream, out var flight))
            throw new BenchException("the server answered what was not asked");
        if (!_expectation.Fits(flight.Question, flight.Received, payload))
            throw Wrong(flight, $"{Convert.ToHexString(payload)} from byte {flight.Received} on");
        _flights[stream] = flight with { Received = flight.Received + payload.Length };
        _unacknowledged += payload.Length;
        if (_unacknowledged > Http2.LargestWindow / 2)
        {
            Widen((int)_unacknowledged);
            _unacknowledged = 0;
        }

        if ((flags & Http2.EndStream) is not 0)
            OnEnd(stream);
    }

    private void OnEnd(int stream)
    {
        if (!_flights.Remove(stream, out var flight))
            throw new BenchException("the server ended what was not asked");
        // A call that failed has no body.
        if (flight.Received != _expectation.Of(flight.Question).Length)
            throw Wrong(flight, $"{flight.Received} bytes");
        _answered(flight.Since);
    }

    private void OnSettings(ReadOnlySpan<byte> payload)
    {
        for (; payload.Length >= 6; payload = payload[6..])
        {
            var value = BinaryPrimitives.ReadInt32BigEndian(payload[2..]);
            switch ((Http2Setting)BinaryPrimitives.ReadUInt16BigEndian(payload))
            {
                case Http2Setting.HeaderTableSize when value is >= 0 and < HeaderEncoder.TableSize:
                    throw new BenchException($"the server takes a header table of {value} bytes; this needs {HeaderEncoder.TableSize}");
                case Http2Setting.MaxConcurrentStreams:
                    _streamLimit = value < 0 ? int.MaxValue : value;
                    break;
                case Http2Setting.InitialWindowSize:
                    _streamWindow = value;
                    break;
            }
        }
    }

    private BenchException Wrong(in Flight flight, string got) => new(
        $"a wrong answer to {Call.All[flight.Question.Call].Method} about {Call.Id(flight.Question.Customer)}: expected "
        + $"{(_expectation.IsExact ? Convert.ToHexString(_expectation.Of(flight.Question)) : $"{_expectation.Of(flight.Question).Length} bytes")}, got {got}");

    private readonly record struct Flight(Question Question, long Since, int Received);
}
