using System.Diagnostics;

namespace Sidecar.Interop.Tests;

/// <summary>What a program did until its end.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">What it wrote to its standard output.</param>
/// <param name="Errors">What it wrote to its standard error.</param>
internal sealed record ProgramEnd(int ExitCode, string Output, string Errors);

/// <summary>Runs other programs, each within a time limit.</summary>
internal static class ChildProcess
{
    // Many times what the slowest of them needs. What takes longer hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Variables beside those of this process; null takes one away.</param>
    /// <param name="folder">Its working folder; null for that of this process.</param>
    /// <exception cref="TimeoutException">It had not ended in time, and was killed.</exception>
    public static async Task<ProgramEnd> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? variables = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        // Traffic to this machine stays on it, whatever proxy the environment names.
        foreach (var name in new[] { "NO_PROXY", "no_proxy" })
            start.Environment[name] = string.Join(',', "127.0.0.1", "localhost", Environment.GetEnvironmentVariable(name)).TrimEnd(',');
        foreach (var (name, value) in variables ?? new Dictionary<string, string?>(StringComparer.Ordinal))
            start.Environment[name] = value;

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new ProgramEnd(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{program} had not ended after {Limit.TotalSeconds:0} s; it wrote:\n{await output}\n{await errors}", e);
        }
    }

    /// <summary>Runs a program to its end, which has to be a good one.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    /// <exception cref="InvalidOperationException">Its exit code was not 0.</exception>
    /// <inheritdoc cref="RunAsync"/>
    public static async Task<string> SucceedAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? variables = null, string? folder = null)
    {
        var end = await RunAsync(program, arguments, variables, folder);
        return end.ExitCode == 0
            ? end.Output
            : throw new InvalidOperationException($"{program} ended with exit code {end.ExitCode}:\n{end.Output}\n{end.Errors}");
    }
}
