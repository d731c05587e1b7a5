using System.Buffers;
using System.IO.Pipelines;
using FluentAssertions;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Configuration;
using Sidecar.Host.Facade;
using Sidecar.Host.Metrics;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Xunit;
using BooleanEntitlement = Stigg.Sidecar.V1.BooleanEntitlement;

namespace Sidecar.Host.Tests;

/// <summary>Plain questions that memory answers are answered at once; whatever else comes in is not touched.</summary>
public sealed class QuickAnswersSpecs : IAsyncDisposable
{
    private static readonly FeatureDefinition Flag = new("flag", FeatureType.Boolean);
    private readonly WebApplication _app = SidecarApp.Build(OfflineOptions());
    private readonly SidecarCounters _counters;
    private readonly QuickAnswers _quick;

    public QuickAnswersSpecs()
    {
        _counters = _app.Services.GetRequiredService<SidecarCounters>();
        _quick = _app.Services.GetRequiredService<QuickAnswers>();
        var state = EntitlementState.Create(null, [new FeatureEntitlement(Flag)]);
        var view = new EntitlementView(state, _app.Services.GetRequiredService<ProcessClock>().Uptime);
        _app.Services.GetRequiredService<EntitlementCache>().Publish(new EntryKey("known"), view, 0);
    }

    private static GetBooleanEntitlementRequest Question => new() { CustomerId = "known", FeatureId = "flag" };

    [Theory]
    [InlineData("application/grpc", null)]
    [InlineData("application/grpc+proto", "identity")]
    public void Plain_question_is_answered_as_the_framework_would(string content, string? encoding)
    {
        var call = new Call(Framed(Question)) { ContentType = content, Encoding = encoding };

        _quick.TryAnswer(call.Context).Should().BeTrue();

        var feature = new EntitlementFeature { Id = "flag", FeatureType = FeatureType.Boolean };
        var reply = new GetBooleanEntitlementResponse { HasAccess = true, Entitlement = new BooleanEntitlement { Feature = feature } };
        call.Sent.Should().Equal(Framed(reply));
        call.Context.Response.ContentType.Should().Be("application/grpc");
        call.Trailers["grpc-status"].ToString().Should().Be("0");
        call.Unread.Should().BeEmpty();
    }

    [Fact]
    public void It_is_counted()
    {
        _quick.TryAnswer(new Call(Framed(Question)).Context).Should().BeTrue();

        (_counters.CacheHits.Value, _counters.CacheMisses.Value).Should().Be((1, 0));
        var metrics = _app.Services.GetRequiredService<AnswerMetrics>();
        metrics.Sources.Single(it => it.Source == "memory").Count.Value.Should().Be(1);
        metrics.Durations.Single(it => it.Call == "GetBooleanEntitlement").Durations.Read().Counts.Sum().Should().Be(1);
    }

    [Fact]
    public void List_is_answered()
    {
        var call = new Call(Framed(new GetEntitlementsRequest { CustomerId = "known" })) { Method = "GetEntitlements" };

        _quick.TryAnswer(call.Context).Should().BeTrue();

        GetEntitlementsResponse.Parser.ParseFrom(call.Sent[5..]).Entitlements.Single().Boolean.Feature.Id.Should().Be("flag");
    }

    [Theory]
    [InlineData("GetEntitlement")]
    [InlineData("GetEntitlementV2")]
    [InlineData("GetBooleanEntitlement")]
    [InlineData("GetNumericEntitlement")]
    [InlineData("GetMeteredEntitlement")]
    [InlineData("GetEnumEntitlement")]
    [InlineData("GetEntitlements")]
    [InlineData("GetEntitlementsStateV2")]
    public void Plain_question_is_answered_as_one_with_a_field_of_later_releases(string method)
    {
        byte[] customer = [0x0a, 5, .. "known"u8];
        byte[] feature = method.StartsWith("GetEntitlements", StringComparison.Ordinal) ? [] : [(byte)(method == "GetEntitlementV2" ? 0x1a : 0x12), 4, .. "flag"u8];
        var plain = new Call(Framed([.. customer, .. feature])) { Method = method };
        var later = new Call(Framed([.. customer, .. feature, 0x78, 1])) { Method = method };

        _quick.TryAnswer(plain.Context).Should().BeTrue();
        _quick.TryAnswer(later.Context).Should().BeTrue();

        plain.Sent.Should().Equal(later.Sent);
    }

    [Fact]
    public void Message_in_pieces_is_answered()
    {
        var frame = Framed(Question);
        var call = new Call(frame[..3], frame[3..9], frame[9..]);

        _quick.TryAnswer(call.Context).Should().BeTrue();

        call.Sent.Should().NotBeEmpty();
    }

    [Fact]
    public void What_memory_does_not_know_is_left_and_is_no_miss_yet() =>
        IsLeft(new Call(Framed(new GetBooleanEntitlementRequest { CustomerId = "other", FeatureId = "flag" })));

    [Fact]
    public void Bad_question_is_left() => IsLeft(new Call(Framed(new GetBooleanEntitlementRequest { CustomerId = "known" })));

