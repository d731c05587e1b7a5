using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Sidecar.Testing;

/// <summary>A real redis-server on a free port of 127.0.0.1, with a folder of its own. Keeps nothing on disk.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _folder;
    private readonly string[] _options;
    private readonly string? _masterName;
    private Process? _process;

    private RedisServer(int port, string folder, string[] options, string? masterName = null)
    {
        _masterName = masterName;
        Port = port;
        _folder = folder;
        _options = options;
    }

    /// <summary>Why it can't be started here, or null.</summary>
    public static string? Missing => File.Exists(Program) ? null : $"{Program} is missing; on Debian: apt-get install redis-server";

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Its process's id.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("it does not run");

    private static string Program => "/usr/bin/redis-server";

    /// <summary>Starts one.</summary>
    /// <param name="options">Options of the command line, such as <c>--requirepass secret</c>, word by word.</param>
    public static async Task<RedisServer> StartAsync(params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("sidecar-redis-").FullName;
        var server = new RedisServer(Ports.Free(), folder, options);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts a sentinel that looks after a master, and puts a replica in its place after it has been gone for half a second.</summary>
    /// <param name="masterName">The name that the sentinel knows it by.</param>
    /// <param name="master">The master.</param>
    /// <param name="password">The master's password; the sentinel itself has none.</param>
    public static async Task<RedisServer> StartSentinelAsync(string masterName, RedisServer master, string? password = null)
    {
        var folder = Directory.CreateTempSubdirectory("sidecar-sentinel-").FullName;
        var port = Ports.Free();
        // It writes to its file.
        await File.WriteAllTextAsync(Path.Combine(folder, "sentinel.conf"), $"""
            port {port}
            bind 127.0.0.1
            dir {folder}
            sentinel monitor {masterName} 127.0.0.1 {master.Port} 1
            sentinel down-after-milliseconds {masterName} 500
            sentinel failover-timeout {masterName} 3000
            {(password is null ? "" : $"sentinel auth-pass {masterName} {password}")}
            """);
        var sentinel = new RedisServer(port, folder, [], masterName);
        await sentinel.StartAgainAsync();
        return sentinel;
    }

    /// <summary>Starts it again after its end, on the same port, with nothing in it.</summary>
    public async Task StartAgainAsync()
    {
        var hasPlainPort = !_options.Contains("--tls-port");
        string[] plain = hasPlainPort ? ["--port", Port.ToString(CultureInfo.InvariantCulture)] : ["--port", "0"];
        string[] all = [.. plain, .. _options.Select(Filled)];
        string[] arguments = _masterName is null
            ? ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder, "--daemonize", "no", .. all]
            : [Path.Combine(_folder, "sentinel.conf"), "--sentinel"];
        var readyText = _masterName is null ? "Ready to accept connections" : $"+monitor master {_masterName}";
        _process = Process.Start(new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new StringBuilder();
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null)
                ready.TrySetException(new InvalidOperationException($"redis-server has ended:\n{said}"));
            else if (said.AppendLine(e.Data) is var _ && e.Data.Contains(readyText, StringComparison.Ordinal))
                ready.TrySetResult();
        };
        _process.BeginOutputReadLine();
        await ready.Task.WaitAsync(Patience);
    }

    /// <summary>Ends it as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops it without ending it: connections stay open, and nothing is answered.</summary>
    public void Freeze() => Signal(19);

    /// <summary>Lets it go on.</summary>
    public void Thaw() => Signal(18);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string Filled(string option) => option.Replace("{port}", Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private void Signal(int signal)
    {
        if (NativeMethods.Kill(ProcessId, signal) != 0)
            throw new InvalidOperationException($"signal {signal} could not be sent to {ProcessId}");
    }
}
