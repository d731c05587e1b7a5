using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>The renders of seven value sets, as they were accepted last.</summary>
public sealed partial class GoldenSpecs
{
    public static TheoryData<string> Sets => [.. Renders.Golden];

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task Each_value_set_renders_as_it_was_accepted(string set)
    {
        // The dashboard's text has a spec of its own.
        var text = Dashboard().Replace(await Renders.TextAsync(set), "${key}    (dashboards/sidecar.json)\n");
        var golden = Repository.Here("Golden", set + ".yaml");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(golden)!);
            await File.WriteAllTextAsync(golden, text);
        }

        var accepted = File.Exists(golden) ? await File.ReadAllTextAsync(golden) : "";
        if (text == accepted)
            return;
        var (was, now) = accepted.Split('\n').Zip(text.Split('\n'))
            .FirstOrDefault(pair => pair.First != pair.Second, (First: "its end", Second: "its end"));
        Assert.Fail(
            $"The chart renders {set} in another way than {golden} has it, from this line on:\n- {was}\n+ {now}\n" +
            "Where that is meant: UPDATE_GOLDEN=1 dotnet test tests/Sidecar.Deploy.Tests -c Release, and review the change of the file.");
    }

    [Fact]
    public void There_is_no_golden_file_beside_those() =>
        Directory.GetFiles(Repository.Here("Golden")).Select(Path.GetFileNameWithoutExtension).Should().BeEquivalentTo(Renders.Golden);

    [GeneratedRegex(@"(?<key>  sidecar\.json: \|\n)(?:    .*\n|\n)+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Dashboard();
}
