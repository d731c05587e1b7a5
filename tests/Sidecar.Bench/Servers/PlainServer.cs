using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Sidecar.Bench.Servers;

/// <summary>A program that says <c>Ready on</c> and its address, and then answers until it is ended.</summary>
internal sealed class PlainServer : IBenchServer
{
    private const string ReadyLine = "Ready on ";

    // A million customers take their time.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private PlainServer(string name, Process process) => (Name, _process) = (name, process);

    public string Name { get; }

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public int ProcessId => _process.Id;

    /// <summary>What it reads.</summary>
    public TextWriter Input => _process.StandardInput;

    /// <summary>What it says.</summary>
    public TextReader Output => _process.StandardOutput;

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<PlainServer> StartAsync(string name, string program, string[] arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new PlainServer(name, new Process { StartInfo = start });
        server._process.ErrorDataReceived += (_, e) => server._errors.AppendLine(e.Data);
        try
        {
            server._process.Start();
        }
        catch (Win32Exception missing)
        {
            throw new BenchException($"{name} can't be started: {missing.Message}");
        }

        try
        {
            server._process.BeginErrorReadLine();
            var line = await server._process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation);
            if (line?.StartsWith(ReadyLine, StringComparison.Ordinal) is not true)
                throw new BenchException($"{name} did not start: {line}{server._errors}");
            server.Address = new Uri(line[ReadyLine.Length..]);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
