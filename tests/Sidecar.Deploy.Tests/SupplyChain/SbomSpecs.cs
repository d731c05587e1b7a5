using System.Text.Json;
using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests.SupplyChain;

/// <summary>The list of what the service is made of.</summary>
public sealed class SbomSpecs
{
    [Fact]
    public async Task It_names_every_package_that_the_service_is_made_of_and_no_other_with_sum_and_licence()
    {
        var folder = Directory.CreateTempSubdirectory("sidecar-sbom-");
        try
        {
            var file = Path.Combine(folder.FullName, "it.json");
            await Command.RunAsync(Repository.At("deploy", "sbom"), file);
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));

            json.RootElement.GetProperty("bomFormat").GetString().Should().Be("CycloneDX");
            json.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("name").GetString().Should().Be("sidecar");
            var components = json.RootElement.GetProperty("components").EnumerateArray().ToList();
            components.Should().OnlyContain(static it => it.GetProperty("hashes").GetArrayLength() > 0);
            components.Where(static it => !it.TryGetProperty("licenses", out _)).Select(static it => it.GetProperty("name").GetString())
                .Should().BeEquivalentTo(["LightningDB"], "its package brings a text and no name of it");
            var named = components.ConvertAll(static it => new Package(it.GetProperty("name").GetString()!, it.GetProperty("version").GetString()!));
            named.Should().Contain(Loaded()).And.BeSubsetOf(LockFiles.OfNuGet(Repository.At("src", "Sidecar.Host", "packages.lock.json")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // What the built service loads.
    private static List<Package> Loaded()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "sidecar.deps.json")));
        return
        [
            .. json.RootElement.GetProperty("libraries").EnumerateObject()
                .Where(static library => library.Value.GetProperty("type").GetString() == "package")
                .Select(static library => library.Name.Split('/'))
                .Select(static parts => new Package(parts[0], parts[1])),
        ];
    }
}
