using System.Diagnostics;
using Sidecar.Testing;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>A folder with the packages of a lock file, which programs of Node run with.</summary>
/// <param name="manifests">The folder of the repository that <c>package.json</c> and its lock file are in.</param>
/// <param name="workshop">The folder below <c>artifacts</c> that they are installed in.</param>
internal sealed class NpmFolder(string[] manifests, string[] workshop)
{
    private static readonly string[] Manifests = ["package.json", "package-lock.json"];
    private readonly Lock _lock = new();
    private Task? _prepared;

    /// <summary>Why nothing can be installed here, or null.</summary>
    public static string? Missing => Array.Find(["node", "npm"], program => !IsThere(program)) is { } missing
        ? $"{missing} is missing; on Debian: apt-get install nodejs npm"
        : null;

    /// <summary>Where the packages are, for <c>NODE_PATH</c>.</summary>
    public string Modules => Path.Combine(Workshop, "node_modules");

    private string Workshop => Directory.CreateDirectory(Repository.At(["artifacts", .. workshop])).FullName;

    /// <summary>Installs the packages of the lock file, unless they are those that are installed; once for all who ask.</summary>
    public Task PrepareAsync()
    {
        lock (_lock)
            return _prepared ??= InstallAsync();
    }

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private async Task InstallAsync()
    {
        var folder = Repository.At(manifests);
        var wanted = await File.ReadAllTextAsync(Path.Combine(folder, "package-lock.json"));
        var stamp = Path.Combine(Workshop, "installed.json");
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return;
        foreach (var manifest in Manifests)
            File.Copy(Path.Combine(folder, manifest), Path.Combine(Workshop, manifest), overwrite: true);
        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--prefix", Workshop, "--ignore-scripts", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = Workshop,
        })!;
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0)
            throw new InvalidOperationException($"npm ci ended with exit code {npm.ExitCode}");
        await File.WriteAllTextAsync(stamp, wanted);
    }
}
