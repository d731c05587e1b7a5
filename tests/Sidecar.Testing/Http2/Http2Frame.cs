using System.Buffers.Binary;

namespace Sidecar.Testing.Http2;

/// <summary>Types of frames (RFC 9113).</summary>
public enum Http2FrameType
{
    /// <summary>DATA.</summary>
    Data = 0,

    /// <summary>HEADERS.</summary>
    Headers = 1,

    /// <summary>RST_STREAM.</summary>
    Reset = 3,

    /// <summary>SETTINGS.</summary>
    Settings = 4,

    /// <summary>PING.</summary>
    Ping = 6,

    /// <summary>GOAWAY.</summary>
    GoAway = 7,

    /// <summary>WINDOW_UPDATE.</summary>
    WindowUpdate = 8,
}

/// <summary>One frame.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Flags">Its flags.</param>
/// <param name="Stream">Its stream; 0 for the connection.</param>
/// <param name="Payload">What it carries.</param>
public sealed record Http2Frame(Http2FrameType Type, byte Flags, int Stream, byte[] Payload)
{
    /// <summary>The flag that ends a stream; of SETTINGS and PING: the acknowledgement.</summary>
    public const byte EndStream = 1;

    /// <summary>The flag that ends a block of header fields.</summary>
    public const byte EndHeaders = 4;

    private const int HeaderLength = 9;

    /// <summary>Whether it ends its stream, or acknowledges.</summary>
    public bool IsLast => (Flags & EndStream) != 0;

    /// <summary>The number at the start of its payload.</summary>
    public int Number(int at = 0) => BinaryPrimitives.ReadInt32BigEndian(Payload.AsSpan(at));

    /// <summary>The frame's bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderLength + Payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Payload.Length << 8 | (byte)Type);
        bytes[4] = Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), Stream);
        Payload.CopyTo(bytes, HeaderLength);
        return bytes;
    }

    /// <summary>Reads a frame; null at the end of the connection.</summary>
    public static async Task<Http2Frame?> ReadAsync(Stream source)
    {
        var header = new byte[HeaderLength];
        if (await source.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
            return null;
        var start = BinaryPrimitives.ReadUInt32BigEndian(header);
        var payload = new byte[start >> 8];
        await source.ReadExactlyAsync(payload);
        return new Http2Frame((Http2FrameType)(start & 255), header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
    }

    /// <summary>Numbers as a payload.</summary>
    public static byte[] Numbers(params int[] numbers)
    {
        var bytes = new byte[numbers.Length * sizeof(int)];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(i * sizeof(int)), numbers[i]);
        return bytes;
    }
}
