using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Soak;
using Sidecar.Soak.Results;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The short form of <c>./soak</c>, with the same order of faults in every build.</summary>
[Collection(AloneCollection.Name)]
public sealed class SoakSpecs(ITestOutputHelper output)
{
    [Fact]
    public async Task Whatever_goes_wrong_at_random_no_read_of_a_known_customer_fails_and_no_report_is_lost_or_doubled()
    {
        var options = new SoakOptions
        {
            Duration = TimeSpan.FromSeconds(45),
            // Begins with the stream, Redis and the cloud; a wrong key, after which it heals for a minute, comes late.
            Seed = 5,
            Known = 500,
            Others = 20_000,
            QuestionsPerSecond = 200,
            Calm = TimeSpan.FromSeconds(1),
            UntilCalm = TimeSpan.FromSeconds(2),
            Trouble = TimeSpan.FromSeconds(1),
            SampleEvery = TimeSpan.FromSeconds(1),
        };
        var outcome = await SoakRun.RunAsync(options, output.WriteLine, CancellationToken.None);

        var verdicts = Verdict.Of(outcome);
        output.WriteLine(Page.Text(outcome, verdicts));
        verdicts.Should().OnlyContain(verdict => verdict.IsKept != false);
    }
}
