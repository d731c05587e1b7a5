using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A stream of updates that fails under load.</summary>
public sealed class StreamFaultSpecs(ITestOutputHelper output)
{
    [Fact]
    public async Task Half_open_stream_is_given_up_and_costs_known_customers_nothing()
    {
        await using var it = await UnderFault.StartAsync("stream half-open");

        await StreamFaults.HalfOpenAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Frozen_stream_tells_all_of_it_when_it_thaws()
    {
        await using var it = await UnderFault.StartAsync("stream frozen");

        await StreamFaults.FrozenAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Flood_of_news_costs_known_customers_nothing()
    {
        await using var it = await UnderFault.StartAsync("stream flooding");

        await StreamFaults.FloodingAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }
}
