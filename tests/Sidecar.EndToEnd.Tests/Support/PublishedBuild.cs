using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>The build that is shipped, in a folder of its own.</summary>
public sealed class PublishedBuild : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"sidecar-published-{Guid.NewGuid():N}");

    /// <summary>The program.</summary>
    public string Program => Path.Combine(_folder, "sidecar");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var project = Path.Combine(RepositoryRoot(), "src", "Sidecar.Host", "Sidecar.Host.csproj");
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", project, "-c", "Release", "-r", "linux-x64", "--self-contained", "false", "-o", _folder, "--nologo"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var said = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        publish.ExitCode.Should().Be(0, said);
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sidecar.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"Sidecar.sln stands in no folder above {AppContext.BaseDirectory}");
    }
}