    [Fact]
    public void What_is_no_message_is_left() => IsLeft(new Call([0, 0, 0, 0, 2, 0x0a, 0x7f]));

    [Fact]
    public void Message_that_says_it_is_compressed_is_left() => IsLeft(new Call([1, .. Framed(Question)[1..]]));

    [Fact]
    public void Cut_message_is_left() => IsLeft(new Call(Framed(Question)[..^1]));

    [Fact]
    public void Head_alone_is_left() => IsLeft(new Call([0, 0, 0]));

    [Fact]
    public void Empty_body_is_left() => IsLeft(new Call());

    [Fact]
    public void Two_messages_are_left() => IsLeft(new Call(Framed(Question), Framed(Question)));

    [Fact]
    public void Message_whose_end_is_not_there_yet_is_left() => IsLeft(new Call(Framed(Question)) { IsOpen = true });

    [Fact]
    public void Question_that_was_reset_is_left()
    {
        var call = new Call(Framed(Question)) { Fault = new IOException("reset") };

        _quick.TryAnswer(call.Context).Should().BeFalse();

        call.Sent.Should().BeEmpty();
    }

    [Theory]
    [InlineData("ReportUsage")]
    [InlineData("getbooleanentitlement")]
    [InlineData("")]
    public void Other_method_is_left(string method) => IsLeft(new Call(Framed(Question)) { Method = method });

    [Theory]
    [InlineData("GET", "application/grpc", null)]
    [InlineData("POST", "application/json", null)]
    [InlineData("POST", "application/grpc-web", null)]
    [InlineData("POST", null, null)]
    [InlineData("POST", "application/grpc", "gzip")]
    [InlineData("POST", "application/grpc", "unknown")]
    public void What_is_not_plain_is_left(string verb, string? content, string? encoding) =>
        IsLeft(new Call(Framed(Question)) { Verb = verb, ContentType = content, Encoding = encoding });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static byte[] Framed(IMessage message) => Sidecar.Bench.Load.Call.Framed(message);

    private static byte[] Framed(byte[] message) => [0, 0, 0, 0, (byte)message.Length, .. message];

    private static SidecarOptions OfflineOptions() =>
        SidecarOptions.Read(new SettingsReader(name => name is "OFFLINE" ? "true" : null, _ => throw new FileNotFoundException()), availableMemory: 1L << 31);

    [Fact]
    public void Call_that_asks_where_its_answer_comes_from_is_left()
    {
        var call = new Call(Framed(Question));
        call.Context.Request.Headers["x-sidecar-explain"] = "1";

        IsLeft(call);
    }

    private void IsLeft(Call call)
    {
        _quick.TryAnswer(call.Context).Should().BeFalse();

        call.Unread.Should().Equal(call.Body);
        call.Sent.Should().BeEmpty();
        call.Trailers.Should().BeEmpty();
        call.Context.Response.Headers.Should().BeEmpty();
        (_counters.CacheHits.Value, _counters.CacheMisses.Value).Should().Be((0, 0));
    }

    // One call as the server hands it over.
    private sealed class Call(params byte[][] pieces) : IRequestBodyPipeFeature, IHttpResponseTrailersFeature
    {
        private readonly Pipe _request = new(new PipeOptions(minimumSegmentSize: 1, useSynchronizationContext: false));
        private readonly Pipe _response = new();
        private DefaultHttpContext? _context;

        public string Verb { get; init; } = "POST";

        public string Method { get; init; } = "GetBooleanEntitlement";

        public string? ContentType { get; init; } = "application/grpc";

        public string? Encoding { get; init; }

        public bool IsOpen { get; init; }

        public Exception? Fault { get; init; }

        public byte[] Body => [.. pieces.SelectMany(piece => piece)];

        public HttpContext Context => _context ??= Made();

        public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();

        PipeReader IRequestBodyPipeFeature.Reader => _request.Reader;

        // What the framework finds when it reads.
        public byte[] Unread => _request.Reader.TryRead(out var read) ? read.Buffer.ToArray() : [];

        public byte[] Sent
        {
            get
            {
                _response.Writer.Complete();
                return _response.Reader.TryRead(out var read) ? read.Buffer.ToArray() : [];
            }
        }

        private DefaultHttpContext Made()
        {
            foreach (var piece in pieces)
            {
                // A memory of its own for each.
                piece.CopyTo(_request.Writer.GetMemory(4096));
                _request.Writer.Advance(piece.Length);
                _ = _request.Writer.FlushAsync().AsTask();
            }

            if (!IsOpen)
                _request.Writer.Complete(Fault);
            var context = new DefaultHttpContext();
            context.Request.Method = Verb;
            context.Request.Path = $"/stigg.sidecar.v1.SidecarService/{Method}";
            context.Request.ContentType = ContentType;
            if (Encoding is not null)
                context.Request.Headers.GrpcEncoding = Encoding;
            context.Features.Set<IRequestBodyPipeFeature>(this);
            context.Features.Set<IHttpResponseTrailersFeature>(this);
            context.Features.Set<IHttpResponseBodyFeature>(new Response(_response.Writer));
            return context;
        }
    }

    private sealed class Response(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => throw new NotSupportedException();

        public PipeWriter Writer => writer;

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
