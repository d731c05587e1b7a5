using System.Diagnostics;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tracing;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Tests.Tracing;

/// <summary>Spans of requests to the cloud, with a listener of this spec's own.</summary>
public sealed class UpstreamTracingSpecs : IDisposable
{
    private static readonly EntryKey Key = new("customer-secret-id");
    private readonly UpstreamTracing _tracing = new();
    private readonly ActivityListener _listener;
    private readonly List<Activity> _ended = [];
    private ActivitySamplingResult _sampling = ActivitySamplingResult.AllDataAndRecorded;

    public UpstreamTracingSpecs()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, _tracing.Source),
            Sample = (ref _) => _sampling,
            ActivityStopped = _ended.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _tracing.Dispose();
    }

    [Fact]
    public void Request_is_below_the_call_that_asked_and_carries_its_own_context()
    {
        using var call = _tracing.Source.StartActivity("call", ActivityKind.Server, new ActivityContext(
            ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, "vendor=1", isRemote: true))!;
        using var asked = _tracing.Asks(Key);
        using var request = Request();

        var cause = _tracing.CauseOf(Key);
        using (var span = _tracing.Begin(request, CloudPath.Edge, "GetEntitlementsState", cause))
            span.Answered(System.Net.HttpStatusCode.OK);

        var ended = _ended.Single();
        (ended.TraceId, ended.ParentSpanId, ended.Kind, ended.Status).Should().Be((call.TraceId, call.SpanId, ActivityKind.Client, ActivityStatusCode.Unset));
        request.Headers.GetValues("traceparent").Should().Equal($"00-{call.TraceId}-{ended.SpanId}-01");
        request.Headers.GetValues("tracestate").Should().Equal("vendor=1");
        ended.TagObjects.Should().Contain(new KeyValuePair<string, object?>("http.response.status_code", 200));
        ended.TagObjects.Should().OnlyContain(tag => !$"{tag.Value}".Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void Entry_that_nobody_waits_for_any_more_has_no_cause()
    {
        using var call = _tracing.Source.StartActivity("call");
        var first = _tracing.Asks(Key)!;
        _tracing.Asks(Key).Should().BeNull("the first one who asks is the cause");
        _tracing.CauseOf(Key).Should().NotBe(default(ActivityContext));

        first.Dispose();

        _tracing.CauseOf(Key).Should().Be(default(ActivityContext));
    }

    [Fact]
    public void Report_is_known_by_itself_and_not_by_what_it_says()
    {
        using var call = _tracing.Source.StartActivity("call");
        var (one, other) = (new UsageReport([], IsBulk: true), new UsageReport([], IsBulk: true));
        using var asked = _tracing.Asks(one);

        _tracing.CauseOf(one).Should().NotBe(default(ActivityContext));
        _tracing.CauseOf(other).Should().Be(default(ActivityContext));
    }

    [Fact]
    public void Context_of_a_call_that_is_not_recorded_is_passed_on_as_it_is()
    {
        _sampling = ActivitySamplingResult.None;
        var cause = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None, new string('x', 513));
        using var request = Request();

        _tracing.Begin(request, CloudPath.Api, "ReportUsage", cause).Dispose();

        request.Headers.GetValues("traceparent").Should().Equal($"00-{cause.TraceId}-{cause.SpanId}-00");
        request.Headers.Contains("tracestate").Should().BeFalse("it is longer than 512 characters");
    }

    [Fact]
    public void Without_a_call_there_is_nothing_to_note_down() => _tracing.Asks(Key).Should().BeNull();

    [Fact]
    public void Failure_is_told_in_a_word()
    {
        using var request = Request();
        using (var span = _tracing.Begin(request, CloudPath.Edge, "GetEntitlementsState", cause: default))
            span.Failed("HttpRequestException");

        var ended = _ended.Single();
        ended.Status.Should().Be(ActivityStatusCode.Error);
        ended.GetTagItem("error.type").Should().Be("HttpRequestException");
    }

    private static HttpRequestMessage Request() => new(HttpMethod.Get, new Uri("http://edge:8080/v1/customers/customer-secret-id?token=secret"));
}
