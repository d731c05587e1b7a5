using System.Text;

namespace Sidecar.Host.CommandLine.Diagnosing;

/// <summary>Rows in columns that stand below each other. The last column is as wide as it will.</summary>
/// <param name="head">The columns' names.</param>
internal sealed class DiagTable(params string[] head)
{
    private readonly List<string[]> _rows = [head];

    /// <summary>Adds a row.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>The lines.</summary>
    public IEnumerable<string> Lines()
    {
        var widths = Enumerable.Range(0, head.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Length; column++)
                line.Append(column == row.Length - 1 ? row[column] : row[column].PadRight(widths[column] + 2));
            yield return line.ToString().TrimEnd();
        }
    }
}
