using System.Runtime.InteropServices;

namespace Sidecar.Host.Runtime;

/// <summary>Memory that the process has from the system and nothing lives in.</summary>
internal static class UnusedMemory
{
    private static volatile bool _canTrim = OperatingSystem.IsLinux();

    /// <summary>Gives it back: the heap is closed up for it, and nobody answers meanwhile.</summary>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        TrimNative();
    }

    /// <summary>
    /// Gives back what native code has freed. The C library keeps it: of what compiling takes, some 8 MB after a start.
    /// </summary>
    /// <returns>Whether this system's C library can: that of glibc.</returns>
    public static bool TrimNative()
    {
        if (!_canTrim)
            return false;
        try
        {
            _ = MallocTrim(0);
            return true;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Musl's has no such function, and keeps little.
            return _canTrim = false;
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocTrim(nuint pad);
}
