using Sidecar.Testing;

namespace Sidecar.Interop.Tests;

/// <summary>A block of code of a document.</summary>
/// <param name="Language">The word behind the fence.</param>
/// <param name="Text">The code.</param>
internal sealed record CodeBlock(string Language, string Text);

/// <summary><c>docs/clients.md</c>, as far as specs hold it to what it says.</summary>
internal static class ClientsDocument
{
    private const string Fence = "```";

    /// <summary>Its lines.</summary>
    public static IReadOnlyList<string> Lines { get; } = File.ReadAllLines(Repository.At("docs", "clients.md"));

    /// <summary>The blocks below a heading, up to the next heading.</summary>
    public static IReadOnlyList<CodeBlock> BlocksOf(string heading)
    {
        var blocks = new List<CodeBlock>();
        List<string>? block = null;
        var language = "";
        foreach (var line in Lines.SkipWhile(line => line != heading).Skip(1))
        {
            if (block is null && line.StartsWith("##", StringComparison.Ordinal))
                break;
            if (!line.StartsWith(Fence, StringComparison.Ordinal))
            {
                block?.Add(line);
            }
            else if (block is null)
            {
                (block, language) = ([], line[Fence.Length..]);
            }
            else
            {
                blocks.Add(new CodeBlock(language, string.Join('\n', block) + "\n"));
                block = null;
            }
        }
        return blocks;
    }

    /// <summary>The rows of the table whose first column has this title, without its head.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> RowsOf(string firstColumn) =>
        [.. Lines.SkipWhile(line => !line.StartsWith($"| {firstColumn} |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => (IReadOnlyList<string>)[.. line.Trim('|').Split('|').Select(cell => cell.Trim())])];
}
