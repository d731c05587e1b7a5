using System.Text.Encodings.Web;
using System.Text.Json;
using YamlDotNet.RepresentationModel;

namespace Sidecar.Deploy.Tests;

/// <summary>One value of the chart that is no group of others.</summary>
/// <param name="Path">Its path, with dots.</param>
/// <param name="Default">Its default, as JSON.</param>
/// <param name="Comment">The comment above it; empty where there is none.</param>
internal sealed record ChartValue(string Path, string Default, string Comment);

/// <summary>The values in <c>values.yaml</c>.</summary>
internal static class ChartValues
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<ChartValue> Read()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Chart, "values.yaml"));
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. Leaves((YamlMappingNode)stream.Documents[0].RootNode, "", text.Split('\n'))];
    }

    private static IEnumerable<ChartValue> Leaves(YamlMappingNode map, string path, string[] lines) =>
        from pair in map.Children
        let name = ((YamlScalarNode)pair.Key).Value!
        let full = path.Length == 0 ? name : $"{path}.{name}"
        from value in pair.Value is YamlMappingNode { Children.Count: > 0, Style: YamlDotNet.Core.Events.MappingStyle.Block } nested
            ? Leaves(nested, full, lines)
            : [new ChartValue(full, Json(pair.Value), CommentAbove(lines, (int)pair.Key.Start.Line - 1))]
        select value;

    private static string Json(YamlNode node) => Manifest.ToJson(node)?.ToJsonString(Readable) ?? "null";

    private static string CommentAbove(string[] lines, int line)
    {
        var first = line;
        while (first > 0 && lines[first - 1].TrimStart().StartsWith("# ", StringComparison.Ordinal))
            first--;
        return string.Join(' ', lines[first..line].Select(it => it.TrimStart()[2..]));
    }
}
