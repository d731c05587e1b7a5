using System.Diagnostics;
using FluentAssertions;
using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A process that runs out of what it stands on, under load.</summary>
public sealed class ProcessFaultSpecs(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-faults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Client_that_opens_more_connections_than_there_are_file_descriptors_harms_no_other()
    {
        await using var it = await UnderFault.StartAsync("connections without end", filesAtMost: ProcessFaults.FilesAtMost);

        await ProcessFaults.NoDescriptorsAsync(it);

        output.WriteLine(await it.EndsWellAsync());
        it.It.Service.Lines.Where(static line => line.Contains("as many as there may be", StringComparison.Ordinal)).Should().ContainSingle();
        // Who comes now is served, once the service has seen that the others are gone.
        await Eventually.HoldsAsync(async () =>
        {
            using var other = it.It.Service.Connect();
            try
            {
                var reply = await new SidecarService.SidecarServiceClient(other).GetMeteredEntitlementAsync(
                    new() { CustomerId = Many.Id(1), FeatureId = Trouble.Feature });
                return !reply.IsFallback;
            }
            catch (RpcException)
            {
                return false;
            }
        });
    }

    [ClockFact]
    public async Task Clock_that_jumps_an_hour_forth_and_back_changes_no_answer()
    {
        var file = Path.Combine(_folder, "clock");
        await FakeClock.SetAsync(file, "+0");
        await using var it = await UnderFault.StartAsync("clock jumping an hour", FakeClock.Variables(file));

        await ProcessFaults.JumpingClockAsync(it, file);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Log_that_no_disk_takes_costs_lines_and_nothing_else()
    {
        await using var it = await UnderFault.StartAsync(
            "log on a full disk", new() { ["LOG_LEVEL"] = "debug" }, output: "/dev/full");

        await CloudFaults.DeadAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [DiskFact]
    public async Task Log_goes_on_where_its_full_disk_has_room_again()
    {
        await using var disk = await SmallDisk.MountAsync();
        var log = Path.Combine(disk.Folder, "log");
        await using var it = await UnderFault.StartAsync("log on a disk that fills up", new() { ["LOG_LEVEL"] = "debug" }, output: log);

        await Eventually.HoldsAsync(() => Task.FromResult(new DriveInfo(disk.Folder).AvailableFreeSpace == 0));
        await CloudFaults.DeadAsync(it);
        using (var file = new FileStream(log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(0);

        output.WriteLine(await it.EndsWellAsync());
        (await File.ReadAllTextAsync(log)).Should().Contain("\"msg\"");
    }

    [Fact]
    public async Task Log_that_nobody_reads_costs_lines_and_nothing_else()
    {
        var pipe = Path.Combine(_folder, "log");
        using (var made = Process.Start("mkfifo", pipe))
            await made.WaitForExitAsync();
        var opening = Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Read));
        await using var it = await UnderFault.StartAsync("log that nobody reads", new() { ["LOG_LEVEL"] = "debug" }, output: pipe);
        await using var reader = await opening;

        await CloudFaults.DeadAsync(it);

        output.WriteLine(await it.EndsWellAsync());
        it.It.Service.SendTerminate();
        (await it.It.Service.WaitForExitAsync()).Should().Be(0);
    }
}
