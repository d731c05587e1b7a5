using System.Diagnostics;
using System.Text.RegularExpressions;
using Sidecar.Testing;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>
/// The service as it was at the commit that CHANGELOG.md names, whose nodes this build's work together with. It is built from the history of
/// this repository, once: it is kept in <c>artifacts/releases</c>, in a folder by the commit's name.
/// </summary>
internal static partial class PreviousRelease
{
    // A build takes half a minute of a processor's time.
    private static readonly TimeSpan BuildPatience = TimeSpan.FromMinutes(4);

    private static readonly Lazy<Task<string>> Built = new(BuildAsync);

    /// <summary>The commit.</summary>
    public static string Commit { get; } = CommitIn(File.ReadAllText(Repository.At("CHANGELOG.md")));

    /// <summary>Why it can't be built here; null where it can.</summary>
    public static string? Missing { get; } = WhyMissing();

    private static string Folder => Repository.At("artifacts", "releases", Commit);

    private static string Program => Path.Combine(Folder, "out", "sidecar.dll");

    /// <summary>Builds it, where that was not done before.</summary>
    /// <returns>The program's file.</returns>
    public static Task<string> ProgramAsync() => Built.Value;

    private static string CommitIn(string changelog) =>
        NamedCommit().Match(changelog) is { Success: true } match
            ? match.Groups["commit"].Value
            : throw new InvalidOperationException("CHANGELOG.md names no commit whose nodes those of this build work together with");

    [GeneratedRegex(@"work together with those of the build of\s+commit\s+(?<commit>[0-9a-f]{40})\b", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NamedCommit();

    private static string? WhyMissing()
    {
        if (File.Exists(Program))
            return null;
        try
        {
            using var git = Start("git", Repository.Root, "cat-file", "-e", Commit + "^{commit}");
            git.WaitForExit();
            return git.ExitCode == 0 ? null : $"the history here does not reach back to commit {Commit[..7]}, the previous release";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "git is not installed, and the previous release is built from the history";
        }
    }

    private static async Task<string> BuildAsync()
    {
        if (File.Exists(Program))
            return Program;
        // Only what is whole gets the name.
        var folder = $"{Folder}.{Guid.NewGuid():N}";
        var source = Path.Combine(folder, "source");
        var archive = Path.Combine(folder, "source.tar");
        try
        {
            Directory.CreateDirectory(source);
            await RunAsync("git", Repository.Root, "archive", "--format=tar", "-o", archive, Commit);
            await System.Formats.Tar.TarFile.ExtractToDirectoryAsync(archive, source, overwriteFiles: false);
            // With the package versions that the commit pins. Its style was judged in its own time.
            await RunAsync(
                "dotnet", source, "build", Path.Combine("src", "Sidecar.Host"), "-c", "Release", "-o", Path.Combine(folder, "out"), "-v", "q",
                "-nodeReuse:false", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:UseSharedCompilation=false");
            Directory.Delete(source, recursive: true);
            File.Delete(archive);
            Directory.Move(folder, Folder);
        }
        catch
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            throw;
        }

        return Program;
    }

    private static async Task RunAsync(string program, string folder, params string[] arguments)
    {
        using var process = Start(program, folder, arguments);
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(BuildPatience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"not ended within {BuildPatience}: {program} {string.Join(' ', arguments)}", e);
        }

        if (process.ExitCode != 0)
            throw new InvalidOperationException($"exit code {process.ExitCode} of: {program} {string.Join(' ', arguments)}\n{string.Join('\n', await said)}");
    }

    private static Process Start(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        // A test run sets some of its own, which are not meant for another build.
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        return Process.Start(start)!;
    }
}
