using System.Diagnostics;

namespace Sidecar.Deploy.Tests.SupplyChain;

/// <summary>A program of this repository, or one that it needs, run to its end.</summary>
internal static class Command
{
    // Many times what it takes, and below what the runner of all tests takes for a hang.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(9);

    /// <summary>Runs it at the top of the repository.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        // A test run sets some of its own, which are not meant for another build.
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} had not ended after {Limit.TotalMinutes:0} minutes", e);
        }

        var texts = await said;
        return process.ExitCode == 0
            ? texts[0]
            : throw new InvalidOperationException($"exit code {process.ExitCode} of {program} {string.Join(' ', arguments)}:\n{string.Join('\n', texts)}");
    }
}
