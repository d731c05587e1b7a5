using System.Xml.Linq;
using FluentAssertions;
using Sidecar.Bench.Results;
using Sidecar.Bench.Sections;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

/// <summary>From figures to what people read.</summary>
public sealed class ReportSpecs
{
    private static readonly Machine Machine = new("Some <fast> CPU", 2, 24.1, "6.1.0", ".NET 10.0.0", "2026-03-01");

    // The third pair was disturbed, and both alike.
    private static readonly Report Mixed = Report.Of(
    [
        .. Pair(0, What.Throughput, 80, 100, 9), .. Pair(1, What.Throughput, 70, 100, 10), .. Pair(2, What.Throughput, 8, 10, 1),
        .. Pair(0, What.CpuACall, 11, 10, 80), .. Pair(1, What.CpuACall, 12, 10, 81), .. Pair(2, What.CpuACall, 30, 20, 200),
    ]);

    [Fact]
    public void Ratios_are_medians_over_the_pairs_and_figures_are_medians_with_their_spread()
    {
        var row = Mixed.Find(Section.Mixed, What.Throughput)!;

        row.Ratios[Server.Bare].Should().BeApproximately(0.8, 1e-9);
        row.Ratios[Server.Node].Should().BeApproximately(8, 1e-9);
        row.Servers[Server.Sidecar].Should().Be(new Summary(70, 8, 80, 3));
        Mixed.Rows.Select(one => one.What).Should().Equal(What.Throughput, What.CpuACall);
    }

    [Fact]
    public void Targets_are_judged_by_ratios_and_only_where_there_is_a_figure()
    {
        Mixed.Verdicts.Select(verdict => (verdict.Target.What, verdict.Target.To, verdict.IsKept)).Should().Equal(
            (What.Throughput, Server.Bare, false), (What.CpuACall, Server.Bare, false), (What.Throughput, Server.Node, true));
    }

    [Theory]
    [InlineData(1_500, true)]
    [InlineData(1_501, false)]
    public void Target_of_a_figure_itself_is_judged_by_its_median(double value, bool kept)
    {
        var verdict = Report.Of([new Sample(Section.Memory, What.BytesACustomer, Unit.Bytes, Server.Sidecar, 0, value)]).Verdicts.Should().ContainSingle().Subject;

        verdict.IsKept.Should().Be(kept);
        verdict.Demand.Should().Be("at most 1,500 B");
    }

    [Fact]
    public void Target_may_have_two_sides() =>
        Report.Of([new Sample(Section.Soak, What.SoakDrift, Unit.Ratio, Server.Sidecar, 0, 0.9)]).Verdicts.Should().ContainSingle()
            .Which.Should().Match<Verdict>(verdict => !verdict.IsKept && verdict.Demand == "0.95× to 1.05×");

    [Fact]
    public void Target_that_is_missed_by_little_shows_it() =>
        Report.Of([new Sample(Section.Soak, What.SoakDrift, Unit.Ratio, Server.Sidecar, 0, 1.053)]).Verdicts.Should().ContainSingle()
            .Which.Measured.Should().Be("1.053×");

    [Fact]
    public void Every_target_belongs_to_a_part_of_the_benchmark() =>
        Target.All.Should().OnlyContain(target => Section.Find(target.Section) != null);

    [Fact]
    public void Page_has_machine_command_targets_and_a_table_for_each_part()
    {
        var page = Page.Markdown(Mixed, Machine, "./bench --pairs 7", "chart.svg");

        page.Should().Contain("Written by `./bench --pairs 7` on 2026-03-01")
            .And.Contain("Some <fast> CPU, 2 cores, 24.1 GB of memory, Linux 6.1.0, .NET 10.0.0")
            .And.Contain("](chart.svg)")
            .And.Contain("| mixed: throughput, by that of bare | 0.80× | at least 0.90× | **missed** |")
            .And.Contain("| what | sidecar | bare | node | sidecar ÷ bare | sidecar ÷ node |")
            .And.Contain("| throughput | 70.0/s (8.00–80.0) | 100/s (10.0–100) | 9.00/s (1.00–10.0) | 0.80 | 8.00 |")
            .And.Contain(Section.Find(Section.Mixed)!.About);
    }

