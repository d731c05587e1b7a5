using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Sidecar.Host.Metrics;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;

namespace Sidecar.Host.Facade;

/// <summary>
/// Answers the plainest calls, which are nearly all of them, without the gRPC framework, whose work is several times that of the answer: a
/// question in one message, not compressed, that is there as a whole, about what memory holds. Any other call, a bad one above all, is
/// left as it came, for the framework to read it from its first byte and to say what there is to say.
/// </summary>
internal sealed class QuickAnswers
{
    // Whether the message is compressed, and its length.
    private const int HeadBytes = 5;

    // What a thread keeps to write replies into. Longer ones are rare, and their memory is given back.
    private const int KeptBytes = 16 * 1024;
    private const string Status = "grpc-status";
    private static readonly StringValues Content = "application/grpc";
    private static readonly StringValues Ok = "0";

    [ThreadStatic]
    private static MessageWriter? t_writer;

    private readonly SidecarService _service;
    private readonly FrozenDictionary<string, Call> _calls;

    /// <summary>Takes the calls that ask.</summary>
    public QuickAnswers(SidecarService service)
    {
        _service = service;
        _calls = new Dictionary<string, Call>(StringComparer.Ordinal)
        {
            [PathOf(AnswerCall.GetEntitlement)] = Single(AnswerCall.GetEntitlement, GetEntitlementRequest.Parser, Requests.Query, QuickReplies.Any),
            [PathOf(AnswerCall.GetEntitlementV2)] = Single(AnswerCall.GetEntitlementV2, GetEntitlementV2Request.Parser, Requests.Query, QuickReplies.AnyV2),
            [PathOf(AnswerCall.GetBooleanEntitlement)] = Single(
                AnswerCall.GetBooleanEntitlement, GetBooleanEntitlementRequest.Parser, Requests.Query, QuickReplies.Boolean),
            [PathOf(AnswerCall.GetNumericEntitlement)] = Single(
                AnswerCall.GetNumericEntitlement, GetNumericEntitlementRequest.Parser, Requests.Query, QuickReplies.Numeric),
            [PathOf(AnswerCall.GetMeteredEntitlement)] = Single(
                AnswerCall.GetMeteredEntitlement, GetMeteredEntitlementRequest.Parser, Requests.Query, QuickReplies.Metered),
            [PathOf(AnswerCall.GetEnumEntitlement)] = Single(
                AnswerCall.GetEnumEntitlement, GetEnumEntitlementRequest.Parser, Requests.Query, QuickReplies.Enum),
            [PathOf(AnswerCall.GetEntitlements)] = List(
                AnswerCall.GetEntitlements, GetEntitlementsRequest.Parser, Requests.Entry, QuickReplies.Listed),
            [PathOf(AnswerCall.GetEntitlementsStateV2)] = List(
                AnswerCall.GetEntitlementsStateV2, GetEntitlementsStateV2Request.Parser, Requests.Entry, QuickReplies.ListedV2),
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }

    // Writes the reply to a message, or tells that it is none of these calls.
    private delegate bool Call(in ReadOnlySequence<byte> message, MessageWriter to);

    private delegate void WriteAnswer(MessageWriter to, in Answer answer, in EntitlementQuery query);

    private delegate void WriteEntry(MessageWriter to, in Answer answer);

    /// <summary>Answers a call, where it is of that kind.</summary>
    /// <returns>False where nothing was done to it.</returns>
    public bool TryAnswer(HttpContext context)
    {
        var request = context.Request;
        if (!_calls.TryGetValue(request.Path.Value ?? "", out var call) || !IsPlain(request) || !request.BodyReader.TryRead(out var read))
            return false;
        var reply = t_writer ??= new MessageWriter(KeptBytes);
        reply.Clear();
        var isAnswered = read.IsCompleted && TryAnswer(call, read.Buffer, reply);
        // Of a call that is left to the framework, nothing counts as seen.
        request.BodyReader.AdvanceTo(isAnswered ? read.Buffer.End : read.Buffer.Start);
        if (isAnswered)
            Send(reply.Written, context);
        if (reply.Capacity > KeptBytes)
            t_writer = null;
        return isAnswered;
    }

    private static string PathOf(AnswerCall call) =>
        $"/{Stigg.Sidecar.V1.SidecarService.Descriptor.FullName}/{Stigg.Sidecar.V1.SidecarService.Descriptor.FindMethodByName(call.ToString()).Name}";

    private static bool IsPlain(HttpRequest request) =>
        HttpMethods.IsPost(request.Method)
        && (string?)request.Headers.ContentType is "application/grpc" or "application/grpc+proto"
        && (string?)request.Headers.GrpcEncoding is null or "identity";

    private static bool TryAnswer(Call call, in ReadOnlySequence<byte> body, MessageWriter reply)
    {
        if (body.Length < HeadBytes)
            return false;
        Span<byte> head = stackalloc byte[HeadBytes];
        body.Slice(0, HeadBytes).CopyTo(head);
        if (head[0] != 0 || BinaryPrimitives.ReadUInt32BigEndian(head[1..]) != body.Length - HeadBytes)
            return false;
        try
        {
            return call(body.Slice(HeadBytes), reply);
        }
        catch (Exception e) when (e is RpcException or InvalidProtocolBufferException)
        {
            // A bad request: what is wrong with it comes to light once more where it can be told.
            return false;
        }
    }

    private static void Send(ReadOnlySpan<byte> reply, HttpContext context)
    {
        context.Response.Headers.ContentType = Content;
        context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers[Status] = Ok;
        var body = context.Response.BodyWriter;
        var frame = body.GetSpan(HeadBytes + reply.Length);
        frame[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(frame[1..], reply.Length);
        reply.CopyTo(frame[HeadBytes..]);
        body.Advance(HeadBytes + reply.Length);
    }

    private Call Single<TRequest>(AnswerCall name, MessageParser<TRequest> parser, Func<TRequest, EntitlementQuery> read, WriteAnswer write)
        where TRequest : IMessage<TRequest> => (in message, to) =>
    {
        var query = read(parser.ParseFrom(message));
        if (!_service.TryAnswer(name, query, out var answer))
            return false;
        write(to, answer, query);
        return true;
    };

    private Call List<TRequest>(AnswerCall name, MessageParser<TRequest> parser, Func<TRequest, EntryKey> read, WriteEntry write)
        where TRequest : IMessage<TRequest> => (in message, to) =>
    {
        if (!_service.TryList(name, read(parser.ParseFrom(message)), out var state, out var customer, out var now))
            return false;
        for (var i = 0; i < state.Count; i++)
            write(to, EntitlementEvaluator.Show(state, i, customer, now));
        QuickReplies.Reason(to, state.AccessDeniedReason);
        return true;
    };
}
