using System.Globalization;
using Sidecar.Bench.Servers;

namespace Sidecar.Bench.Cloud;

/// <summary>The process of <see cref="CloudProgram"/>.</summary>
internal sealed class CloudProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly PlainServer _process;

    private CloudProcess(PlainServer process) => _process = process;

    /// <summary>Where it answers.</summary>
    public Uri Address => _process.Address;

    /// <summary>Where its stream of updates is.</summary>
    public Uri StreamAddress => new UriBuilder(Address) { Scheme = Uri.UriSchemeWs }.Uri;

    /// <summary>Its process.</summary>
    public int ProcessId => _process.ProcessId;

    /// <summary>Starts one with so many customers.</summary>
    public static async Task<CloudProcess> StartAsync(int customers, CancellationToken cancellation) => new(await PlainServer.StartAsync(
        "the emulated cloud",
        "dotnet",
        [typeof(CloudProcess).Assembly.Location, CloudProgram.Command, customers.ToString(CultureInfo.InvariantCulture)],
        cancellation));

    /// <summary>Begins to change usage.</summary>
    /// <param name="rate">How often in a second.</param>
    /// <param name="customers">Among how many customers.</param>
    public async Task StartUpdatesAsync(int rate, int customers) =>
        await SayAsync(string.Create(CultureInfo.InvariantCulture, $"updates {rate} {customers}"));

    /// <summary>Ends that.</summary>
    /// <returns>How many there were.</returns>
    public async Task<long> StopUpdatesAsync() => long.Parse(await SayAsync("stop"), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<string> SayAsync(string line)
    {
        await _process.Input.WriteLineAsync(line);
        await _process.Input.FlushAsync();
        return await _process.Output.ReadLineAsync().WaitAsync(Patience)
            ?? throw new BenchException("the emulated cloud has ended");
    }
}
