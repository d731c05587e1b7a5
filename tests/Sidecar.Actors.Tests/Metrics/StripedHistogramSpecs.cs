using System.Diagnostics;
using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Tests.Metrics;

public sealed class StripedHistogramSpecs
{
    private readonly StripedHistogram _histogram = new(0.001, 0.01, 1);

    [Fact]
    public void It_starts_empty()
    {
        _histogram.Read().Counts.Should().Equal(0, 0, 0, 0);
        _histogram.Read().Sum.Should().Be(0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.001, 0)]
    [InlineData(0.0011, 1)]
    [InlineData(0.01, 1)]
    [InlineData(1, 2)]
    [InlineData(1.1, 3)]
    [InlineData(86_400, 3)]
    public void A_duration_falls_into_the_first_bucket_that_it_fits(double seconds, int bucket)
    {
        _histogram.Record(TimeSpan.FromSeconds(seconds));

        var counts = new long[4];
        counts[bucket] = 1;
        _histogram.Read().Counts.Should().Equal(counts);
        _histogram.Read().Sum.Should().BeApproximately(seconds, 1e-6);
    }

    [Fact]
    public async Task No_duration_of_many_threads_is_lost()
    {
        const int Threads = 40;
        const int Each = 10_000;
        var tick = Stopwatch.Frequency / 200;

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < Each; i++)
                    _histogram.Record(tick);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        _histogram.Read().Counts.Should().Equal(0, Threads * Each, 0, 0);
        _histogram.Read().Sum.Should().BeApproximately(Threads * Each * 0.005, 1e-3);
    }
}
