using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>What the page about moving over says of the chart.</summary>
public sealed partial class MigrationPageSpecs
{
    private static readonly string Part = File.ReadAllText(Repository.At("docs", "migrate.md")).Split("\n## Helm")[1].Split("\n## ")[0];

    [Fact]
    public void Its_table_names_values_that_there_are()
    {
        var values = ChartValues.Read().Select(it => it.Path).ToList();
        var named = Part.Split('\n').Where(it => it.StartsWith("| `", StringComparison.Ordinal)).Select(it => it.Split(" | ")[1])
            .SelectMany(cell => ValueName().Matches(cell).Select(it => it.Groups["path"].Value)).Except(["cpu", "memory"]).ToList();

        named.Should().Contain(["existingSecret.name", "image.tag", "mode", "autoscaling", "redis.enabled", "extraEnv"]);
        named.Where(it => !values.Exists(value => value == it || value.StartsWith(it + ".", StringComparison.Ordinal))).Should().BeEmpty();
    }

    [HelmFact]
    public async Task Its_values_after_the_move_are_taken_by_the_chart()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Part.Split("```yaml\n")[2].Split("```")[0]);

            var objects = Manifest.Parse(await Helm.TemplateAsync(Repository.Chart, "shop", "--values", file));

            objects.Select(it => it.Kind).Should().Contain(["Deployment", "Service", "HorizontalPodAutoscaler"]).And.NotContain("Secret");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex("`(?<path>[a-z][A-Za-z]*(\\.[A-Za-z]+)*)(: [a-zA-Z]+)?`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValueName();
}
