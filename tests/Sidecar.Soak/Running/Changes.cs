using System.Diagnostics;
using Sidecar.Emulator.Data;

namespace Sidecar.Soak.Running;

/// <summary>What the cloud changes by itself: usage of known customers, and one time in ten a set of entitlements.</summary>
internal sealed class Changes(World world, SoakOptions options)
{
    private const int SetEvery = 10;

    // Changes come one after the other, also while a flood of them is on: each reads what it changes.
    private readonly Lock _lock = new();

    /// <summary>Changes until it is stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Pace.RunAsync(
        options.ChangesPerSecond,
        number =>
        {
            Change(number);
            return Task.CompletedTask;
        },
        stop);

    /// <summary>Makes the n-th change.</summary>
    public void Change(long number)
    {
        var customer = (int)(number * 104_729 % options.Known);
        lock (_lock)
        {
            if ((number + (number / options.Known)) % SetEvery is 0)
            {
                var size = world.SizeOf(customer) + 1;
                world.Size.Changed(customer, Stopwatch.GetTimestamp());
                world.Cloud.Control.ChangeCustomer(
                    SoakData.Known(customer), it => it with { Entitlements = it.Entitlements.SetItem(SoakData.Size, new Grant { Limit = size }) });
            }
            else
            {
                world.Told.Changed(customer, Stopwatch.GetTimestamp());
                world.Cloud.Control.SetUsage(SoakData.Known(customer), SoakData.Told, world.UsedOf(customer, SoakData.Told) + 1);
            }
        }

        world.Tally.Change();
    }
}
