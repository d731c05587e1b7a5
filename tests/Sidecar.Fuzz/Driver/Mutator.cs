using System.Buffers;
using System.Text;

namespace Sidecar.Fuzz.Driver;

/// <summary>Makes new inputs of known ones: by bytes, by blocks, by words of the format, and by what texts with brackets are made of.</summary>
internal sealed class Mutator
{
    private static readonly byte[][] Numbers = [.. new[]
    {
        "0", "-0", "1", "-1", "0.5", "1e308", "1e309", "-1e400", "5e-324", "127", "128", "255", "256", "2147483647", "2147483648", "-2147483649",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e-7", "253402300799999", "253402300800000",
        "-62135596800000", "-62135596800001", "1.7976931348623157e308", "00", "1.", "NaN", "Infinity",
    }.Select(Encoding.ASCII.GetBytes)];

    private static readonly byte[][] Oddities =
    [
        [0], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x80, 0xae], [0x7f], [0xc2, 0x85], [0x1b, (byte)'[', (byte)'2', (byte)'J'],
        [.. "\\u0000"u8], [.. "\\ud800"u8], [.. "\\udc00"u8], [.. "\\ud83d\\ude00"u8], [.. "\\n"u8], [.. "\r\n"u8], [.. "null"u8], [.. "true"u8], [.. "\"\""u8], [.. "{}"u8], [.. "[]"u8],
        [0x80, 0x80, 0x80, 0x80, 0x08], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ];

    private static readonly SearchValues<byte> OfNumbers = SearchValues.Create("0123456789.eE+-"u8);

    private readonly Dice _dice;
    private readonly byte[][] _words;
    private readonly byte[] _buffer;
    private readonly byte[] _block;
    private int _length;

    /// <summary>Makes one.</summary>
    /// <param name="dice">What decides.</param>
    /// <param name="target">Whose inputs it makes.</param>
    public Mutator(Dice dice, FuzzTarget target)
    {
        _dice = dice;
        _words = [.. target.Words.Select(Encoding.UTF8.GetBytes), .. target.ByteWords, .. Numbers, .. Oddities];
        _buffer = new byte[target.MaxLength];
        _block = new byte[target.MaxLength];
    }

    /// <summary>Makes one of an input; it is good until the next one is made.</summary>
    /// <param name="parent">The input.</param>
    /// <param name="other">Another one, of which parts may be taken.</param>
    public ReadOnlySpan<byte> Mutate(byte[] parent, byte[] other)
    {
        _length = Math.Min(parent.Length, _buffer.Length);
        parent.AsSpan(0, _length).CopyTo(_buffer);
        for (var left = 1 + _dice.Below(_dice.OneIn(4) ? 16 : 4); left > 0; left--)
            Change(other);
        return _buffer.AsSpan(0, _length);
    }

    private void Change(byte[] other)
    {
        var at = _dice.Below(_length + 1);
        switch (_dice.Below(17))
        {
            case 0 when _length > 0:
                _buffer[_dice.Below(_length)] ^= (byte)(1 << _dice.Below(8));
                break;
            case 1 when _length > 0:
                _buffer[_dice.Below(_length)] = (byte)_dice.Next();
                break;
            case 2 when _length > 0:
                _buffer[_dice.Below(_length)] += (byte)(_dice.Below(17) - 8);
                break;
            case 3:
                Remove(at, BlockLength(_length - at));
                break;
            case 4:
                var start = _dice.Below(_length + 1);
                Insert(at, Kept(_buffer.AsSpan(start, BlockLength(_length - start))));
                break;
            case 5:
                var from = _dice.Below(other.Length + 1);
                Insert(at, other.AsSpan(from, BlockLength(other.Length - from)));
                break;
            case 6:
                Splice(at, other);
                break;
            case 7 or 8:
                Insert(at, Word());
                break;
            case 9:
                Replace(at, BlockLength(_length - at), Word());
                break;
            case 10:
                ReplaceNumber(at);
                break;
            case 11:
                ReplaceText(at);
                break;
            case 12:
                RepeatPart(at);
                break;
            case 13:
                ExchangePart(at, other);
                break;
            case 14 when _dice.OneIn(8):
                Nest(at);
                break;
            case 15:
                Frame(at);
                break;
            case 16 when _length > 0:
                FillNumber(_dice.Below(_length));
                break;
        }
    }

    private byte[] Word() => _words[_dice.Below(_words.Length)];

    // Short ones mostly.
    private int BlockLength(int most) => most <= 0 ? 0 : 1 + _dice.Below(Math.Min(most, _dice.OneIn(4) ? most : 16));

    private ReadOnlySpan<byte> Kept(ReadOnlySpan<byte> block)
    {
        block.CopyTo(_block);
        return _block.AsSpan(0, block.Length);
    }

    private void Remove(int at, int count)
    {
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    private void Insert(int at, ReadOnlySpan<byte> block)
    {
        block = block[..Math.Min(block.Length, _buffer.Length - _length)];
        _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + block.Length));
        block.CopyTo(_buffer.AsSpan(at));
        _length += block.Length;
    }

    private void Replace(int at, int count, ReadOnlySpan<byte> block)
    {
        Remove(at, count);
        Insert(at, block);
    }

    private void Splice(int at, byte[] other)
    {
        var from = _dice.Below(other.Length + 1);
        _length = at;
        Insert(at, other.AsSpan(from));
    }

    private void ReplaceNumber(int at)
    {
        var rest = _buffer.AsSpan(at, _length - at);
        var start = rest.IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
            return;
        var count = rest[start..].IndexOfAnyExcept(OfNumbers);
        Replace(at + start, count < 0 ? rest.Length - start : count, Numbers[_dice.Below(Numbers.Length)]);
    }

    // What stands between two quotes.
    private void ReplaceText(int at)
    {
        if (FindText(_buffer.AsSpan(0, _length), at) is var (start, count) && start >= 0)
            Replace(start, count, Word());
    }

    private static (int Start, int Count) FindText(ReadOnlySpan<byte> bytes, int at)
    {
        var start = bytes[at..].IndexOf((byte)'"');
        if (start < 0)
            return (-1, 0);
        start += at + 1;
        var count = bytes[start..].IndexOf((byte)'"');
        return count < 0 ? (-1, 0) : (start, count);
    }

    // A value with brackets around it, or a line, once more or no more.
    private void RepeatPart(int at)
    {
        var (start, count) = FindPart(_buffer.AsSpan(0, _length), at);
        if (count == 0)
            return;
        if (_dice.OneIn(3))
        {
            Remove(start, count);
            return;
        }

        var part = Kept(_buffer.AsSpan(start, count));
        Insert(start + count, part);
        if (part[0] is (byte)'{' or (byte)'[')
            Insert(start + count, ","u8);
    }

    private void ExchangePart(int at, byte[] other)
    {
        var (start, count) = FindPart(_buffer.AsSpan(0, _length), at);
        var (from, length) = FindPart(other, _dice.Below(other.Length + 1));
        if (count > 0 && length > 0)
            Replace(start, count, other.AsSpan(from, length));
    }

    private static (int Start, int Count) FindPart(ReadOnlySpan<byte> bytes, int at)
    {
        var start = bytes[at..].IndexOfAny((byte)'{', (byte)'[', (byte)'\n');
        if (start < 0)
            return (0, 0);
        start += at;
        if (bytes[start] == '\n')
        {
            var end = bytes[(start + 1)..].IndexOf((byte)'\n');
            return (start, (end < 0 ? bytes.Length - start - 1 : end) + 1);
        }

        var depth = 0;
        for (var i = start; i < bytes.Length; i++)
        {
            if (bytes[i] is (byte)'{' or (byte)'[')
                depth++;
            else if (bytes[i] is (byte)'}' or (byte)']' && --depth == 0)
                return (start, i + 1 - start);
        }

        return (0, 0);
    }

    // What was a value comes to lie deep.
    private void Nest(int at)
    {
        var depth = 1 << _dice.Below(11);
        var (open, close) = _dice.Below(3) switch { 0 => ("[", "]"), 1 => ("{\"a\":", "}"), _ => ("\n\u0005", "") };
        var (start, count) = FindPart(_buffer.AsSpan(0, _length), at);
        if (count == 0)
            (start, count) = (at, 0);
        var room = (_buffer.Length - _length) / (open.Length + close.Length);
        var before = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(open, Math.Min(depth, room))));
        var after = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(close, Math.Min(depth, room))));
        Insert(start + count, after);
        Insert(start, before);
    }

    // A field of a binary message: what follows becomes its content.
    private void Frame(int at)
    {
        var count = Math.Min(BlockLength(_length - at), 0x7f);
        Insert(at, [(byte)(((1 + _dice.Below(15)) << 3) | 2), (byte)count]);
    }

    // A number in eight bytes, as dates and doubles have, or a length.
    private void FillNumber(int at)
    {
        var bits = _dice.Below(10) switch
        {
            0 => 0UL,
            1 => ulong.MaxValue,
            2 => (ulong)long.MaxValue,
            3 => 1UL << 63,
            4 => BitConverter.DoubleToUInt64Bits(double.NaN),
            5 => BitConverter.DoubleToUInt64Bits(double.PositiveInfinity),
            6 => (ulong)DateTimeOffset.MaxValue.UtcTicks,
            7 => (ulong)DateTimeOffset.MaxValue.UtcTicks + 1,
            8 => (ulong)(_length - at),
            _ => _dice.Next(),
        };
        for (var i = at; i < Math.Min(_length, at + sizeof(ulong)); i++, bits >>= 8)
            _buffer[i] = (byte)bits;
    }
}
