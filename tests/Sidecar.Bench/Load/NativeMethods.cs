using System.Runtime.InteropServices;

namespace Sidecar.Bench.Load;

internal static partial class NativeMethods
{
    public const short PollIn = 1;
    public const short PollOut = 4;
    public const int SetTimerSlack = 29;

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Poll(Span<PollFd> sockets, nuint count, in TimeSpec timeout, nint signals);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int ControlThread(int option, nuint value, nuint unused2, nuint unused3, nuint unused4);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Socket;
        public short Wanted;
        public short Seen;
    }

    [StructLayout(LayoutKind.Sequential)]
    public readonly struct TimeSpec(long nanoseconds)
    {
        public readonly nint Seconds = (nint)(nanoseconds / 1_000_000_000);
        public readonly nint Nanoseconds = (nint)(nanoseconds % 1_000_000_000);
    }
}
