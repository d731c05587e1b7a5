namespace Sidecar.EndToEnd.Tests.Image;

/// <summary>A line of a recipe, or several that belong together.</summary>
/// <param name="Word">What is done.</param>
/// <param name="Text">With what.</param>
internal sealed record Instruction(string Word, string Text);

/// <summary>The image's recipe, read as far as the specs follow it.</summary>
internal sealed class Dockerfile
{
    private readonly IReadOnlyList<Instruction> _instructions;
    private readonly int _lastStage;

    private Dockerfile(IReadOnlyList<Instruction> instructions)
    {
        _instructions = instructions;
        _lastStage = instructions.Select((instruction, i) => (instruction.Word, i)).Last(pair => pair.Word == "FROM").i;
    }

    /// <summary>What the first stage copies and runs, in its order.</summary>
    public IEnumerable<Instruction> Build =>
        _instructions.Take(_lastStage).Where(instruction => instruction.Word is "COPY" or "RUN");

    /// <summary>What the last stage is made of.</summary>
    public IEnumerable<Instruction> Image => _instructions.Skip(_lastStage);

    /// <summary>The variables that are set in the image.</summary>
    public IReadOnlyDictionary<string, string> Variables => Image
        .Where(instruction => instruction.Word == "ENV")
        .Select(instruction => instruction.Text.Split('=', 2))
        .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    /// <summary>Reads a recipe.</summary>
    public static Dockerfile Read(string path)
    {
        var text = File.ReadAllText(path).Replace("\\\n", " ", StringComparison.Ordinal);
        return new Dockerfile(
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(line => !line.StartsWith('#'))
                .Select(line => line.Split(' ', 2, StringSplitOptions.TrimEntries))
                .Select(parts => new Instruction(parts[0], parts[1])),
        ]);
    }

    /// <summary>The one instruction of the image with that word.</summary>
    public string Only(string word) => Image.Single(instruction => instruction.Word == word).Text;
}
