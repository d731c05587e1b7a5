using Google.Protobuf;

namespace Sidecar.Protocol.Nodes;

/// <summary>Reads what another node sent. It is input: what can't be read is refused, and nothing else comes of it.</summary>
public static class NodeBytes
{
    // A currency's free data, nested as deeply as a document of the cloud may be (64), takes three levels for each of its own.
    private const int MaxDepth = 256;

    /// <summary>Reads a message; fields that this release does not know are ignored.</summary>
    /// <typeparam name="T">The message.</typeparam>
    /// <param name="parser">Its parser.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="InvalidDataException">They are no such message.</exception>
    public static T Read<T>(MessageParser<T> parser, byte[] bytes)
        where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(bytes);
        try
        {
            using var input = CodedInputStream.CreateWithLimits(
                new MemoryStream(bytes, writable: false), sizeLimit: Math.Max(1, bytes.Length), MaxDepth);
            return parser.WithDiscardUnknownFields(true).ParseFrom(input);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"{bytes.Length} bytes are no {typeof(T).Name}: {e.Message}", e);
        }
    }

    /// <summary>A part that a message can't be without.</summary>
    /// <typeparam name="T">The part's type.</typeparam>
    /// <param name="part">The part, or null.</param>
    /// <param name="name">What it is, with the message's name.</param>
    /// <exception cref="InvalidDataException">It is not there.</exception>
    public static T Expect<T>(T? part, string name)
        where T : class => part ?? throw new InvalidDataException($"{name} is missing");

    /// <summary>A text that can't be empty.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What it is.</param>
    /// <exception cref="InvalidDataException">It is empty.</exception>
    public static string ExpectText(string text, string name) =>
        string.IsNullOrEmpty(text) ? throw new InvalidDataException($"{name} is empty") : text;

    /// <summary>A value of an enum; of one that only a newer release knows, what stands for the unknown.</summary>
    internal static T Known<T>(T value, T otherwise)
        where T : struct, Enum => Enum.IsDefined(value) ? value : otherwise;
}
