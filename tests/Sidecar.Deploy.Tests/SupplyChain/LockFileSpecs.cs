using System.Text.Json;
using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests.SupplyChain;

/// <summary>Whether everybody builds and tests with the same packages.</summary>
public sealed class LockFileSpecs
{
    [Fact]
    public void Each_project_has_a_lock_file() =>
        LockFiles.Projects.Where(static file => !File.Exists(Path.Combine(Path.GetDirectoryName(file)!, "packages.lock.json"))).Should().BeEmpty();

    [Fact]
    public void Each_manifest_of_npm_has_a_lock_file_whose_packages_have_a_sum()
    {
        LockFiles.Manifests.Should().NotBeEmpty();
        foreach (var manifest in LockFiles.Manifests)
        {
            using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(manifest)!, "package-lock.json")));
            json.RootElement.GetProperty("packages").EnumerateObject()
                .Where(static package => package.Name.Length > 0 && !package.Value.TryGetProperty("integrity", out _))
                .Select(static package => package.Name)
                .Should().BeEmpty("each of {0} is to be what it was", manifest);
        }
    }

    // Otherwise a build that is meant to be checked could take what it gets.
    [Theory]
    [InlineData("true", "true")]
    [InlineData("", "")]
    public async Task Only_what_the_lock_files_say_is_taken_in_ci(string ci, string expected) =>
        (await Command.RunAsync(
            "dotnet", "msbuild", Path.Combine("src", "Sidecar.Protocol"), "-getProperty:RestoreLockedMode", $"-p:CI={ci}", "-nodeReuse:false"))
            .Trim().Should().Be(expected);
}
