using System.Runtime.InteropServices;
using Sidecar.Emulator.Data;

namespace Sidecar.Emulator;

/// <summary>The emulator on its own: <c>sidecar-emulator [--port N] [--data FILE] [--api-key KEY]</c>.</summary>
internal static class Program
{
    // The numbers of sysexits.h.
    private const int BadUsage = 64;
    private const int BadData = 65;
    private const int NoPort = 69;

    private const string Help = """
        usage: sidecar-emulator [--port N] [--data FILE] [--api-key KEY]
          --port N       listen on this port of 127.0.0.1; 0, the default, takes any free one
          --data FILE    features, plans and customers as JSON; without it, the demo data
          --api-key KEY  the API key to accept; default: server-key-of-the-emulator
        """;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["--help"] or ["-h"])
        {
            await Console.Out.WriteLineAsync(Help);
            return 0;
        }
        EmulatorOptions options;
        try
        {
            options = ReadArguments(arguments);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n{Help}");
            return BadUsage;
        }

        // Before the start, so that no signal finds the process unprepared.
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            await using var emulator = await CloudEmulator.StartAsync(options, CancellationToken.None);
            await Console.Out.WriteLineAsync($"Emulator is ready on {emulator.Address.GetLeftPart(UriPartial.Authority)}");
            await signalled.Task;
            return 0;
        }
        catch (EmulatorDataException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return BadData;
        }
        catch (IOException taken)
        {
            await Console.Error.WriteLineAsync(taken.Message);
            return NoPort;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            signalled.TrySetResult();
        }
    }

    /// <exception cref="FormatException">Something that is not an option, or a value that can't be one.</exception>
    private static EmulatorOptions ReadArguments(string[] arguments)
    {
        var options = new EmulatorOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var name = arguments[i];
            if (name is not ("--port" or "--data" or "--api-key"))
                throw new FormatException($"unknown argument \"{name}\"");
            if (i + 1 == arguments.Length || arguments[i + 1].Length is 0)
                throw new FormatException($"{name} needs a value");
            var value = arguments[i + 1];
            options = name switch
            {
                "--port" => options with { Port = ReadPort(value) },
                "--data" => options with { DataFile = value },
                _ => options with { ApiKey = value },
            };
        }
        return options;
    }

    private static int ReadPort(string value) =>
        ushort.TryParse(value, out var port) ? port : throw new FormatException($"--port must be from 0 to 65535, but is \"{value}\"");
}
