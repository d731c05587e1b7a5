using System.Diagnostics;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A disk of 64 KB, in memory.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private static readonly Lazy<string?> Reason = new(static () =>
    {
        var folder = Directory.CreateTempSubdirectory("sidecar-disk-").FullName;
        try
        {
            return RunAsync("mount", MountArguments(folder)).GetAwaiter().GetResult() && RunAsync("umount", [folder]).GetAwaiter().GetResult()
                ? null : "a tmpfs can't be mounted here; it takes root";
        }
        finally
        {
            Directory.Delete(folder);
        }
    });

    private SmallDisk()
    {
    }

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing => Reason.Value;

    /// <summary>Its folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("sidecar-disk-").FullName;

    /// <summary>Makes one.</summary>
    public static async Task<SmallDisk> MountAsync()
    {
        var disk = new SmallDisk();
        return await RunAsync("mount", MountArguments(disk.Folder)) ? disk : throw new InvalidOperationException("a tmpfs can't be mounted here");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", [Folder]);
        Directory.Delete(Folder, recursive: true);
    }

    private static string[] MountArguments(string folder) => ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder];

    private static async Task<bool> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
