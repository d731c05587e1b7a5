using System.Text;

namespace Sidecar.Demo;

/// <summary>Rows under headings, each column as wide as its widest cell.</summary>
internal sealed class Table(params string[] headings)
{
    private const string Margin = "  ";
    private readonly List<string[]> _rows = [headings];

    /// <summary>Adds a row, a cell a heading.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <inheritdoc/>
    public override string ToString()
    {
        var widths = headings.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            if (text.Length > 0)
                text.Append('\n');
            AddRow(text, row, widths);
            if (ReferenceEquals(row, headings))
                AddRow(text.Append('\n'), [.. widths.Select(width => new string('-', width))], widths);
        }

        return text.ToString();
    }

    private static void AddRow(StringBuilder text, string[] row, int[] widths)
    {
        for (var column = 0; column < row.Length; column++)
        {
            var isLast = column == row.Length - 1;
            text.Append(Margin).Append(isLast ? row[column] : row[column].PadRight(widths[column]));
        }
    }
}
