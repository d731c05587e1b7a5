using System.Runtime.CompilerServices;
using System.Text;
using Google.Protobuf;

namespace Sidecar.Host.Facade;

/// <summary>
/// Writes a protobuf message into memory that is used again, field after field: none has to be made first, and none to be measured. The
/// numbers of fields are at most 15. A value that may be absent is written where it is there; any other one unless it is the default.
/// </summary>
internal sealed class MessageWriter
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;

    // A tag and the longest number.
    private const int MostBytesOfNumber = 11;

    // What takes one byte as a length.
    private const int MaxShort = 0x7f;
    private byte[] _bytes;
    private int _length;

    /// <summary>Makes one.</summary>
    /// <param name="capacity">What it holds before it grows, in bytes.</param>
    public MessageWriter(int capacity) => _bytes = new byte[capacity];

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>What it holds before it grows, in bytes.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Begins anew.</summary>
    public void Clear() => _length = 0;

    public void Bool(int field, bool value)
    {
        if (value)
            Number(field, 1);
    }

    public void Bool(int field, bool? value)
    {
        if (value is { } there)
            Number(field, there ? 1UL : 0);
    }

    public void Int(int field, long value)
    {
        if (value != 0)
            Number(field, (ulong)value);
    }

    public void Int(int field, long? value)
    {
        if (value is { } there)
            Number(field, (ulong)there);
    }

    public void Double(int field, double value)
    {
        if (value != 0)
            Fixed(field, value);
    }

    public void Double(int field, double? value)
    {
        if (value is { } there)
            Fixed(field, there);
    }

    public void String(int field, string value)
    {
        if (value.Length != 0)
            OptionalString(field, value);
    }

    /// <summary>A text that may be absent, or is one of several.</summary>
    public void OptionalString(int field, string? value)
    {
        if (value is null)
            return;
        Tag(field, Delimited);
        // A character takes at most three bytes: of most texts the length is known to take one, and is written behind them.
        if (value.Length <= MaxShort / 3)
        {
            Ensure(1 + MaxShort);
            var length = Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length + 1));
            _bytes[_length] = (byte)length;
            _length += 1 + length;
        }
        else
        {
            var length = Encoding.UTF8.GetByteCount(value);
            Write((ulong)length);
            Ensure(length);
            _length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
        }
    }

    /// <summary>A date that may be absent.</summary>
    public void Date(int field, DateTimeOffset? value)
    {
        if (value is not { } there)
            return;
        var (seconds, ticks) = Math.DivRem(there.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks, TimeSpan.TicksPerSecond);
        // The second that it lies in began before it, also before 1970.
        if (ticks < 0)
            (seconds, ticks) = (seconds - 1, ticks + TimeSpan.TicksPerSecond);
        var start = Begin(field);
        Int(1, seconds);
        Int(2, ticks * TimeSpan.NanosecondsPerTick);
        End(start);
    }

    /// <summary>A message that is there already, and may be absent.</summary>
    public void Message(int field, IMessage? value)
    {
        if (value is null)
            return;
        Tag(field, Delimited);
        var length = value.CalculateSize();
        Write((ulong)length);
        Ensure(length);
        value.WriteTo(_bytes.AsSpan(_length, length));
        _length += length;
    }

    /// <summary>Begins a message inside this one.</summary>
    /// <returns>Where, for <see cref="End"/>.</returns>
    public int Begin(int field)
    {
        Tag(field, Delimited);
        Ensure(1);
        return _length++;
    }

    /// <summary>Ends a message inside this one.</summary>
    public void End(int start)
    {
        var length = _length - start - 1;
        if (length <= MaxShort)
        {
            _bytes[start] = (byte)length;
            return;
        }

        // It makes room for the rest of its own length.
        var more = 0;
        for (var rest = length >> 7; rest != 0; rest >>= 7)
            more++;
        Ensure(more);
        _bytes.AsSpan(start + 1, length).CopyTo(_bytes.AsSpan(start + 1 + more));
        _length = start;
        Write((ulong)length);
        _length += length;
    }

    private void Number(int field, ulong value)
    {
        Tag(field, Varint);
        Write(value);
    }

    private void Fixed(int field, double value)
    {
        Tag(field, Fixed64);
        System.Buffers.Binary.BinaryPrimitives.WriteDoubleLittleEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(double);
    }

    // With room for any number behind it.
    private void Tag(int field, int type)
    {
        Ensure(MostBytesOfNumber);
        _bytes[_length++] = (byte)((field << 3) | type);
    }

    private void Write(ulong value)
    {
        Ensure(MostBytesOfNumber);
        for (; value > MaxShort; value >>= 7)
            _bytes[_length++] = (byte)(value | 0x80);
        _bytes[_length++] = (byte)value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Ensure(int more)
    {
        if (_bytes.Length - _length < more)
            Grow(more);
    }

    private void Grow(int more) => Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + more));
}
