using Sidecar.Testing;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A line for each fault, in a file that <c>./test</c> prints.</summary>
internal static class FaultReport
{
    private static readonly Lock Writing = new();
    private static readonly List<string> Lines = [];

    /// <summary>Adds a line.</summary>
    public static void Add(FaultFigures figures)
    {
        lock (Writing)
        {
            Lines.Add(figures.ToString());
            File.WriteAllLines(
                Path.Combine(Directory.CreateDirectory(Repository.At("artifacts", "test-results")).FullName, "Sidecar.EndToEnd.Tests.report"), Lines);
        }
    }
}
