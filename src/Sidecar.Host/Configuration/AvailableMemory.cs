using System.Globalization;

namespace Sidecar.Host.Configuration;

/// <summary>
/// The memory that this process may use: the least limit of its control group and of those above it, where there is one. The runtime's own
/// figure is only a share of that limit, so that the files of the kernel are asked.
/// </summary>
public static class AvailableMemory
{
    private const string Root = "/sys/fs/cgroup";

    // Version 1 has no word for "no limit": it shows the largest number of whole pages.
    private const long Absurd = long.MaxValue / 2;

    /// <summary>The memory available, in bytes.</summary>
    /// <param name="file">The content of a file, or null where it can't be read.</param>
    /// <param name="machine">What there is without a limit, in bytes.</param>
    public static long Find(Func<string, string?> file, long machine)
    {
        long? least = null;
        foreach (var limit in LimitFiles(file("/proc/self/cgroup") ?? "").Select(file).Select(NumberOf))
            least = limit is { } bytes && bytes < (least ?? Absurd) ? bytes : least;
        if (least is not { } found)
            return machine;

        // A limit above what the machine has limits nothing.
        return TotalOf(file("/proc/meminfo")) is { } total ? Math.Min(found, total) : found;
    }

    /// <summary>The memory available to this process, in bytes.</summary>
    public static long Find() => Find(Read, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    // A line is "number:controllers:path"; version 2 is number 0 without controllers. Inside a container the path may be the host's, so
    // that only the root of what is mounted has a file: it is asked in any case.
    private static IEnumerable<string> LimitFiles(string groups)
    {
        foreach (var parts in groups.Split('\n').Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3))
        {
            var (mount, name) = parts[1].Length == 0 ? (Root, "memory.max")
                : parts[1].Split(',').Contains("memory") ? (Root + "/memory", "memory.limit_in_bytes")
                : ("", "");
            if (name.Length == 0)
                continue;
            for (var path = parts[2].TrimEnd('/', '\r'); path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
                yield return $"{mount}{path}/{name}";
            yield return $"{mount}/{name}";
        }
    }

    // "max" is no number, and no limit.
    private static long? NumberOf(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0 ? bytes : null;

    // "MemTotal:       16384 kB"
    private static long? TotalOf(string? memory)
    {
        var line = memory?.Split('\n').FirstOrDefault(line => line.StartsWith("MemTotal:", StringComparison.Ordinal));
        var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [_, var number, ..] && NumberOf(number) is { } kibibytes ? kibibytes * 1024 : null;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
