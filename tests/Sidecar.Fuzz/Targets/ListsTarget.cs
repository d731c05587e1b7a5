using Sidecar.Fuzz.Driver;
using Sidecar.Host.Configuration;

namespace Sidecar.Fuzz.Targets;

/// <summary>Lists of customers, as the warm-up and the commands take them: read as a whole and bit by bit they say the same.</summary>
internal sealed class ListsTarget : FuzzTarget
{
    public override string Name => "lists";

    public override IReadOnlyList<string> Words { get; } = ["\n", "\r\n", "\r", "\t", "#", "customer", "resource", " ", "\ufeff"];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (256 * 1024) + (100L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        using var stream = new MemoryStream(input.ToArray(), writable: false);
        var read = EntryLines.Read(stream, maxBytes: 1 << 20).ToList();
        var whole = EntryLines.Read(SettingFile.TextOf(input)).ToList();
        Promises.That(read.SequenceEqual(whole), $"bit by bit there are {read.Count} lines, as a whole {whole.Count}, or they say something else");
        foreach (var line in read)
        {
            Promises.That(line.Entry is not { } entry || (EntryLines.IsId(entry.CustomerId) && (entry.ResourceId is null || EntryLines.IsId(entry.ResourceId))), "an id is none");
        }
    }
}
