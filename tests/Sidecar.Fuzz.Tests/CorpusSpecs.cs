using FluentAssertions;
using Sidecar.Fuzz.Driver;
using Sidecar.Fuzz.Targets;
using Xunit;

namespace Sidecar.Fuzz.Tests;

/// <summary>Whatever was of use to find something is stood by its reader.</summary>
public sealed class CorpusSpecs
{
    public static TheoryData<string> Names => [.. AllTargets.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_input_that_is_kept_is_stood(string name)
    {
        var inputs = Corpus.FilesOf(name).Select(File.ReadAllBytes).ToList();

        var report = new FuzzRun(AllTargets.Find(name)!, new FuzzLimits()).Run(inputs, FuzzBudget.Of(0), seed: 1);

        report.Failure?.What.Should().BeNull();
        report.Executions.Should().Be(inputs.Count).And.BePositive();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Corpus_stays_small(string name)
    {
        var files = Corpus.FilesOf(name);

        files.Count.Should().BeLessThanOrEqualTo(Corpus.MaxFiles);
        files.Sum(file => new FileInfo(file).Length).Should().BeLessThanOrEqualTo(Corpus.MaxBytes);
    }

    [Fact]
    public void Every_folder_is_of_a_reader() =>
        Directory.GetDirectories(Path.GetDirectoryName(Corpus.FolderOf("edge"))!).Select(Path.GetFileName).Should().BeEquivalentTo(AllTargets.Names);
}
