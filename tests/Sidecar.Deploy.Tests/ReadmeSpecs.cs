using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>The chart's README.</summary>
public sealed class ReadmeSpecs
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
}
