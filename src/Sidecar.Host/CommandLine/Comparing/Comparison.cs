namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Asks both sides about all customers.</summary>
internal static class Comparison
{
    /// <summary>Compares.</summary>
    /// <param name="ours">One side.</param>
    /// <param name="theirs">The other.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="subjects">Whom to ask about.</param>
    /// <param name="features">The features to ask for; null for those that either side lists.</param>
    public static async Task<CompareResult> RunAsync(
        Side ours, Side theirs, CompareOptions options, IReadOnlyList<Subject> subjects, IReadOnlyList<string>? features)
    {
        var start = TimeProvider.System.GetTimestamp();
        var tally = new Tally(options.MaxDifferences);
        var comparer = new MessageComparer(options.Ignored);
        // The first one alone: that a side is not there is found before everything is asked.
        await AskAsync(0);
        if (tally.FailureCount == 0)
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(1, subjects.Count - 1),
                new ParallelOptions { MaxDegreeOfParallelism = options.Parallel },
                async (i, _) =>
                {
                    if (tally.FailureCount < Tally.MaxFailures)
                        await AskAsync(i);
                });
        }

        return tally.Result(subjects, TimeProvider.System.GetElapsedTime(start));

        Task AskAsync(int i) => new SubjectComparison(ours, theirs, comparer, tally, subjects[i], i).RunAsync(features);
    }
}
