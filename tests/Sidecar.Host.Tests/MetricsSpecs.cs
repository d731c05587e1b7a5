using System.Text;
using FluentAssertions;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Metrics;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>What every answer counts, and how histograms are written.</summary>
public sealed class MetricsSpecs
{
    [Fact]
    public void An_answer_is_counted_by_its_source_and_timed_by_its_call()
    {
        var metrics = new AnswerMetrics();

        metrics.Answered(AnswerCall.GetEntitlements, AnswerSource.RequestFallback, TimeSpan.FromMilliseconds(2));

        metrics.Sources.Where(s => s.Count.Value > 0).Select(s => (s.Source, s.Count.Value)).Should().Equal(("request_fallback", 1));
        metrics.Durations.Where(d => d.Durations.Read().Sum > 0).Select(d => d.Call).Should().Equal("GetEntitlements");
    }

    [Fact]
    public void Every_source_and_every_call_has_its_name_in_its_place()
    {
        var metrics = new AnswerMetrics();

        metrics.Sources.Select(s => s.Source).Should().Equal(
            "memory", "redis", "upstream", "stale", "request_fallback", "global_fallback", "default");
        metrics.Durations.Select(d => d.Call).Should().Equal(
            "GetEntitlement", "GetEntitlementV2", "GetBooleanEntitlement", "GetNumericEntitlement", "GetMeteredEntitlement",
            "GetEnumEntitlement", "GetEntitlements", "GetEntitlementsStateV2");
    }

    [Fact]
    public void Counting_an_answer_allocates_nothing()
    {
        var metrics = new AnswerMetrics();
        Count(metrics, 1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Count(metrics, 10_000);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);

        static void Count(AnswerMetrics metrics, int times)
        {
            for (var i = 0; i < times; i++)
                metrics.Answered(AnswerCall.GetMeteredEntitlement, AnswerSource.Memory, TimeSpan.FromMicroseconds(3));
        }
    }

    [Fact]
    public void A_histogram_is_written_with_buckets_that_add_up()
    {
        var histogram = new StripedHistogram(0.000_005, 0.5, 10);
        histogram.Record(TimeSpan.FromSeconds(0.25));
        histogram.Record(TimeSpan.FromSeconds(2));
        histogram.Record(TimeSpan.FromSeconds(20));
        var text = new StringBuilder();

        HistogramText.Append(text, "x_seconds", "what it is.", "call", [("a", histogram)]);

        text.ToString().Should().Be("""
            # TYPE x_seconds histogram
            # UNIT x_seconds seconds
            # HELP x_seconds what it is.
            x_seconds_bucket{call="a",le="0.000005"} 0
            x_seconds_bucket{call="a",le="0.5"} 1
            x_seconds_bucket{call="a",le="10.0"} 2
            x_seconds_bucket{call="a",le="+Inf"} 3
            x_seconds_sum{call="a"} 22.25
            x_seconds_count{call="a"} 3

            """);
    }
}
