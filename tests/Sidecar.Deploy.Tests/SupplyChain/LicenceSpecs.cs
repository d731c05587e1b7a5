using System.Text;
using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests.SupplyChain;

/// <summary>What the licences of all dependencies ask of those who use them.</summary>
public sealed class LicenceSpecs
{
    // Those that let the service be used and given away under its own licence.
    private static readonly string[] FreeForAll = ["MIT", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "OLDAP-2.8"];

    // Those of tools and clients that only tests use, and that nobody gets from us.
    private static readonly string[] OfTests = [.. FreeForAll, "MPL-2.0", "(Apache-2.0 AND BSD-3-Clause)", "STIGG SDK LICENSE"];

    private static string Page => Repository.At("docs", "licences.md");

    [Fact]
    public void What_is_shipped_may_be_used_and_given_away_by_everybody() =>
        Shipped().Where(pair => !FreeForAll.Contains(pair.Licence)).Should().BeEmpty();

    [Fact]
    public void What_tests_use_has_a_licence_that_was_looked_at() =>
        All().Where(pair => !OfTests.Contains(pair.Licence)).Should().BeEmpty();

    [Fact]
    public async Task The_page_lists_all_of_them()
    {
        var text = Text();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            await File.WriteAllTextAsync(Page, text);
        (File.Exists(Page) ? await File.ReadAllTextAsync(Page) : "").Should().Be(
            text, "UPDATE_GOLDEN=1 dotnet test tests/Sidecar.Deploy.Tests -c Release writes it anew");
    }

    private static List<(Package Package, string Licence)> Shipped() => OfNuGet(["src/Sidecar.Host/packages.lock.json"]);

    private static List<(Package Package, string Licence)> All() =>
    [
        .. OfNuGet(LockFiles.Projects.Select(static file => Path.Combine(Path.GetDirectoryName(file)!, "packages.lock.json"))),
        .. OfNpm(),
    ];

    private static List<(Package Package, string Licence)> OfNuGet(IEnumerable<string> files) =>
    [
        .. files.SelectMany(static file => LockFiles.OfNuGet(Repository.At(file))).Distinct()
            .OrderBy(static package => package.Id, StringComparer.OrdinalIgnoreCase).ThenBy(static package => package.Version, StringComparer.Ordinal)
            .Select(static package => (package, Licences.OfNuGet(package) ?? "unknown")),
    ];

    private static List<(Package Package, string Licence)> OfNpm() =>
    [
        .. LockFiles.Manifests.SelectMany(static file => LockFiles.OfNpm(Path.Combine(Path.GetDirectoryName(file)!, "package-lock.json")))
            .Distinct()
            .OrderBy(static pair => pair.Package.Id, StringComparer.OrdinalIgnoreCase).ThenBy(static pair => pair.Package.Version, StringComparer.Ordinal)
            .Select(static pair => (pair.Package, pair.Licence ?? "unknown")),
    ];

    private static string Text()
    {
        var shipped = Shipped();
        var text = new StringBuilder(
            """
            # Licences of dependencies

            What the service is built with, and what its tests use, by the lock files; each licence as the package itself states it, by its SPDX name. `deploy/sbom`
            writes what is shipped as a CycloneDX document.

            ## Of the service


            """);
        AppendTable(text, shipped);
        text.Append("\n## Of tests and tools alone, from NuGet\n\n");
        AppendTable(text, OfNuGet(LockFiles.Projects.Select(static file => Path.Combine(Path.GetDirectoryName(file)!, "packages.lock.json"))).Except(shipped));
        text.Append("\n## Of tests and tools alone, from npm\n\n");
        AppendTable(text, OfNpm());
        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, IEnumerable<(Package Package, string Licence)> packages)
    {
        text.Append("| package | version | licence |\n| --- | --- | --- |\n");
        foreach (var (package, licence) in packages)
            text.Append($"| {package.Id} | {package.Version} | {licence} |\n");
    }
}
