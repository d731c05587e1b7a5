using System.Buffers.Binary;

namespace Sidecar.Bench.Load;

/// <summary>The frames of HTTP/2 (RFC 9113), as far as they are needed here.</summary>
internal static class Http2
{
    /// <summary>The length of a frame's head.</summary>
    public const int HeadLength = 9;

    /// <summary>The largest payload that a side takes unless it says otherwise.</summary>
    public const int MaxPayload = 16_384;

    /// <summary>The window of a connection, and of a stream, at the start.</summary>
    public const int FirstWindow = 65_535;

    /// <summary>The largest window.</summary>
    public const int LargestWindow = int.MaxValue;

    /// <summary>Ends the stream; in settings and pings: this acknowledges.</summary>
    public const byte EndStream = 1;

    /// <summary>No more headers follow.</summary>
    public const byte EndHeaders = 4;

    /// <summary>What a client begins with.</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Writes a frame's head.</summary>
    public static void WriteHead(Span<byte> to, int length, FrameType type, byte flags, int stream)
    {
        BinaryPrimitives.WriteInt32BigEndian(to, length << 8);
        to[3] = (byte)type;
        to[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(to[5..], stream);
    }

    /// <summary>Reads a frame's head.</summary>
    public static (int Length, FrameType Type, byte Flags, int Stream) ReadHead(ReadOnlySpan<byte> from) => (
        BinaryPrimitives.ReadInt32BigEndian(from) >>> 8,
        (FrameType)from[3],
        from[4],
        BinaryPrimitives.ReadInt32BigEndian(from[5..]) & int.MaxValue);
}

/// <summary>A frame's type.</summary>
internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    RstStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
}

/// <summary>A setting of a connection.</summary>
internal enum Http2Setting : ushort
{
    HeaderTableSize = 1,
    EnablePush = 2,
    MaxConcurrentStreams = 3,
    InitialWindowSize = 4,
}
