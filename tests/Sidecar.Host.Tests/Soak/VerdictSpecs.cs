using FluentAssertions;
using Sidecar.Soak.Results;
using Sidecar.Soak.Running;
using Xunit;

namespace Sidecar.Host.Tests.Soak;

/// <summary>What a soak makes of what it saw.</summary>
public sealed class VerdictSpecs
{
    private const double Megabyte = 1e6;
    private readonly Tally _tally = new(static () => "calm");

    public VerdictSpecs() => Read(20_000);

    [Fact]
    public void Run_in_which_all_was_well_keeps_all_promises() => Verdict.Of(Outcome()).Should().OnlyContain(verdict => verdict.IsKept == true);

    [Fact]
    public void One_failed_read_of_a_known_customer_is_one_too_many()
    {
        _tally.KnownFailure("a");

        Missed(Outcome()).Should().Equal("No read of a known customer fails");
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void One_in_ten_thousand_may_be_answered_by_a_fallback_and_no_more(int fallbacks, bool isKept)
    {
        for (var i = 0; i < fallbacks; i++)
            _tally.KnownFallback("a");

        (Missed(Outcome()).Count is 0).Should().Be(isKept);
    }

    [Fact]
    public void Wrong_answers_lost_and_doubled_reports_faults_that_are_missing_and_a_bad_end_are_each_a_miss()
    {
        Missed(Outcome() with { Reports = new() { Acknowledged = 10, Lost = 1 } }).Should().ContainSingle();
        Missed(Outcome() with { Reports = new() { Acknowledged = 10, Doubled = 1 } }).Should().ContainSingle();
        Missed(Outcome() with { Reports = new() }).Should().ContainSingle("nothing was acknowledged");
        Missed(Outcome() with { Faults = [] }).Should().ContainSingle();
        Missed(Outcome() with { QuietProblem = "a" }).Should().ContainSingle();
        Missed(Outcome() with { ExitCode = 1 }).Should().ContainSingle();
        Missed(Outcome() with { RestartProblem = "a" }).Should().ContainSingle();
        _tally.WrongAnswer("a");
        Missed(Outcome()).Should().ContainSingle();
    }

    [Theory]
    [InlineData(0.9, true)]
    [InlineData(1.1, false)]
    public void Memory_may_grow_by_less_than_a_megabyte_an_hour_after_the_first_half(double megabytesAnHour, bool isKept) =>
        (Missed(Outcome(megabytesAnHour)).Count is 0).Should().Be(isKept);

    [Fact]
    public void Short_run_says_nothing_of_growth()
    {
        var verdicts = Verdict.Of(Outcome(megabytesAnHour: 100) with { Options = new() { Duration = TimeSpan.FromMinutes(59) } });

        verdicts.Should().ContainSingle(verdict => verdict.IsKept == null).Which.Promise.Should().Contain("Memory");
    }

    [Fact]
    public void Slope_is_that_of_the_line_that_fits_best()
    {
        Slope.AnHour([]).Should().Be(0);
        Slope.AnHour([(TimeSpan.Zero, 5)]).Should().Be(0);
        Slope.AnHour([(TimeSpan.Zero, 0), (TimeSpan.FromMinutes(30), 2), (TimeSpan.FromHours(1), 1)]).Should().BeApproximately(1, 1e-9);
    }

    [Fact]
    public void Growth_is_that_of_the_least_of_each_stretch()
    {
        (TimeSpan, double)[] looks =
        [
            (TimeSpan.FromMinutes(1), 1), (TimeSpan.FromMinutes(2), 9), (TimeSpan.FromMinutes(6), 3), (TimeSpan.FromMinutes(8), 4),
            (TimeSpan.FromMinutes(11), 90), (TimeSpan.FromMinutes(12), 80),
        ];

        Slope.Least(looks, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(12), TimeSpan.FromMinutes(5))
            .Should().Equal([(TimeSpan.FromMinutes(6), 3), (TimeSpan.FromMinutes(8), 4)], "each from its begin, and none after the end");
        Slope.Least(looks, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(11.9), TimeSpan.FromMinutes(5)).Should().Equal([(TimeSpan.FromMinutes(6), 3)]);
        Slope.Least([], TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.FromMinutes(5)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(5, 5, 5, null)]
    [InlineData(4, 5, 6, "after 5 was known")]
    [InlineData(7, 5, 6, "the cloud has 6")]
    public void Answer_that_goes_back_or_is_ahead_is_wrong(double value, double least, double most, string? problem)
    {
        if (problem is null)
            Fact.Problem(value, least, most).Should().BeNull();
        else
            Fact.Problem(value, least, most).Should().Contain(problem);
    }

    [Theory]
    [InlineData(true, 1, 0, 0, 0)]
    [InlineData(true, 0, 1, 0, 0)]
    [InlineData(true, 2, 0, 1, 0)]
    [InlineData(false, 0, 0, 0, 0)]
    [InlineData(false, 1, 0, 0, 1)]
    [InlineData(false, 2, 0, 1, 0)]
    public void Report_is_lost_where_it_was_acknowledged_and_not_counted_and_doubled_where_it_was_counted_twice(
        bool isAcknowledged, int counted, int lost, int doubled, int failedButCounted)
    {
        var figures = new ReportFigures().With(isAcknowledged, counted);

        (figures.Lost, figures.Doubled, figures.FailedButCounted).Should().Be((lost, doubled, failedButCounted));
    }

    [Fact]
    public void Page_and_chart_show_what_was_seen()
    {
        var outcome = Outcome();

        Page.Markdown(outcome, Verdict.Of(outcome), new("a processor", 2, 16, "6.1", ".NET", "2030-01-01"), "soak.svg")
            .Should().Contain("20,000 reads, 0 failed").And.Contain("| cloud gone | 1 | 5 | 2.0 s |").And.Contain("(soak.svg)");
        System.Xml.Linq.XDocument.Parse(Chart.Svg(outcome)).Root!.Name.LocalName.Should().Be("svg");
    }

    private static IReadOnlyList<string> Missed(Outcome outcome) =>
        [.. Verdict.Of(outcome).Where(static verdict => verdict.IsKept is false).Select(static verdict => verdict.Promise)];

    private void Read(int times)
    {
        for (var i = 0; i < times; i++)
            _tally.KnownRead(1);
    }

    private Outcome Outcome(double megabytesAnHour = 0) => new()
    {
        Options = new() { Duration = TimeSpan.FromHours(1) },
        Took = TimeSpan.FromHours(1),
        // What grows in the first half is left alone.
        Samples = [.. Enumerable.Range(1, 60).Select(minute => new Sample(
            TimeSpan.FromMinutes(minute),
            (minute < 30 ? minute * Megabyte : 100 * Megabyte) + (minute / 60.0 * megabytesAnHour * Megabyte),
            50 * Megabyte, 1000, 0.1, 100, 1000, 1, 2, 3))],
        Faults = [new("cloud gone", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2))],
        Tally = _tally,
        Reports = new() { Acknowledged = 100, Failed = 3, FailedButCounted = 1 },
        HasRedis = true,
        QuietProblem = null,
        ExitCode = 0,
        RestartProblem = null,
    };
}
