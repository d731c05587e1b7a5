using Sidecar.Host.Configuration;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Whom to ask about: a customer, or a resource of one.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Resource">The resource, or null.</param>
internal readonly record struct Subject(string Customer, string? Resource)
{
    /// <summary>Reads one subject a line: a customer, and behind a tab a resource. Blank lines and those that begin with # say nothing.</summary>
    /// <exception cref="UsageException">A line has another form, or there is none.</exception>
    public static IReadOnlyList<Subject> Read(string text, string file)
    {
        var subjects = new List<Subject>();
        foreach (var line in EntryLines.Read(text))
        {
            var entry = line.Entry ?? throw new UsageException($"{file}, line {line.Number}: expected {EntryLines.Expected}");
            subjects.Add(new(entry.CustomerId, entry.ResourceId));
        }

        return subjects.Count > 0 ? subjects : throw new UsageException($"{file} has no customer");
    }

    /// <summary>Reads one id a line.</summary>
    /// <exception cref="UsageException">A line has another form, or there is none.</exception>
    public static IReadOnlyList<string> ReadFeatures(string text, string file)
    {
        var features = new List<string>();
        foreach (var (line, number) in EntryLines.Lines(text))
            features.Add(EntryLines.IsId(line) && !line.Contains('\t', StringComparison.Ordinal) ? line : throw new UsageException($"{file}, line {number}: expected a feature"));
        return features.Count > 0 ? features : throw new UsageException($"{file} has no feature");
    }
}
