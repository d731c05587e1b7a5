using FluentAssertions;
using Sidecar.Bench;
using Sidecar.Bench.Load;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

/// <summary>What the benchmark makes of what h2load says and logs.</summary>
public sealed class LoadSummarySpecs
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
    public void Summary_of_a_load_is_read() => LoadSummary.Parse(Output).Should()
        .Be(new LoadSummary(Done: 240_651, Succeeded: 240_650, Seconds: 3.01, DataBytes: 32_728_536));

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
    public void Latencies_are_the_third_field_of_each_line()
    {
        var latencies = LoadLog.Latencies(["1700000000000001\t200\t90", "1700000000000002\t200\t80", "1700000000000003\t200\t100"]);

        latencies.Count.Should().Be(3);
        latencies.Percentile(0.5).Should().Be(90);
    }

    [Theory]
    [InlineData("1700000000000001\t500\t900", "status 500")]
    [InlineData("1700000000000001\t-1\t900", "status -1")]
    [InlineData("1700000000000001\t200", "expected a start")]
    [InlineData("1700000000000001\t200\tfast", "expected a start")]
    public void Answer_that_failed_and_line_of_another_form_are_refused(string line, string problem) =>
        FluentActions.Invoking(() => LoadLog.Latencies([line])).Should().Throw<BenchException>().WithMessage($"*{problem}*");
}
