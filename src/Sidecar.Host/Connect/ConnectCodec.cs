using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.Net.Http.Headers;

namespace Sidecar.Host.Connect;

/// <summary>A form in which messages are written.</summary>
internal abstract class ConnectCodec
{
    /// <summary>Protobuf's JSON.</summary>
    public static readonly ConnectCodec Json = new OfJson();

    /// <summary>Protobuf's binary form.</summary>
    public static readonly ConnectCodec Proto = new OfProto();

    /// <summary>Its media type.</summary>
    public abstract string MediaType { get; }

    /// <summary>The form that a media type names, or null.</summary>
    public static ConnectCodec? Of(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type))
            return null;
        if (type.MediaType.Equals(ConnectHeaders.Proto, StringComparison.OrdinalIgnoreCase))
            return Proto;
        return type.MediaType.Equals(ConnectHeaders.Json, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            ? Json
            : null;
    }

    /// <summary>Reads a message.</summary>
    /// <exception cref="RpcException">It can't be read.</exception>
    public abstract IMessage Read(ReadOnlyMemory<byte> body, MessageDescriptor type);

    /// <summary>Writes a message.</summary>
    public abstract byte[] Write(IMessage message);

    private static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));

    private sealed class OfJson : ConnectCodec
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
        private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

        public override string MediaType => ConnectHeaders.Json;

        public override IMessage Read(ReadOnlyMemory<byte> body, MessageDescriptor type)
        {
            if (body.IsEmpty)
                throw Invalid("the body is empty, expected a JSON object");
            try
            {
                var text = Strict.GetString(body.Span);
                return JsonFaults.TryParse(Parser, text, type, out var fault) ?? throw Invalid(fault!);
            }
            catch (DecoderFallbackException e)
            {
                throw Invalid($"the body is not UTF-8 at byte {e.Index + 1}");
            }
        }

        public override byte[] Write(IMessage message) => Strict.GetBytes(Formatter.Format(message));
    }

    private sealed class OfProto : ConnectCodec
    {
        public override string MediaType => ConnectHeaders.Proto;

        public override IMessage Read(ReadOnlyMemory<byte> body, MessageDescriptor type)
        {
            try
            {
                return type.Parser.ParseFrom(body.Span);
            }
            catch (InvalidProtocolBufferException e)
            {
                throw Invalid($"the body is no {type.FullName}: {e.Message}");
            }
        }

        public override byte[] Write(IMessage message) => message.ToByteArray();
    }
}
