using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Tests.Metrics;

public sealed class StripedCounterSpecs
{
    [Fact]
    public void It_starts_at_zero() => new StripedCounter().Value.Should().Be(0);

    [Fact]
    public void Each_increment_counts_one()
    {
        var counter = new StripedCounter();

        counter.Increment();
        counter.Increment();

        counter.Value.Should().Be(2);
    }

    [Fact]
    public async Task No_increment_of_many_threads_is_lost()
    {
        const int Threads = 40;
        const int Each = 20_000;
        var counter = new StripedCounter();

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < Each; i++)
                    counter.Increment();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        counter.Value.Should().Be(Threads * Each);
    }

    [Fact]
    public async Task Its_value_never_falls_while_it_is_raised()
    {
        var counter = new StripedCounter();
        var raising = Task.Run(() =>
        {
            for (var i = 0; i < 200_000; i++)
                counter.Increment();
        });

        var last = 0L;
        while (!raising.IsCompleted)
        {
            var value = counter.Value;
            value.Should().BeGreaterThanOrEqualTo(last);
            last = value;
        }

        await raising;
        counter.Value.Should().Be(200_000);
    }
}
