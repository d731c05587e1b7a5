using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>The chart's README.</summary>
public sealed partial class ReadmeSpecs
{
    private const string Begin = "| value | default | meaning |\n| --- | --- | --- |\n";

    private static string Readme => Path.Combine(Repository.Chart, "README.md");

    [Fact]
    public void Each_value_has_a_comment() =>
        ChartValues.Read().Where(it => it.Comment.Length == 0).Select(it => it.Path).Should().BeEmpty();

    [Fact]
    public async Task Its_table_has_a_row_for_each_value_with_its_default_and_its_comment()
    {
        var table = string.Concat(ChartValues.Read().Select(it => $"| `{it.Path}` | `{it.Default}` | {it.Comment} |\n"));
        var text = await File.ReadAllTextAsync(Readme);
        var start = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        start.Should().BeGreaterThan(Begin.Length, "the table has to begin like that");
        var end = text.IndexOf("\n\n", start - 1, StringComparison.Ordinal) + 1;
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            await File.WriteAllTextAsync(Readme, text[..start] + table + text[end..]);
        else
            text[start..end].Should().Be(table, "UPDATE_GOLDEN=1 dotnet test tests/Sidecar.Deploy.Tests -c Release writes it anew");
    }

    [Fact]
    public async Task It_shows_the_templates_where_the_example_of_an_app_has_them()
    {
        var template = Path.Combine(Repository.Charts, "examples", "app-with-sidecar", "templates", "deployment.yaml");
        var example = await File.ReadAllTextAsync(template);
        var shown = (await File.ReadAllLinesAsync(Readme))
            .Where(it => it.Contains("{{- include", StringComparison.Ordinal)).Select(it => it.Trim()).ToList();

        shown.Should().HaveCount(4);
        shown.Should().OnlyContain(line => example.Contains(line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_names_values_that_there_are()
    {
        var values = ChartValues.Read().Select(it => it.Path).ToList();
        var groups = values.Select(it => it.Split('.')[0]).Where(it => !values.Contains(it)).ToHashSet(StringComparer.Ordinal);
        var text = await File.ReadAllTextAsync(Readme);
        var prose = text.Remove(text.IndexOf(Begin, StringComparison.Ordinal), Begin.Length);

        var named = ValueName().Matches(prose).Select(it => it.Groups["path"].Value)
            .Where(it => groups.Contains(it.Split('.')[0]) && it != "grpc.health.v1.Health").Distinct();

        named.Where(it => !values.Exists(value => Begins(value, it) || Begins(it, value))).Should().BeEmpty();
    }

    private static bool Begins(string path, string parent) => path == parent || path.StartsWith(parent + ".", StringComparison.Ordinal);

    [GeneratedRegex(@"`(?:sidecar\.)?(?<path>[a-z]\w*(?:\.\w+)+)(?:`|: )", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValueName();
}
