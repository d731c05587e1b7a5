using System.Collections.Concurrent;

namespace Sidecar.Deploy.Tests;

/// <summary>What the charts become with the value sets in <c>Values</c>, each rendered once.</summary>
internal static class Renders
{
    /// <summary>The set that is rendered with the example of an app.</summary>
    public const string InPod = "in-pod";

    /// <summary>The set in which every value that matters is set.</summary>
    public const string Everything = "everything";

    private const string Release = "shop";

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Texts = new(StringComparer.Ordinal);
    private static readonly Lazy<Task<string>> App = new(BuildAppAsync);

    /// <summary>The sets that are compared with a file in <c>Golden</c>.</summary>
    public static IReadOnlyList<string> Golden { get; } = ["default", InPod, "autoscaled", "redis", "monitored", "bare", "cluster"];

    /// <summary>All sets.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Golden, Everything];

    /// <summary>The manifests of a set, as helm writes them.</summary>
    public static Task<string> TextAsync(string set) =>
        Texts.GetOrAdd(set, static name => new Lazy<Task<string>>(() => RenderAsync(name))).Value;

    /// <summary>The objects of a set.</summary>
    public static async Task<IReadOnlyList<Manifest>> ObjectsAsync(string set) => Manifest.Parse(await TextAsync(set));

    /// <summary>The file of a set.</summary>
    public static string File(string set) => Repository.Here("Values", set + ".yaml");

    /// <summary>Renders the example of an app with other values.</summary>
    public static async Task<HelmEnd> TryAppAsync(params string[] arguments) =>
        await Helm.TryTemplateAsync(await App.Value, Release, arguments);

    private static async Task<string> RenderAsync(string set) =>
        await Helm.TemplateAsync(set == InPod ? await App.Value : Repository.Chart, Release, "--values", File(set));

    // helm puts the dependency into the chart's folder: not into the one of the repository.
    private static async Task<string> BuildAppAsync()
    {
        var copy = Repository.At("artifacts", "helm", "charts");
        if (Directory.Exists(copy))
            Directory.Delete(copy, recursive: true);
        foreach (var source in Directory.EnumerateFiles(Repository.Charts, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Repository.Charts, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            System.IO.File.Copy(source, target);
        }
        var app = Path.Combine(copy, "examples", "app-with-sidecar");
        var end = await Helm.RunAsync("dependency", "update", app);
        return end.ExitCode == 0 ? app : throw new InvalidOperationException($"helm ended with exit code {end.ExitCode}: {end.Errors}");
    }
}
