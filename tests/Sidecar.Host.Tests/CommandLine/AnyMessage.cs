using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.Tests.CommandLine;

/// <summary>Messages made from their descriptors, so that specs know every field of the proto, those to come included.</summary>
internal static class AnyMessage
{
    /// <summary>The answers of all calls that ask for entitlements.</summary>
    public static IReadOnlyList<MessageDescriptor> Answers { get; } =
    [
        .. SidecarReflection.Descriptor.Services[0].Methods.Where(method => method.Name.StartsWith("Get", StringComparison.Ordinal))
            .Select(method => method.OutputType).OrderBy(type => type.Name, StringComparer.Ordinal),
    ];

    /// <summary>The way to each field of a message that has a value of its own.</summary>
    public static IEnumerable<IReadOnlyList<FieldDescriptor>> Leaves(MessageDescriptor type) => type.Fields.InDeclarationOrder().SelectMany(field =>
        IsLeaf(field) ? [[field]] : Leaves(field.MessageType).Select(rest => (IReadOnlyList<FieldDescriptor>)[field, .. rest]));

    /// <summary>The names of a way.</summary>
    public static string Name(IReadOnlyList<FieldDescriptor> way) => string.Join('.', way.Select(field => field.Name));

    /// <summary>A message that has the fields of a way and nothing else.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="way">The way.</param>
    /// <param name="variant">Which value the last field has; null for none.</param>
    public static IMessage Along(MessageDescriptor type, IReadOnlyList<FieldDescriptor> way, int? variant)
    {
        var message = type.Parser.ParseFrom(ByteString.Empty);
        var field = way[0];
        var value = way.Count > 1 ? Along(field.MessageType, [.. way.Skip(1)], variant) : variant is { } number ? Value(field, number) : null;
        if (value is not null)
            Put(message, field, value);
        return message;
    }

    /// <summary>A message with random fields and values.</summary>
    public static IMessage Random(MessageDescriptor type, Random random)
    {
        var message = type.Parser.ParseFrom(ByteString.Empty);
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            for (var count = random.Next(field.IsRepeated ? 4 : 2); count > 0; count--)
                Put(message, field, IsLeaf(field) ? Value(field, random.Next(3)) : Random(field.MessageType, random));
        }

        return message;
    }

    private static bool IsLeaf(FieldDescriptor field) =>
        field.FieldType != FieldType.Message || field.MessageType.FullName.StartsWith("google.", StringComparison.Ordinal);

    private static void Put(IMessage message, FieldDescriptor field, object value)
    {
        if (field.IsRepeated)
            ((IList)field.Accessor.GetValue(message)).Add(value);
        else
            field.Accessor.SetValue(message, value);
    }

    private static object Value(FieldDescriptor field, int variant) => field.FieldType switch
    {
        FieldType.Bool => variant % 2 == 1,
        FieldType.Double => 1.5 * variant,
        FieldType.Int32 => variant,
        FieldType.Int64 => (long)variant,
        FieldType.String => $"text {variant}",
        FieldType.Enum => System.Enum.ToObject(field.EnumType.ClrType, variant),
        FieldType.Message when field.MessageType == Timestamp.Descriptor => new Timestamp { Seconds = 1_800_000_000 + variant },
        FieldType.Message when field.MessageType == Struct.Descriptor => new Struct
        {
            Fields = { ["key"] = Google.Protobuf.WellKnownTypes.Value.ForString($"text {variant}"), ["other"] = Google.Protobuf.WellKnownTypes.Value.ForNumber(1) },
        },
        _ => throw new NotSupportedException($"{field.FullName}: a value of {field.FieldType} has to be added here"),
    };
}
