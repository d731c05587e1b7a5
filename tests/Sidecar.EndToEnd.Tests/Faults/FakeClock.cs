namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A clock of a process that can be put forward and back while it runs; time that has passed is measured as always.</summary>
internal static class FakeClock
{
    private static readonly string[] Libraries =
        ["/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"];

    private static readonly string? Library = Array.Find(Libraries, File.Exists);

    /// <summary>Why there is none here, or null.</summary>
    public static string? Missing => Library is null ? "libfaketime is missing; on Debian: apt-get install faketime" : null;

    /// <summary>The variables of a process whose clock is put by a file.</summary>
    public static Dictionary<string, string?> Variables(string file) => new(StringComparer.Ordinal)
    {
        ["LD_PRELOAD"] = Library,
        ["FAKETIME_TIMESTAMP_FILE"] = file,
        ["FAKETIME_CACHE_DURATION"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>Puts the clock, within about a second.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">By how many seconds it is to be wrong, with its sign.</param>
    public static async Task SetAsync(string file, string offset)
    {
        // A file that is being written would put it somewhere else.
        var next = file + ".next";
        await File.WriteAllTextAsync(next, offset + "\n");
        File.Move(next, file, overwrite: true);
    }
}
