using System.Globalization;

namespace Sidecar.Testing;

/// <summary>What Linux counts of a process, from <c>/proc</c>.</summary>
public static class ProcessFigures
{
    // USER_HZ: part of the kernel's interface, and 100 on every architecture that .NET runs on.
    private const int TicksPerSecond = 100;

    /// <summary>Processor time of all its threads so far, in the program and in the kernel.</summary>
    public static TimeSpan CpuTime(int processId) => CpuTime(File.ReadAllText($"/proc/{processId}/stat"));

    /// <summary>The same of the content of a <c>stat</c> file.</summary>
    public static TimeSpan CpuTime(string stat)
    {
        // The second field is the program's name in brackets, and may hold blanks and brackets itself.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 13)
            throw new FormatException($"this is not the content of a stat file: \"{stat}\"");
        // utime and stime are the 14th and the 15th of all.
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / (double)TicksPerSecond);
    }

    /// <summary>Memory that is in use and in RAM.</summary>
    public static long ResidentBytes(int processId) => ResidentBytes(File.ReadLines($"/proc/{processId}/status"));

    /// <summary>The same of the lines of a <c>status</c> file.</summary>
    public static long ResidentBytes(IEnumerable<string> status)
    {
        var line = status.FirstOrDefault(given => given.StartsWith("VmRSS:", StringComparison.Ordinal))
            ?? throw new FormatException("this is not the content of a status file: it has no VmRSS");
        return 1024 * long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
