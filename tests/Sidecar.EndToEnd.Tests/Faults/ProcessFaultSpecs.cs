using System.Diagnostics;
using FluentAssertions;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A process that runs out of what it stands on, under load.</summary>
public sealed class ProcessFaultSpecs(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-faults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Client_that_takes_all_file_descriptors_harms_no_other_and_leaves_nothing_behind()
    {
        await using var it = await UnderFault.StartAsync("file descriptors exhausted");
        var before = ProcessFaults.OpenFiles(it);
        using var process = Process.GetProcessById(it.It.Service.Id);
        var (cpu, watch) = (process.TotalProcessorTime, Stopwatch.StartNew());

        await ProcessFaults.NoDescriptorsAsync(it);

        process.Refresh();
        output.WriteLine($"{(process.TotalProcessorTime - cpu).TotalSeconds:0.0} s of a core in {watch.Elapsed.TotalSeconds:0.0} s");
        output.WriteLine(await it.EndsWellAsync());
        ProcessFaults.OpenFiles(it).Should().BeLessThan(before + 20);
        foreach (var line in it.It.Service.Lines.Take(30))
            output.WriteLine(line[..Math.Min(line.Length, 600)]);
        output.WriteLine($"{it.It.Service.Lines.Count} lines");
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
    }
}
