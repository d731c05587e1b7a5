using Google.Protobuf.WellKnownTypes;

namespace Sidecar.Protocol.Entitlements;

/// <summary>What objects take in memory, in bytes, as the 64-bit runtime lays them out.</summary>
public static class HeapSize
{
    /// <summary>Header and type of an object.</summary>
    public const int Head = 16;

    /// <summary>A reference, or a number of 64 bits.</summary>
    public const int Field = 8;

    // Those, and the length.
    private const int ArrayHead = Head + Field;

    // Of what protobuf keeps a map in: a dictionary that finds the nodes of a linked list.
    private const int MapObjects = 32 + 80 + 48;
    private const int MapNode = 56;
    private const int DictionaryEntry = 24;
    private const int DictionaryBucket = 4;
    private const int ValueObject = 40;
    private const int StructObject = 32;
    private const int ListObjects = 32 + 32;
    private const int BoxedNumber = 24;

    /// <summary>The size of a string.</summary>
    public static long Of(string? text) => text is null ? 0 : Rounded(22 + (2L * text.Length));

    /// <summary>The size of an array; an empty one is the one that all share.</summary>
    /// <param name="length">Its elements.</param>
    /// <param name="elementSize">The size of one.</param>
    public static long OfArray(int length, int elementSize = Field) => length == 0 ? 0 : Rounded(ArrayHead + ((long)length * elementSize));

    /// <summary>The size of free data.</summary>
    public static long Of(Struct? data)
    {
        if (data is null)
            return 0;
        // A dictionary begins with room for 3 and doubles.
        var capacity = 3;
        while (capacity < data.Fields.Count)
            capacity = (2 * capacity) + 1;
        long size = StructObject + MapObjects;
        if (data.Fields.Count > 0)
            size += OfArray(capacity, DictionaryEntry) + OfArray(capacity, DictionaryBucket);
        foreach (var (name, value) in data.Fields)
            size += MapNode + Of(name) + Of(value);
        return size;
    }

    private static long Of(Value value) => ValueObject + value.KindCase switch
    {
        Value.KindOneofCase.StringValue => Of(value.StringValue),
        Value.KindOneofCase.StructValue => Of(value.StructValue),
        Value.KindOneofCase.ListValue => ListObjects + OfArray(value.ListValue.Values.Count) + value.ListValue.Values.Sum(Of),
        _ => BoxedNumber,
    };

    private static long Rounded(long size) => (size + 7) & ~7L;
}
