using System.Xml.Linq;

namespace Sidecar.Deploy.Tests.SupplyChain;

/// <summary>The licences of packages, as each package says.</summary>
internal static class Licences
{
    // Those that bring a text in the place of an expression; what it says was read by a person.
    private static readonly Dictionary<string, string> ReadByHand = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CommandLineParser"] = "MIT",
        ["LightningDB"] = "OLDAP-2.8",
        ["Microsoft.DotNet.PlatformAbstractions"] = "MIT",
        ["xunit.abstractions"] = "Apache-2.0",
    };

    private static string Root => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>The licence of a package of NuGet, which was restored here; null where it is not known.</summary>
    public static string? OfNuGet(Package package)
    {
        if (ReadByHand.TryGetValue(package.Id, out var read))
            return read;
        var folder = Path.Combine(Root, package.Id.ToLowerInvariant(), package.Version.ToLowerInvariant());
        var metadata = XDocument.Load(Path.Combine(folder, package.Id.ToLowerInvariant() + ".nuspec")).Root!.Elements().First();
        var licence = metadata.Elements().FirstOrDefault(static element => element.Name.LocalName == "license");
        return licence?.Attribute("type")?.Value == "expression" ? licence.Value : null;
    }
}
