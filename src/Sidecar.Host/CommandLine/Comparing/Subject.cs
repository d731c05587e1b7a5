using System.Text;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Whom to ask about: a customer, or a resource of one.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Resource">The resource, or null.</param>
internal readonly record struct Subject(string Customer, string? Resource)
{
    private const int MaxIdBytes = 1024;

    /// <summary>Reads one subject a line: a customer, and behind a tab a resource. Blank lines and those that begin with # say nothing.</summary>
    /// <exception cref="UsageException">A line has another form, or there is none.</exception>
    public static IReadOnlyList<Subject> Read(string text, string file)
    {
        var subjects = new List<Subject>();
        foreach (var (line, number) in Lines(text))
        {
            var parts = line.Split('\t');
            if (parts.Length > 2 || Array.Exists(parts, part => !IsId(part)))
                throw new UsageException($"{file}, line {number}: expected a customer, or a customer, a tab and a resource");
            subjects.Add(new(parts[0], parts.ElementAtOrDefault(1)));
        }

        return subjects.Count > 0 ? subjects : throw new UsageException($"{file} has no customer");
    }

    /// <summary>Reads one id a line.</summary>
    /// <exception cref="UsageException">A line has another form, or there is none.</exception>
    public static IReadOnlyList<string> ReadFeatures(string text, string file)
    {
        var features = new List<string>();
        foreach (var (line, number) in Lines(text))
            features.Add(IsId(line) && !line.Contains('\t', StringComparison.Ordinal) ? line : throw new UsageException($"{file}, line {number}: expected a feature"));
        return features.Count > 0 ? features : throw new UsageException($"{file} has no feature");
    }

    private static IEnumerable<(string Line, int Number)> Lines(string text) =>
        text.Split('\n').Select((line, index) => (Line: line.TrimEnd('\r'), Number: index + 1))
            .Where(entry => !string.IsNullOrWhiteSpace(entry.Line) && !entry.Line.StartsWith('#'));

    private static bool IsId(string text) => text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= MaxIdBytes;
}
