using System.Collections.Concurrent;
using System.Diagnostics;
using Sidecar.Fuzz.Driver;
using Sidecar.Fuzz.Targets;

namespace Sidecar.Fuzz;

/// <summary>
/// Tries made-up inputs on whatever reads bytes from outside. The work is done by an instrumented copy of this program, a process for each
/// reader; what ends such a process leaves its input behind.
/// </summary>
internal static class Program
{
    private const int Failed = 1;
    private const int BadUsage = 64;

    private static async Task<int> Main(string[] arguments)
    {
        // First of all: a reader that is instrumented counts from its first call on.
        Coverage.OfProcess.Clear();
        if (FuzzOptions.Parse(arguments) is not { } options || (options.Target != FuzzOptions.All && AllTargets.Find(options.Target) is null))
        {
            await Console.Error.WriteLineAsync($"can't use \"{string.Join(' ', arguments)}\"; expected {FuzzOptions.Usage}; the targets are {string.Join(", ", AllTargets.Names)}");
            return BadUsage;
        }

        if (options.List)
        {
            await Console.Out.WriteLineAsync(string.Join(Environment.NewLine, AllTargets.Names));
            return 0;
        }

        if (options.Input is { } file)
            return await TryAsync(options.Target, file);
        if (options.IsCopy)
            return Run(options);

        var (program, faults) = InstrumentedProgram.Make();
        await Console.Error.WriteAsync(faults);
        string[] names = options.Target == FuzzOptions.All ? [.. AllTargets.Names] : [options.Target];
        var failed = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel }, async (name, cancellation) =>
        {
            if (await RunCopyAsync(program, name, arguments, cancellation) != 0)
                failed.Add(name);
        });
        if (failed.IsEmpty)
            return 0;
        // What was told of each stands far above, among what the others did.
        await Console.Out.WriteLineAsync($"FAILED: {string.Join(", ", failed.Order(StringComparer.Ordinal))}");
        return Failed;
    }

    // Of two that are the same, the last option counts.
    private static async Task<int> RunCopyAsync(string program, string target, string[] arguments, CancellationToken cancellation)
    {
        File.Delete(CurrentOf(target));
        var start = new ProcessStartInfo("dotnet", [program, .. arguments, "--target", target, "--copy"]) { UseShellExecute = false };
        using var copy = Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started");
        try
        {
            await copy.WaitForExitAsync(cancellation);
        }
        finally
        {
            if (!copy.HasExited)
                copy.Kill(entireProcessTree: true);
        }

        if (copy.ExitCode is not (0 or Failed) && CurrentInput.Read(CurrentOf(target)) is { } input)
            Failures.Tell(new FuzzFailure(target, input, $"the process has ended with {copy.ExitCode}"), Console.Out);
        return copy.ExitCode;
    }

    // Leaves the file of a run of the same reader alone.
    private static async Task<int> TryAsync(string name, string file)
    {
        if (!File.Exists(file))
        {
            await Console.Error.WriteLineAsync($"--input is \"{file}\", expected a file that is there");
            return BadUsage;
        }

        var failure = new FuzzRun(AllTargets.Find(name)!, new FuzzLimits()) { OnEndless = End }.Try(await File.ReadAllBytesAsync(file));
        await Console.Out.WriteLineAsync(failure is null ? $"{name} stands it" : $"{name} FAILED: {failure.What}");
        return failure is null ? 0 : Failed;
    }

    private static void End(FuzzFailure failure)
    {
        Failures.Tell(failure, Console.Out);
        Environment.Exit(Failed);
    }

    private static int Run(FuzzOptions options)
    {
        var target = AllTargets.Find(options.Target)!;
        using var current = new CurrentInput(CurrentOf(target.Name), target.MaxLength);
        var run = new FuzzRun(target, new FuzzLimits()) { Current = current, OnEndless = End };
        var report = run.Run(Corpus.FilesOf(target.Name).Select(File.ReadAllBytes), options.Budget, options.Seed);
        Console.WriteLine(report);
        if (report.Failure is not null)
        {
            Failures.Tell(report.Failure, Console.Out);
            return Failed;
        }

        if (options.Keep)
            Corpus.Keep(target, run.Inputs);
        return 0;
    }

    private static string CurrentOf(string target) => Path.Combine(Failures.Folder, $"{target}.current");
}
