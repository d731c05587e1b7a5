using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>Writes what came of a comparison, for people or for programs.</summary>
internal static class CompareReport
{
    private const int LongestCell = 60;
    private const string Absent = "(absent)";
    private static readonly string[] Titles = ["CUSTOMER", "RESOURCE", "FEATURE", "CALL", "FIELD", "OURS", "THEIRS"];

    /// <summary>A table of the differences, and a line that sums up.</summary>
    public static void WriteText(CompareResult result, TextWriter output)
    {
        if (result.Differences.Count > 0)
        {
            WriteTable([Titles, .. result.Differences.Select(Cells)], output);
            if (result.DifferenceCount > result.Differences.Count)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... and {result.DifferenceCount - result.Differences.Count:N0} more"));
            output.WriteLine();
        }

        foreach (var note in result.Notes)
            output.WriteLine(note);
        var resources = result.Resources > 0 ? $", {Count(result.Resources, "resource")}" : "";
        var failures = result.FailureCount > 0 ? "; not all could be compared" : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Count(result.Customers, "customer")}{resources}, {Count(result.Questions, "question")} in {result.Duration.TotalSeconds:0.0} s: "
            + $"{Count(result.DifferenceCount, "difference")}{failures}"));
    }

    /// <summary>One JSON object.</summary>
    public static void WriteJson(CompareResult result, Side ours, Side theirs, TextWriter output)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("ours", ours.Address);
            json.WriteString("theirs", theirs.Address);
            json.WriteNumber("customers", result.Customers);
            json.WriteNumber("resources", result.Resources);
            json.WriteNumber("questions", result.Questions);
            json.WriteNumber("seconds", Math.Round(result.Duration.TotalSeconds, 3));
            json.WriteNumber("differenceCount", result.DifferenceCount);
            json.WriteStartArray("differences");
            foreach (var difference in result.Differences)
            {
                json.WriteStartObject();
                json.WriteString("customer", difference.Who.Customer);
                json.WriteString("resource", difference.Who.Resource);
                json.WriteString("feature", difference.Item);
                json.WriteString("call", difference.Call);
                json.WriteString("field", difference.Field);
                json.WriteString("ours", difference.Ours);
                json.WriteString("theirs", difference.Theirs);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("emptyCount", result.EmptyCount);
            json.WriteNumber("notComparedCount", result.FailureCount);
            WriteTexts(json, "notCompared", result.Failures);
            WriteTexts(json, "notes", result.Notes);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static string[] Cells(Difference difference) =>
    [
        .. new[]
        {
            difference.Who.Customer, difference.Who.Resource ?? "", difference.Item, difference.Call, difference.Field,
            difference.Ours ?? Absent, difference.Theirs ?? Absent,
        }.Select(text => Excerpt.Of(text, LongestCell)),
    ];

    private static void WriteTable(IReadOnlyList<string[]> rows, TextWriter output)
    {
        var widths = Titles.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    private static string Count(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}{(count == 1 ? "" : "s")}");
}
