using FluentAssertions;
using Sidecar.Bench.Sections;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

/// <summary>What the benchmark reads of processes and of the service's own metrics.</summary>
public sealed class ServerFiguresSpecs
{
    private const string Scrape = """
        # TYPE sidecar_cache_bytes gauge
        sidecar_cache_bytes{} 4096
        sidecar_cache_bytes_more{} 1
        sidecar_updates_total{kind="usage",outcome="applied"} 30 1700000000000
        sidecar_updates_total{kind="usage",outcome="with a blank"} 12
        sidecar_updates_total{kind="package",outcome="applied"} 5
        process_open_fds 77
        """;

    [Fact]
    public void Metric_is_the_sum_of_its_lines_with_the_labels()
    {
        MetricText.Sum(Scrape, "sidecar_cache_bytes", []).Should().Be(4096);
        MetricText.Sum(Scrape, "process_open_fds", []).Should().Be(77);
        MetricText.Sum(Scrape, "sidecar_updates_total", ["kind=\"usage\""]).Should().Be(42);
        MetricText.Sum(Scrape, "sidecar_updates_total", ["outcome=\"applied\"", "kind=\"package\""]).Should().Be(5);
        FluentActions.Invoking(() => MetricText.Sum(Scrape, "sidecar_updates", [])).Should().Throw<FormatException>().WithMessage("*sidecar_updates*");
    }

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
    public void Soak_asks_mostly_about_the_same_customers_and_now_and_then_about_any()
    {
        var order = SoakSection.Churn(100_000);
        var asked = Enumerable.Range(0, 100_000).Select(i => order(i).Customer).ToList();

        asked.Count(customer => customer < 5_000).Should().BeInRange(95_000, 96_000);
        asked.Distinct().Count().Should().BeGreaterThan(9_000);
    }
}
