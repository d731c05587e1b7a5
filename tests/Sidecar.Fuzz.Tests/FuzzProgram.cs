using System.Diagnostics;

namespace Sidecar.Fuzz.Tests;

/// <summary>Runs the program.</summary>
internal static class FuzzProgram
{
    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(TimeSpan patience, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Sidecar.Fuzz.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var program = Process.Start(start)!;
        using var end = new CancellationTokenSource(patience);
        try
        {
            var output = program.StandardOutput.ReadToEndAsync(end.Token);
            var errors = program.StandardError.ReadToEndAsync(end.Token);
            await program.WaitForExitAsync(end.Token);
            return (program.ExitCode, await output + await errors);
        }
        finally
        {
            if (!program.HasExited)
                program.Kill(entireProcessTree: true);
        }
    }
}
