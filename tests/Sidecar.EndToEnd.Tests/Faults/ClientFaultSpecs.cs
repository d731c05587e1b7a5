using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A client that does what none should: the others notice nothing.</summary>
public sealed class ClientFaultSpecs(ITestOutputHelper output)
{
    [Fact]
    public async Task Ten_thousand_open_streams_harm_no_other_client()
    {
        await using var it = await UnderFault.StartAsync("client opening 10,000 streams");

        await ClientFaults.ManyStreamsAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Rapid_reset_harms_no_other_client()
    {
        await using var it = await UnderFault.StartAsync("client resetting each stream");

        await ClientFaults.RapidResetAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Client_that_never_reads_harms_no_other_client()
    {
        await using var it = await UnderFault.StartAsync("client that never reads");

        await ClientFaults.NeverReadingAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Slow_loris_harms_no_other_client()
    {
        await using var it = await UnderFault.StartAsync("client sending byte by byte");

        await ClientFaults.SlowLorisAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Messages_that_never_end_take_bounded_memory()
    {
        await using var it = await UnderFault.StartAsync("messages of 4 MiB that never end");

        await ClientFaults.UnendedMessagesAsync(it, calls: 300);

        output.WriteLine(await it.EndsWellAsync());
    }
}