    [Fact]
    public void Columns_without_a_figure_are_left_out()
    {
        var page = Page.Markdown(
            Report.Of([new Sample(Section.Memory, What.BytesACustomer, Unit.Bytes, Server.Sidecar, 0, 2_100)]), Machine, "./bench", "chart.svg");

        page.Should().Contain("| what | sidecar |\n| --- | --- |\n| resident memory a customer, idle | 2,100 B |\n");
    }

    [Fact]
    public void Text_for_the_terminal_has_the_same() => Page.Text(Mixed).Should()
        .Contain("mixed       sidecar").And.Contain("sidecar ÷ node\n").And.Contain("throughput  70.0/s (8.00–80.0)").And.Contain("MISSED  mixed: throughput, by that of bare: 0.80×, at least 0.90×").And.Contain("kept    mixed");

    [Fact]
    public void Chart_is_well_formed_has_no_script_and_fits_light_and_dark_pages()
    {
        var svg = Chart.Svg(Mixed, Machine);

        var root = XDocument.Parse(svg).Root!;
        root.Name.LocalName.Should().Be("svg");
        root.Descendants().Select(element => element.Name.LocalName).Should().NotContain("script");
        root.Descendants().Count(element => element.Name.LocalName == "rect").Should().Be(1 + 6, "the ground, and two panels of three servers");
        svg.Should().Contain("prefers-color-scheme: dark").And.Contain("Some &lt;fast&gt; CPU").And.Contain("class=\"page\"");
        root.Descendants().Where(element => element.Name.LocalName == "rect").Skip(1)
            .Should().OnlyContain(bar => double.Parse(bar.Attribute("width")!.Value, System.Globalization.CultureInfo.InvariantCulture) <= 440);
    }

    [Fact]
    public void Json_has_every_sample_and_what_became_of_targets() => Mixed.ToJson().Should().Contain("\"samples\"").And.Contain("\"isKept\": true").And.Contain("\"pair\": 2").And.Contain("CPU a call");

    [Theory]
    [InlineData(1234.4, Unit.Bytes, "1,234 B")]
    [InlineData(62_345, Unit.PerSecond, "62,345/s")]
    [InlineData(12.34, Unit.Milliseconds, "12.3 ms")]
    [InlineData(1.234, Unit.Microseconds, "1.23 µs")]
    [InlineData(123.456, Unit.Ratio, "123.46×")]
    [InlineData(2_293, Unit.None, "2,293")]
    public void Figures_have_three_digits_and_their_unit(double value, string unit, string expected) => Figures.Show(value, unit).Should().Be(expected);

    [Fact]
    public void Machine_is_told_by_what_the_kernel_knows()
    {
        Machine.ProcessorIn(["processor\t: 0", "model name\t: Intel(R) Xeon(R) @ 2.60GHz: x", "model name\t: other"]).Should().Be("Intel(R) Xeon(R) @ 2.60GHz: x");
        Machine.ProcessorIn(["processor\t: 0"]).Should().NotBeEmpty();
        Machine.MemoryIn(["MemTotal:       24682496 kB", "MemFree: 1 kB"]).Should().Be(24_682_496L * 1024);
        Machine.Here(TimeProvider.System).Cores.Should().BePositive();
    }

    [Fact]
    public void Median_is_the_middle_one_or_the_mean_of_two()
    {
        Statistics.Median([5, 1, 9]).Should().Be(5);
        Statistics.Median([4, 1, 2, 9]).Should().Be(3);
        Statistics.Median([7]).Should().Be(7);
        FluentActions.Invoking(() => Statistics.Median([])).Should().Throw<ArgumentException>();
    }

    private static Sample[] Pair(int pair, string what, double sidecar, double bare, double node)
    {
        var unit = what == What.Throughput ? Unit.PerSecond : Unit.Microseconds;
        return
        [
            new(Section.Mixed, what, unit, Server.Sidecar, pair, sidecar),
            new(Section.Mixed, what, unit, Server.Bare, pair, bare),
            new(Section.Mixed, what, unit, Server.Node, pair, node),
        ];
    }
}
