using Sidecar.Testing;

namespace Sidecar.Fuzz.Driver;

/// <summary>Puts failing inputs where they can be tried again.</summary>
internal static class Failures
{
    /// <summary>Where they and what is being tried are.</summary>
    public static string Folder
    {
        get
        {
            var folder = Repository.At("artifacts", "fuzz");
            Directory.CreateDirectory(folder);
            return folder;
        }
    }

    /// <summary>Writes a failing input to a file, and says what it fails with and how it is tried again.</summary>
    public static void Tell(FuzzFailure failure, TextWriter to)
    {
        var file = Path.Combine(Folder, $"{failure.Target}-{Corpus.HashOf(failure.Input)}");
        File.WriteAllBytes(file, failure.Input);
        to.WriteLine($"{failure.Target} FAILED: {failure.What}");
        to.WriteLine($"again: dotnet run --project tests/Sidecar.Fuzz -c Release -- --target {failure.Target} --input {Path.GetRelativePath(Repository.Root, file)}");
        to.Flush();
    }
}
