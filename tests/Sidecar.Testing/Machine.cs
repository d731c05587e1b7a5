using System.Globalization;
using System.Runtime.InteropServices;

namespace Sidecar.Testing;

/// <summary>Where something was measured.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Cores">How many cores this process may use.</param>
/// <param name="MemoryGigabytes">Its memory.</param>
/// <param name="Kernel">The kernel's release.</param>
/// <param name="Runtime">The runtime's name and version.</param>
/// <param name="Date">The day.</param>
public sealed record Machine(string Processor, int Cores, double MemoryGigabytes, string Kernel, string Runtime, string Date)
{
    /// <summary>This one.</summary>
    public static Machine Here(TimeProvider time) => new(
        ProcessorIn(File.ReadLines("/proc/cpuinfo")),
        Environment.ProcessorCount,
        MemoryIn(File.ReadLines("/proc/meminfo")) / 1e9,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        RuntimeInformation.FrameworkDescription,
        time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>The processor's name in the lines of <c>/proc/cpuinfo</c>; not every architecture tells it.</summary>
    public static string ProcessorIn(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>The bytes of memory in the lines of <c>/proc/meminfo</c>.</summary>
    public static long MemoryIn(IEnumerable<string> lines) => 1024 * long.Parse(
        lines.First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
