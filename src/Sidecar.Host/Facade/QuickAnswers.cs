using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Sidecar.Host.Metrics;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Form = Sidecar.Host.Facade.PlainQuestion.Form;

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
        _calls = new[]
        {
            Single(AnswerCall.GetEntitlement, EntitlementKind.Unknown, Form.AnyKind, GetEntitlementRequest.Parser, Requests.Query),
            Single(AnswerCall.GetEntitlementV2, EntitlementKind.Unknown, Form.V2, GetEntitlementV2Request.Parser, Requests.Query),
            Single(AnswerCall.GetBooleanEntitlement, EntitlementKind.Boolean, Form.OneKind, GetBooleanEntitlementRequest.Parser, Requests.Query),
            Single(AnswerCall.GetNumericEntitlement, EntitlementKind.Numeric, Form.OneKind, GetNumericEntitlementRequest.Parser, Requests.Query),
            Single(AnswerCall.GetMeteredEntitlement, EntitlementKind.Metered, Form.Metered, GetMeteredEntitlementRequest.Parser, Requests.Query),
            Single(AnswerCall.GetEnumEntitlement, EntitlementKind.Enum, Form.OneKind, GetEnumEntitlementRequest.Parser, Requests.Query),
            List(AnswerCall.GetEntitlements, GetEntitlementsRequest.Parser, Requests.Entry),
            List(AnswerCall.GetEntitlementsStateV2, GetEntitlementsStateV2Request.Parser, Requests.Entry),
        }.ToFrozenDictionary(call => PathOf(call.Name), StringComparer.Ordinal);
    }

    /// <summary>Answers a call, where it is of that kind.</summary>
    /// <returns>False where nothing was done to it.</returns>
    public bool TryAnswer(HttpContext context)
    {
        var features = context.Features;
        var request = features.Of<IHttpRequestFeature>();
        if (!_calls.TryGetValue(request.Path ?? "", out var call) || !IsPlain(request))
            return false;
        var body = features.Of<IRequestBodyPipeFeature>().Reader;
        if (!TryRead(body, out var read))
            return false;
        var reply = t_writer ??= new MessageWriter(KeptBytes);
        reply.Clear();
        var isAnswered = read.IsCompleted && TryAnswer(call, read.Buffer, reply);
        // Of a call that is left to the framework, nothing counts as seen.
        body.AdvanceTo(isAnswered ? read.Buffer.End : read.Buffer.Start);
        if (isAnswered)
            Send(reply.Written, features);
        if (reply.Capacity > KeptBytes)
            t_writer = null;
        return isAnswered;
    }

    // A call that was reset, or whose body is longer than any may be, fails the framework's read as well, which knows what to do then.
    private static bool TryRead(PipeReader body, out ReadResult read)
    {
        try
        {
            return body.TryRead(out read);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            read = default;
            return false;
        }
    }

    private static string PathOf(AnswerCall call) =>
        $"/{Stigg.Sidecar.V1.SidecarService.Descriptor.FullName}/{Stigg.Sidecar.V1.SidecarService.Descriptor.FindMethodByName(call.ToString()).Name}";

    private static Call Single<TRequest>(
        AnswerCall name, EntitlementKind kind, Form form, MessageParser<TRequest> parser, Func<TRequest, EntitlementQuery> read)
        where TRequest : IMessage<TRequest> => new(name, kind, form, message => read(parser.ParseFrom(message)));

    private static Call List<TRequest>(AnswerCall name, MessageParser<TRequest> parser, Func<TRequest, EntryKey> read)
        where TRequest : IMessage<TRequest> =>
        new(name, EntitlementKind.Unknown, Form.List, message => new EntitlementQuery(read(parser.ParseFrom(message)), Id: ""));

    private static bool IsPlain(IHttpRequestFeature request)
    {
        var headers = request.Headers;
        return HttpMethods.IsPost(request.Method)
            && (string?)headers.ContentType is "application/grpc" or "application/grpc+proto"
            && (string?)headers.GrpcEncoding is null or "identity"
            && !ExplainTrailers.AreAskedFor(headers);
    }

    private static void Send(ReadOnlySpan<byte> reply, IFeatureCollection features)
    {
        features.Of<IHttpResponseFeature>().Headers.ContentType = Content;
        features.Of<IHttpResponseTrailersFeature>().Trailers[Status] = Ok;
        var body = features.Of<IHttpResponseBodyFeature>().Writer;
        var frame = body.GetSpan(HeadBytes + reply.Length);
        frame[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(frame[1..], reply.Length);
        reply.CopyTo(frame[HeadBytes..]);
        body.Advance(HeadBytes + reply.Length);
    }

    private static void Write(AnswerCall call, MessageWriter to, in Answer answer, in EntitlementQuery query)
    {
        switch (call)
        {
            case AnswerCall.GetEntitlement:
                QuickReplies.Any(to, answer, query);
                break;
            case AnswerCall.GetEntitlementV2:
                QuickReplies.AnyV2(to, answer, query);
                break;
            case AnswerCall.GetBooleanEntitlement:
                QuickReplies.Boolean(to, answer, query);
                break;
            case AnswerCall.GetNumericEntitlement:
                QuickReplies.Numeric(to, answer, query);
                break;
            case AnswerCall.GetMeteredEntitlement:
                QuickReplies.Metered(to, answer, query);
                break;
            case AnswerCall.GetEnumEntitlement:
                QuickReplies.Enum(to, answer, query);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(call), call, "expected a call about one entitlement");
        }
    }

    private bool TryAnswer(Call call, in ReadOnlySequence<byte> body, MessageWriter reply)
    {
        if (body.Length < HeadBytes)
            return false;
        scoped var head = body.FirstSpan;
        if (head.Length < HeadBytes)
        {
            Span<byte> copy = stackalloc byte[HeadBytes];
            body.Slice(0, HeadBytes).CopyTo(copy);
            head = copy;
        }

        if (head[0] != 0 || BinaryPrimitives.ReadUInt32BigEndian(head.Slice(1)) != body.Length - HeadBytes)
            return false;
        try
        {
            return TryAnswer(call, call.Read(body), reply);
        }
        catch (Exception e) when (e is RpcException or InvalidProtocolBufferException)
        {
            // A bad request: what is wrong with it comes to light once more where it can be told.
            return false;
        }
    }

    private bool TryAnswer(Call call, in EntitlementQuery query, MessageWriter to)
    {
        if (call.IsList)
            return TryList(call, query.Key, to);
        if (!_service.TryAnswer(call.Name, query, out var answer))
            return false;
        Write(call.Name, to, answer, query);
        return true;
    }

    private bool TryList(Call call, EntryKey key, MessageWriter to)
    {
        if (!_service.TryList(call.Name, key, out var state, out var customer, out var now))
            return false;
        for (var i = 0; i < state.Count; i++)
        {
            var answer = EntitlementEvaluator.Show(state, i, customer, now);
            if (call.Name == AnswerCall.GetEntitlements)
                QuickReplies.Listed(to, answer);
            else
                QuickReplies.ListedV2(to, answer);
        }

        QuickReplies.Reason(to, state.AccessDeniedReason);
        return true;
    }

    private sealed class Call(AnswerCall name, EntitlementKind kind, Form form, Func<ReadOnlySequence<byte>, EntitlementQuery> parse)
    {
        private readonly Form _form = form;

        public AnswerCall Name => name;

        public bool IsList => name is AnswerCall.GetEntitlements or AnswerCall.GetEntitlementsStateV2;

        // What is behind the head.
        public EntitlementQuery Read(in ReadOnlySequence<byte> body) =>
            body.IsSingleSegment && PlainQuestion.TryRead(body.FirstSpan[HeadBytes..], _form, out var plain) && (IsList || plain.FeatureId is not null)
                ? new EntitlementQuery(new EntryKey(plain.CustomerId, plain.ResourceId), plain.FeatureId ?? "", kind, plain.RequestedUsage)
                : parse(body.Slice(HeadBytes));
    }
}
