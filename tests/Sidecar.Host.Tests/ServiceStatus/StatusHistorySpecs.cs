using FluentAssertions;
using Sidecar.Actors.Cloud;
using Sidecar.Host.ServiceStatus;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Host.Tests.ServiceStatus;

/// <summary>What is kept of the last 15 minutes.</summary>
public sealed class StatusHistorySpecs
{
    private readonly StatusHistory _history = new();

    [Fact]
    public void Each_sample_has_what_was_counted_since_the_one_before()
    {
        Add(1, 10);
        Add(2, 25);

        _history.Samples().Select(sample => sample.Counts[AnswerSource.Memory]).Should().Equal(10, 15);
        _history.Samples().Should().OnlyContain(sample => sample.Length == StatusHistory.Pace);
    }

    [Fact]
    public void A_sample_keeps_the_verdict_and_the_gauges()
    {
        _history.Add(ReportAt(1, 0) with { Verdict = new StatusVerdict(StatusState.Down, []) });

        var sample = _history.Samples().Should().ContainSingle().Subject;
        (sample.State, sample.StreamAge, sample.CacheBytes, sample.Uptime).Should().Be((StatusState.Down, 7, 1L << 40, StatusHistory.Pace));
        _history.Add(ReportAt(2, 0) with { Facts = ReportAt(2, 0).Facts with { StreamAge = null } });
        _history.Samples()[1].StreamAge.Should().BeNull();
    }

    [Fact]
    public void The_oldest_sample_gives_way_and_the_size_stays()
    {
        for (var i = 1; i <= StatusHistory.Capacity + 1; i++)
            Add(i, i * i);

        var samples = _history.Samples();
        samples.Should().HaveCount(StatusHistory.Capacity);
        samples[0].Uptime.Should().Be(2 * StatusHistory.Pace);
        samples[^1].Counts[AnswerSource.Memory].Should().Be((181 * 181) - (180 * 180));
    }

    [Fact]
    public void Keeping_a_sample_takes_no_memory_beyond_what_is_read()
    {
        var report = ReportAt(1, 10);
        for (var i = 0; i < 10; i++)
            _history.Add(report);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            _history.Add(report);

        // The difference of two counts, once a sample.
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000 * 1_024);
        (StatusHistory.Capacity * StatusCounts.Length * sizeof(int)).Should().BeLessThan(64 * 1024);
    }

    [Fact]
    public void What_is_recent_includes_what_came_after_the_last_sample()
    {
        Add(1, 10);
        Add(2, 30);

        var recent = _history.Recent(TimeSpan.FromMinutes(1), StatusCounts.None.With(AnswerSource.Memory, 37), TimeSpan.FromSeconds(12));

        recent.Counts[AnswerSource.Memory].Should().Be(37);
        recent.Span.Should().Be(TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void What_is_older_than_the_stretch_is_not_recent()
    {
        for (var i = 1; i <= 20; i++)
            Add(i, i * 10);

        var recent = _history.Recent(TimeSpan.FromSeconds(60), StatusCounts.None.With(AnswerSource.Memory, 205), TimeSpan.FromSeconds(102));

        // Eleven samples lie in it as a whole.
        recent.Span.Should().Be(TimeSpan.FromSeconds(57));
        recent.Counts[AnswerSource.Memory].Should().Be(115);
        recent.PerSecond(recent.Counts.Answers).Should().BeApproximately(115 / 57.0, 0.001);
    }

    [Fact]
    public void Before_the_first_sample_all_is_recent()
    {
        var recent = _history.Recent(TimeSpan.FromMinutes(1), StatusCounts.None.With(CloudPath.Edge, null, 3), TimeSpan.FromSeconds(2));

        recent.Counts.Requests(CloudPath.Edge).Should().Be(3);
        recent.Span.Should().Be(TimeSpan.FromSeconds(2));
        _history.Recent(TimeSpan.FromMinutes(1), StatusCounts.None, TimeSpan.Zero).PerSecond(1).Should().Be(0);
    }

    private void Add(int number, long answers) => _history.Add(ReportAt(number, answers));

    private static StatusReport ReportAt(int number, long answers)
    {
        var facts = new StatusFacts
        {
            Uptime = number * StatusHistory.Pace,
            StreamAge = TimeSpan.FromSeconds(7),
            CacheBytes = 1L << 40,
            Totals = StatusCounts.None.With(AnswerSource.Memory, answers),
        };
        var rates = new StatusRates(TimeSpan.Zero, StatusCounts.None);
        return new StatusReport(facts, rates, rates, rates, StatusVerdict.Of([]));
    }
}
