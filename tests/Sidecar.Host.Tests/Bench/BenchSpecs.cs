using FluentAssertions;
using Sidecar.Bench;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

/// <summary>What the benchmark makes of options, of other programs' output, and of figures.</summary>
public sealed class BenchSpecs
{
    private const string Output = """
        starting benchmark...
        spawning thread #0: 4 total client(s). Timing-based test with 0s of warm-up time and 3s of main duration for measurements.
        progress: 33% of clients started
        Application protocol: h2c

        finished in 3.01s, 79950.33 req/s, 17.41MB/s
        requests: 240651 total, 240851 started, 240651 done, 240650 succeeded, 1 failed, 0 errored, 0 timeout
        status codes: 240650 2xx, 0 3xx, 0 4xx, 1 5xx
        traffic: 52.40MB (54946204) total, 10.55MB (11069946) headers (space savings 88.15%), 31.21MB (32728536) data
                             min         max         mean         sd        +/- sd
        time for request:      210us     22.44ms      2.46ms      1.31ms    79.22%
        """;

    [Fact]
    public void Summary_of_a_load_is_read()
    {
        var summary = LoadSummary.Parse(Output);

        summary.Should().Be(new LoadSummary(Done: 240_651, Succeeded: 240_650, Seconds: 3.01, DataBytes: 32_728_536));
        summary.RequestsPerSecond.Should().BeApproximately(79_950.5, 0.1);
    }

    [Theory]
    [InlineData("finished in 3.01s", "finished in 950.25ms", 0.95025)]
    [InlineData("finished in 3.01s", "finished in 12us", 0.000012)]
    public void Time_is_read_in_any_unit(string from, string to, double seconds) =>
        LoadSummary.Parse(Output.Replace(from, to, StringComparison.Ordinal)).Seconds.Should().BeApproximately(seconds, 1e-9);

    [Theory]
    [InlineData("")]
    [InlineData("h2load: bad option")]
    [InlineData("finished in 3.01s, 0.00 req/s, 0B/s\n")]
    public void Load_that_did_not_end_is_told_with_all_that_was_said(string output) =>
        FluentActions.Invoking(() => LoadSummary.Parse(output)).Should().Throw<BenchException>().WithMessage($"*{output}*");

    [Fact]
    public void Latencies_are_the_third_field_of_each_line_in_order() =>
        LoadLog.Latencies(["1700000000000001\t200\t900", "1700000000000002\t200\t80", "1700000000000003\t200\t1000"]).Should().Equal(80, 900, 1000);

    [Theory]
    [InlineData("1700000000000001\t500\t900", "status 500")]
    [InlineData("1700000000000001\t-1\t900", "status -1")]
    [InlineData("1700000000000001\t200", "expected a start")]
    [InlineData("1700000000000001\t200\tfast", "expected a start")]
    public void Answer_that_failed_and_line_of_another_form_are_refused(string line, string problem) =>
        FluentActions.Invoking(() => LoadLog.Latencies([line])).Should().Throw<BenchException>().WithMessage($"*{problem}*");

    [Fact]
    public void Median_is_the_middle_one_or_the_mean_of_two()
    {
        Statistics.Median([5, 1, 9]).Should().Be(5);
        Statistics.Median([4, 1, 2, 9]).Should().Be(3);
        Statistics.Median([7]).Should().Be(7);
        FluentActions.Invoking(() => Statistics.Median([])).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(0.991, 100)]
    [InlineData(1, 100)]
    [InlineData(0, 1)]
    public void Percentile_is_the_smallest_value_that_so_many_are_not_above(double share, int expected) =>
        Statistics.Percentile([.. Enumerable.Range(1, 100)], share).Should().Be(expected);

    [Fact]
    public void Processor_time_is_that_of_program_and_kernel_whatever_the_program_is_called() => ProcessFigures
        .CpuTime("4711 (a (b) c d) S 1 4711 4711 0 -1 4194560 9000 0 12 0 250 75 3 4 20 0 18 0 1234567 271000000 30000 184467")
        .Should().Be(TimeSpan.FromSeconds(3.25));

    [Fact]
    public void Figures_of_this_process_are_there()
    {
        ProcessFigures.CpuTime(Environment.ProcessId).Should().BePositive();
        ProcessFigures.ResidentBytes(Environment.ProcessId).Should().BeGreaterThan(1_000_000);
        ProcessFigures.ResidentBytes(["VmPeak:\t  900 kB", "VmRSS:\t  150 kB"]).Should().Be(150 * 1024);
    }

    [Fact]
    public void Frame_is_the_message_behind_its_length()
    {
        var frame = LoadTool.Frame(new GetMeteredEntitlementRequest { CustomerId = "ab" });

        frame.Should().Equal([0, 0, 0, 0, (byte)(frame.Length - 5), .. frame[5..]]);
        GetMeteredEntitlementRequest.Parser.ParseFrom(frame[5..]).CustomerId.Should().Be("ab");
    }

    [Fact]
    public void Ratios_are_medians_over_the_rounds()
    {
        // The third round was disturbed, and both alike.
        var report = Report.Of([Round(80, 100, 14, 10), Round(70, 100, 13, 10), Round(8, 10, 30, 20)]);

        report.Ratios.Should().ContainSingle().Which.Should().Be(new Ratio("bare", 0.8, 1.4));
        report.Servers.Single(one => one.Server == "sidecar").RequestsPerSecond.Should().Be(70);
        report.IsWithinThresholds.Should().BeFalse();
        report.ToString().Should().Contain("sidecar/bare: throughput 0.80, CPU a call 1.40");
    }

    [Theory]
    [InlineData(75, 13.5, true)]
    [InlineData(74, 10, false)]
    [InlineData(90, 13.6, false)]
    public void Thresholds_are_both_to_be_kept(double throughput, double cpu, bool kept) =>
        Report.Of([Round(throughput, 100, cpu, 10)]).IsWithinThresholds.Should().Be(kept);

    [Fact]
    public void Options_are_read()
    {
        BenchOptions.Read(["--programs", "p"]).Should().Be(new BenchOptions { Programs = "p" });
        BenchOptions.Read(["--pairs", "9", "--seconds", "5", "--json", "f", "--no-node", "--check", "--programs", "p"]).Should().Be(
            new BenchOptions { Programs = "p", Pairs = 9, Seconds = 5, JsonFile = "f", Node = false, Check = true });
    }

    [Theory]
    [InlineData("--pair", "can't use")]
    [InlineData("--pairs", "needs a value")]
    [InlineData("--pairs 6", "from 7 to 1000")]
    [InlineData("--pairs -7", "from 7 to 1000")]
    [InlineData("--seconds 0", "from 1 to 60")]
    [InlineData("--seconds 61", "from 1 to 60")]
    [InlineData("--json", "needs a value")]
    [InlineData("--check", "--programs is missing")]
    public void Bad_options_are_refused(string arguments, string problem) => FluentActions
        .Invoking(() => BenchOptions.Read(arguments.Split(' '))).Should().Throw<FormatException>().WithMessage($"*{problem}*");

    private static Measurement[] Round(double sidecarRate, double bareRate, double sidecarCpu, double bareCpu) =>
    [
        new("sidecar", sidecarRate, 2000, 5000, sidecarCpu, 150_000_000),
        new("bare", bareRate, 1000, 4000, bareCpu, 80_000_000),
    ];
}
