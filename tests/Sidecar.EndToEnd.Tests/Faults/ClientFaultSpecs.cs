using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A client that does what none should: the others notice nothing.</summary>
public sealed class ClientFaultSpecs(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public async Task Ten_thousand_open_streams_harm_no_other_client(int connections)
    {
        await using var it = await UnderFault.StartAsync($"10,000 streams on each of {connections} connections");

        await ClientFaults.ManyStreamsAsync(it, connections);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Rapid_reset_harms_no_other_client()
    {
        await using var it = await UnderFault.StartAsync("client resetting each stream");

        await ClientFaults.RapidResetAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public async Task Client_that_never_reads_harms_no_other_client(int connections)
    {
        await using var it = await UnderFault.StartAsync($"never reading on {connections} connections");

        await ClientFaults.NeverReadingAsync(it, connections);

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
    public async Task Oversized_ids_messages_and_headers_are_refused_and_harm_no_other_client()
    {
        await using var it = await UnderFault.StartAsync("ids, messages and headers too long");

        await ClientFaults.OversizedAsync(it);

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
