using System.Diagnostics;
using System.Globalization;
using Sidecar.Bench.Load;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;

namespace Sidecar.Bench.Cloud;

/// <summary>
/// The emulated cloud as a process of its own, so that its garbage collector stops no clock of the load. Told by lines what to do:
/// <c>updates R N</c> changes the usage of the first N customers R times a second, <c>stop</c> ends that and says how often it was done.
/// </summary>
internal static class CloudProgram
{
    /// <summary>The argument that starts it.</summary>
    public const string Command = "cloud";

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    /// <summary>Runs until its input ends.</summary>
    /// <param name="customers">How many customers.</param>
    /// <param name="cancellation">Ends it, too.</param>
    public static async Task<int> RunAsync(int customers, CancellationToken cancellation)
    {
        var data = CloudData.Of(customers, TimeProvider.System.GetUtcNow());
        await using var cloud = await CloudEmulator.StartAsync(new EmulatorOptions { Data = data }, cancellation);
        // The data as it was made is never looked at again.
        data = null;
        GC.Collect();
        await Console.Out.WriteLineAsync($"Ready on {cloud.Address.GetLeftPart(UriPartial.Authority)}");
        CancellationTokenSource? stop = null;
        var updating = Task.FromResult(0L);
        while (await Console.In.ReadLineAsync(cancellation) is { } line)
        {
            if (line.Split(' ') is ["updates", var rate, var among])
            {
                stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                updating = UpdateAsync(cloud.Control, Whole(rate), Whole(among), stop.Token);
                await Console.Out.WriteLineAsync("ok");
            }
            else if (stop is not null)
            {
                await stop.CancelAsync();
                await Console.Out.WriteLineAsync((await updating).ToString(CultureInfo.InvariantCulture));
                stop.Dispose();
                stop = null;
            }
        }

        return 0;

        static int Whole(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static async Task<long> UpdateAsync(EmulatorControl control, int rate, int customers, CancellationToken stop)
    {
        // Away from whoever reads the commands.
        await Task.Yield();
        var watch = Stopwatch.StartNew();
        var random = new Random(1);
        var done = 0L;
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                // Usage stays above 0 and below the limit: replies keep their length, and access.
                for (; done < watch.Elapsed.TotalSeconds * rate; done++)
                    control.SetUsage(Call.Id(random.Next(customers)), CloudData.Usage(random.Next(8)), random.Next(1, 900));
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }

        return done;
    }
}
