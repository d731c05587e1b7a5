using System.Text.Json;

namespace Sidecar.Deploy.Tests.SupplyChain;

/// <summary>The lock files of this repository.</summary>
internal static class LockFiles
{
    private static readonly string[] Tops = ["src", "tests"];

    /// <summary>The projects, each by its file.</summary>
    public static IReadOnlyList<string> Projects => Find("*.csproj");

    /// <summary>The manifests of npm.</summary>
    public static IReadOnlyList<string> Manifests => Find("package.json");

    /// <summary>The packages of NuGet in a lock file, for all it is built for.</summary>
    public static IEnumerable<Package> OfNuGet(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        return json.RootElement.GetProperty("dependencies").EnumerateObject()
            .SelectMany(target => target.Value.EnumerateObject())
            .Where(package => package.Value.GetProperty("type").GetString() is not "Project")
            .Select(package => new Package(package.Name, package.Value.GetProperty("resolved").GetString()!))
            .Distinct()
            .ToList();
    }

    /// <summary>The packages of npm in a lock file, each with its licence as it says.</summary>
    public static IEnumerable<(Package Package, string? Licence)> OfNpm(string file)
    {
        const string folder = "node_modules/";
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        return json.RootElement.GetProperty("packages").EnumerateObject()
            .Where(package => package.Name.Contains(folder, StringComparison.Ordinal))
            .Select(package => (
                new Package(package.Name[(package.Name.LastIndexOf(folder, StringComparison.Ordinal) + folder.Length)..], package.Value.GetProperty("version").GetString()!),
                package.Value.TryGetProperty("license", out var licence) ? licence.GetString() : null))
            .ToList();
    }

    private static List<string> Find(string pattern) =>
    [
        .. Tops.SelectMany(top => Directory.EnumerateFiles(Repository.At(top), pattern, SearchOption.AllDirectories))
            .Where(static file => !file.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj" or "node_modules"))
            .Order(StringComparer.Ordinal),
    ];
}
