using System.Runtime;
using System.Runtime.InteropServices;
using System.Text;

namespace Sidecar.Host.Runtime;

/// <summary>
/// The garbage collector's mode, chosen by the processors there are: with few, the server's mode takes twice the memory for the same
/// throughput; with many, one collector can't keep up with them. The runtime takes the mode from its start alone, so the process puts
/// itself in its own place, once, with the variable that says so; its id stays the same.
/// </summary>
internal static class ServerCollector
{
    /// <summary>From so many processors on, the server's mode.</summary>
    public const int FewestProcessors = 4;

    /// <summary>The runtime's own variable for it. Where it is set, that is what holds.</summary>
    public const string Variable = "DOTNET_gcServer";

    private const string OldVariable = "COMPlus_gcServer";

    /// <summary>Whether the process is to be started in its own place.</summary>
    /// <param name="processors">The processors that it may use.</param>
    /// <param name="isServer">Whether the server's mode is in force.</param>
    /// <param name="variable">The value of an environment variable, or null.</param>
    public static bool IsToBeTurnedOn(int processors, bool isServer, Func<string, string?> variable) =>
        processors >= FewestProcessors && !isServer && variable(Variable) is null && variable(OldVariable) is null;

    /// <summary>Starts the process in its own place, where that is to be. It returns only where it is not, or where it can't be.</summary>
    public static void TurnOnWhereItHelps()
    {
        if (!OperatingSystem.IsLinux()
            || !IsToBeTurnedOn(Environment.ProcessorCount, GCSettings.IsServerGC, Environment.GetEnvironmentVariable))
        {
            return;
        }

        try
        {
            // As bytes, since neither has to be text.
            Execute("/proc/self/exe", File.ReadAllBytes("/proc/self/cmdline"), [
                .. File.ReadAllBytes("/proc/self/environ"), .. Encoding.UTF8.GetBytes(Variable + "=1\0")]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc, the mode is what it is.
        }
    }

    private static unsafe void Execute(string path, byte[] arguments, byte[] variables)
    {
        fixed (byte* program = Encoding.UTF8.GetBytes(path + '\0'))
        fixed (byte* argumentText = arguments)
        fixed (byte* variableText = variables)
        fixed (byte** argumentList = Pointers(argumentText, arguments))
        fixed (byte** variableList = Pointers(variableText, variables))
        {
            // It returns only where it failed; the service is right in either mode.
            _ = Execve(program, argumentList, variableList);
        }
    }

    // Where each of the texts begins, each of which ends with a 0, and a null at the end.
    private static unsafe byte*[] Pointers(byte* text, byte[] bytes)
    {
        var pointers = new byte*[bytes.Count(b => b == 0) + 1];
        var next = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i == 0 || bytes[i - 1] == 0)
                pointers[next++] = text + i;
        }

        return pointers;
    }

    [DllImport("libc", EntryPoint = "execve", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int Execve(byte* path, byte** arguments, byte** variables);
}
