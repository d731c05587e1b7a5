using System.Net.Sockets;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;

namespace Sidecar.Soak.Running;

/// <summary>Something that goes wrong around the service for a while.</summary>
/// <param name="Name">What it is called on the page.</param>
/// <param name="RunAsync">Has it go wrong until it is stopped, and puts it right then.</param>
internal sealed record Fault(string Name, Func<World, Changes, CancellationToken, Task> RunAsync)
{
    private const string AnotherKey = "another-key-of-the-emulator";
    private const int FloodPerSecond = 2_000;
    private static readonly TimeSpan Flap = TimeSpan.FromSeconds(2);

    /// <summary>All there are; those about Redis come last.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("cloud gone", async (world, _, stop) =>
        {
            await world.Cloud.StopAsync();
            await UntilAsync(stop);
            await world.Cloud.StartAgainAsync(CancellationToken.None);
        }),
        new("cloud flapping", async (world, _, stop) =>
        {
            while (!stop.IsCancellationRequested)
            {
                await world.Cloud.StopAsync();
                await WaitAsync(Flap, stop);
                await world.Cloud.StartAgainAsync(CancellationToken.None);
                await WaitAsync(Flap, stop);
            }
        }),
        new("cloud hangs", (world, _, stop) => UnderAsync(world, stop, FaultRule.Hang())),
        new("cloud answers 503", (world, _, stop) => UnderAsync(world, stop, FaultRule.Answer(503))),
        new("cloud answers after 2 s", (world, _, stop) => UnderAsync(world, stop, FaultRule.Late(TimeSpan.FromSeconds(2)))),
        new("cloud sends garbage", (world, _, stop) => UnderAsync(
            world, stop,
            FaultRule.Garbage() with { Probability = 0.3, Seed = 1 },
            FaultRule.Broken(BrokenBody.TruncatedJson) with { Probability = 0.5, Seed = 2 },
            FaultRule.Broken(BrokenBody.Html))),
        new("reports cut", (world, _, stop) => UnderAsync(
            world, stop,
            [.. ((FaultRule[])[FaultRule.CutUnread(), FaultRule.CutUnprocessed(), FaultRule.Cut(), FaultRule.CutMidBody()])
                .SelectMany((rule, i) => (FaultRule[])
                [
                    rule with { Target = RequestTarget.ApiUsage, Probability = 0.15, Seed = i },
                    rule with { Target = RequestTarget.ApiEvents, Probability = 0.15, Seed = i },
                ])])),
        new("connections cut", async (world, _, stop) =>
        {
            while (!stop.IsCancellationRequested)
            {
                world.Cloud.CutConnections();
                await WaitAsync(TimeSpan.FromMilliseconds(700), stop);
            }
        }),
        new("stream frozen", async (world, _, stop) =>
        {
            world.Cloud.Control.Updates.Faults.FreezeAll();
            await UntilAsync(stop);
            world.Cloud.Control.Updates.Faults.ThawAll();
        }),
        new("stream refused", async (world, _, stop) =>
        {
            world.Cloud.Control.Updates.Faults.RefuseConnects(503);
            world.Cloud.Control.Updates.Faults.CutAll();
            await UntilAsync(stop);
            world.Cloud.Control.Updates.Faults.AcceptConnects();
        }),
        new("stream floods", async (world, changes, stop) => await Pace.RunAsync(
            FloodPerSecond,
            number =>
            {
                changes.Change(number);
                return Task.CompletedTask;
            },
            stop)),
        new("wrong key", async (world, _, stop) =>
        {
            world.Cloud.Control.ApiKey = AnotherKey;
            world.Cloud.Control.Updates.Faults.CutAll();
            await UntilAsync(stop);
            world.Cloud.Control.ApiKey = EmulatorOptions.DefaultApiKey;
        }),
        new("Redis frozen", async (world, _, stop) =>
        {
            world.Redis!.Freeze();
            await UntilAsync(stop);
            world.Redis.Thaw();
        }),
        new("Redis gone, and empty", async (world, _, stop) =>
        {
            await world.Redis!.KillAsync();
            await UntilAsync(stop);
            await world.Redis.StartAgainAsync();
        }),
        new("Redis emptied", async (world, _, stop) =>
        {
            await FlushAsync(world.Redis!.Port);
            await UntilAsync(stop);
        }),
    ];

    private const int OfRedis = 3;

    /// <summary>Those that come in a run.</summary>
    /// <param name="hasRedis">Whether there is a Redis.</param>
    /// <param name="only">A part of their names, or null.</param>
    public static IReadOnlyList<Fault> Of(bool hasRedis, string? only) =>
        [.. All.Take(All.Count - (hasRedis ? 0 : OfRedis)).Where(fault => only is null || fault.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];

    /// <summary>A part of the name of one of them.</summary>
    /// <exception cref="FormatException">None has it.</exception>
    public static string Named(string part) => All.Any(fault => fault.Name.Contains(part, StringComparison.OrdinalIgnoreCase))
        ? part
        : throw new FormatException($"--only must be a part of one of {string.Join(", ", All.Select(fault => fault.Name))}, but is \"{part}\"");

    private static async Task UnderAsync(World world, CancellationToken stop, params FaultRule[] rules)
    {
        foreach (var rule in rules)
            world.Cloud.Control.Faults.Add(rule);
        await UntilAsync(stop);
        world.Cloud.Control.Faults.Clear();
        // What hangs would hang for good.
        world.Cloud.CutConnections();
    }

    private static Task UntilAsync(CancellationToken stop) => WaitAsync(Timeout.InfiniteTimeSpan, stop);

    private static async Task WaitAsync(TimeSpan time, CancellationToken stop) =>
        await Task.Delay(time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static async Task FlushAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await client.GetStream().WriteAsync("FLUSHALL\r\n"u8.ToArray());
        var reply = new byte[16];
        var read = await client.GetStream().ReadAsync(reply);
        if (!reply.AsSpan(0, read).StartsWith("+OK"u8))
            throw new SoakException("FLUSHALL was refused");
    }
}
