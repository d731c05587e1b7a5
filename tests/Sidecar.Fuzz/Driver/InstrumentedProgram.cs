using System.Security.Cryptography;
using System.Text;
using Sidecar.Testing;
using SharpFuzz;

namespace Sidecar.Fuzz.Driver;

/// <summary>A copy of this program whose readers count the ways that they go.</summary>
internal static class InstrumentedProgram
{
    private const string Program = "Sidecar.Fuzz";
    private static readonly string[] Readers = ["Sidecar.Protocol.dll", "Sidecar.Actors.dll", "sidecar.dll"];

    // What could not be instrumented; empty where all was.
    private const string FaultsFile = "not-instrumented";
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(6);

    /// <summary>Makes the copy, unless it is there; returns its program's path and what tells no edges in it.</summary>
    public static (string Path, string Faults) Make()
    {
        var files = Directory.GetFiles(AppContext.BaseDirectory)
            .Where(file => Path.GetExtension(file) == ".dll" || Path.GetFileName(file).StartsWith(Program + ".", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        var folder = Repository.At("artifacts", "fuzz", $"program-{StampOf(files)}");
        if (!Directory.Exists(folder))
            Make(files, folder);
        return (Path.Combine(folder, Program + ".dll"), File.ReadAllText(Path.Combine(folder, FaultsFile)));
    }

    private static void Make(List<string> files, string folder)
    {
        RemoveOld();
        // Under a name of its own until it is whole: another process may make the same.
        var draft = $"{folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(draft);
        foreach (var file in files)
            File.Copy(file, Path.Combine(draft, Path.GetFileName(file)));
        var faults = new StringBuilder();
        foreach (var reader in Readers)
        {
            if (Instrument(Path.Combine(draft, reader)) is { } fault)
                faults.AppendLine($"{reader} tells no edges: {fault}");
        }

        File.WriteAllText(Path.Combine(draft, FaultsFile), faults.ToString());
        try
        {
            Directory.Move(draft, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(draft, recursive: true);
        }
    }

    // Those of earlier builds, but for what may still run.
    private static void RemoveOld()
    {
        foreach (var old in Directory.GetDirectories(Failures.Folder, "program-*"))
        {
            if (Directory.GetLastWriteTimeUtc(old) < (TimeProvider.System.GetUtcNow() - KeptFor).UtcDateTime)
                Directory.Delete(old, recursive: true);
        }
    }

    private static string? Instrument(string assembly)
    {
        try
        {
            // Generated code is not what is tried.
            var count = Fuzzer.Instrument(assembly, static type => !type.StartsWith("Stigg.", StringComparison.Ordinal), Options.Value).Count();
            return count > 0 ? null : "no type of it was instrumented";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private static string StampOf(List<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
            hash.AppendData(File.ReadAllBytes(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}
