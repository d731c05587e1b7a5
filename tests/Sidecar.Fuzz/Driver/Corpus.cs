using System.Security.Cryptography;
using Sidecar.Testing;

namespace Sidecar.Fuzz.Driver;

/// <summary>
/// The inputs that are kept of each reader. What somebody wrote has a name that says what it is, and stays; what was found is named by its hash,
/// and gives way to what shows the same in fewer bytes.
/// </summary>
internal static class Corpus
{
    /// <summary>The most files of one reader.</summary>
    public const int MaxFiles = 100;

    /// <summary>The most bytes of one reader.</summary>
    public const int MaxBytes = 300 * 1024;

    private const string Found = "found-";

    /// <summary>Where those of a reader are.</summary>
    public static string FolderOf(string target) => Repository.At("tests", "Sidecar.Fuzz", "corpus", target);

    /// <summary>The files of a reader, by name.</summary>
    public static IReadOnlyList<string> FilesOf(string target) =>
        Directory.Exists(FolderOf(target)) ? [.. Directory.GetFiles(FolderOf(target)).Order(StringComparer.Ordinal)] : [];

    /// <summary>Name of an input.</summary>
    public static string HashOf(ReadOnlySpan<byte> input) => Convert.ToHexStringLower(SHA256.HashData(input))[..16];

    /// <summary>Keeps what together takes every edge that these inputs take, in as few bytes as a simple choice finds.</summary>
    /// <param name="target">The reader.</param>
    /// <param name="inputs">All inputs.</param>
    public static void Keep(FuzzTarget target, IEnumerable<byte[]> inputs)
    {
        Directory.CreateDirectory(FolderOf(target.Name));
        var written = FilesOf(target.Name).Where(file => !IsFound(file)).ToList();
        var left = new HashSet<int>();
        var edges = new List<(byte[] Input, HashSet<int> Edges)>();
        foreach (var input in inputs.DistinctBy(input => HashOf(input)))
        {
            var taken = EdgesOf(target, input);
            left.UnionWith(taken);
            edges.Add((input, taken));
        }

        var bytes = 0L;
        foreach (var file in written)
        {
            left.ExceptWith(EdgesOf(target, File.ReadAllBytes(file)));
            bytes += new FileInfo(file).Length;
        }

        foreach (var file in FilesOf(target.Name).Where(IsFound))
            File.Delete(file);
        // The shortest first, of those that show most.
        for (var count = written.Count; count < MaxFiles && left.Count > 0; count++)
        {
            var (input, taken) = edges.MaxBy(one => one.Edges.Count(left.Contains) * 64.0 / (64 + one.Input.Length));
            if (bytes + input.Length > MaxBytes || !taken.Overlaps(left))
                break;
            left.ExceptWith(taken);
            bytes += input.Length;
            File.WriteAllBytes(Path.Combine(FolderOf(target.Name), Found + HashOf(input)), input);
        }
    }

    private static bool IsFound(string file) => Path.GetFileName(file).StartsWith(Found, StringComparison.Ordinal);

    private static HashSet<int> EdgesOf(FuzzTarget target, byte[] input)
    {
        Coverage.OfProcess.Clear();
        target.Execute(input);
        return Coverage.OfProcess.TakeEdges();
    }
}
