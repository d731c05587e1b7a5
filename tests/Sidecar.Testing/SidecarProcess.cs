using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Grpc.Net.Client;

namespace Sidecar.Testing;

/// <summary>The service as a process of its own, as an operator would run it: variables in, log lines out, signals.</summary>
public sealed partial class SidecarProcess : IAsyncDisposable
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    /// <summary>Names the level at which every service logs that is not told another one: so that a whole run can be searched at <c>debug</c>.</summary>
    private const string LogLevelOfAll = "SIDECAR_TEST_LOG_LEVEL";

    // Shorter ones are no secrets, but words that stand in ordinary lines too.
    private const int ShortestSecret = 8;
    private static readonly string[] SecretVariables = ["SERVER_API_KEY", "REDIS_PASSWORD", "DIAGNOSTICS_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new();
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly string[] _secrets;

    private SidecarProcess(Process process, IReadOnlyDictionary<string, string?> variables)
    {
        _process = process;
        _secrets = [.. SecretVariables.Select(name => variables.GetValueOrDefault(name)).OfType<string>().Where(value => value.Length >= ShortestSecret)];
    }

    /// <summary>Every line written so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Where gRPC answers.</summary>
    public Uri GrpcAddress { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>Where gRPC answers over TLS.</summary>
    public Uri TlsAddress { get; private set; } = new("https://127.0.0.1:1");

    /// <summary>Where the same calls are answered over HTTP.</summary>
    public Uri HttpAddress { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>Where health and metrics answer.</summary>
    public Uri MetricsAddress { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>Where the diagnostics answer.</summary>
    public Uri DiagnosticsAddress { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>From the process's start to the line that says it is ready.</summary>
    public TimeSpan TimeToReady { get; private set; }

    /// <summary>Starts the service and waits until it says that it is ready.</summary>
    /// <param name="variables">
    /// Its variables; both ports are any free ones, and there is no TLS port, no diagnostics, no drain delay and no stream of updates unless they are named here.
    /// </param>
    /// <param name="program">The program's file; null for the one built beside this assembly.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="network">The network namespace that it runs in; null for that of this process.</param>
    public static async Task<SidecarProcess> StartAsync(
        IReadOnlyDictionary<string, string?> variables, string? program = null, IReadOnlyList<string>? arguments = null, string? network = null)
    {
        var started = Stopwatch.StartNew();
        var sidecar = Launch(variables, program, arguments, network);
        try
        {
            var line = await sidecar._ready.Task.WaitAsync(Patience);
            sidecar.TimeToReady = started.Elapsed;
            using var json = JsonDocument.Parse(line);
            sidecar.GrpcAddress = AddressIn(json, "grpcAddress") ?? sidecar.GrpcAddress;
            sidecar.MetricsAddress = AddressIn(json, "metricsAddress") ?? sidecar.MetricsAddress;
            sidecar.DiagnosticsAddress = AddressIn(json, "diagnosticsAddress") ?? sidecar.DiagnosticsAddress;
            sidecar.HttpAddress = AddressIn(json, "httpAddress") ?? sidecar.HttpAddress;
            sidecar.TlsAddress = AddressIn(json, "tlsAddress") ?? sidecar.TlsAddress;
            return sidecar;
        }
        catch
        {
            await sidecar.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the service without waiting for it; for one that is to end at once.</summary>
    /// <param name="variables">Its variables; both ports are any free ones, and there is no TLS port and no diagnostics, unless they are named here.</param>
    /// <param name="program">The program's file; null for the one built beside this assembly.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="network">The network namespace that it runs in; null for that of this process.</param>
    public static SidecarProcess Launch(
        IReadOnlyDictionary<string, string?> variables, string? program = null, IReadOnlyList<string>? arguments = null, string? network = null)
    {
        program ??= Path.Combine(AppContext.BaseDirectory, "sidecar.dll");
        // What enters the namespace then becomes the service itself: the process's id is the service's.
        string[] command =
        [
            .. network is null ? Array.Empty<string>() : ["ip", "netns", "exec", network],
            .. program.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", program] : (string[])[program],
            .. arguments ?? [],
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false };
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["GRPC_PORT"] = "0";
        start.Environment["METRICS_PORT"] = "0";
        // Its default is one and the same port for all.
        start.Environment["PORT"] = "off";
        start.Environment["DIAGNOSTICS_PORT"] = "off";
        // Specs that are not about the drain delay don't wait for it.
        start.Environment["SHUTDOWN_DRAIN_SECONDS"] = "0";
        // Nor do those that are not about the stream of updates listen to one, least of all to that of the default address.
        start.Environment["WS_ENABLED"] = "false";
        if (Environment.GetEnvironmentVariable(LogLevelOfAll) is { Length: > 0 } level)
            start.Environment["LOG_LEVEL"] = level;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;

        var process = new Process { StartInfo = start };
        var sidecar = new SidecarProcess(process, variables);
        process.OutputDataReceived += (_, e) => sidecar.OnLine(e.Data);
        process.ErrorDataReceived += (_, e) => sidecar.OnError(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return sidecar;
    }

    /// <summary>A channel to the service; the caller disposes of it.</summary>
    public GrpcChannel Connect() => GrpcChannel.ForAddress(GrpcAddress);

    /// <summary>Asks the metrics port.</summary>
    /// <param name="path">The path, with its slash.</param>
    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(new Uri(MetricsAddress, path));

    /// <summary>The value of a counter without labels.</summary>
    public async Task<double> CounterAsync(string name)
    {
        var text = await _http.GetStringAsync(new Uri(MetricsAddress, "/metrics"));
        var line = text.Split('\n').FirstOrDefault(l => l.StartsWith(name + "{} ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"there is no counter '{name}' without labels in:\n{text}");
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Sends SIGTERM.</summary>
    public void SendTerminate() => SendTerminate(_process.Id);

    /// <summary>Sends SIGTERM to a service that another program has started.</summary>
    /// <param name="id">Its process's id.</param>
    public static void SendTerminate(int id) => Send(id, Terminate);

    /// <summary>Sends SIGINT, as Ctrl-C does.</summary>
    public void SendInterrupt() => Send(_process.Id, Interrupt);

    /// <summary>Sends SIGKILL: the process is gone without a word.</summary>
    public void SendKill() => Send(_process.Id, Kill);

    /// <summary>Has the process stand still (SIGSTOP).</summary>
    public void Freeze() => Send(_process.Id, Stop);

    /// <summary>Lets it go on.</summary>
    public void Thaw() => Send(_process.Id, Continue);

    /// <summary>Waits until the process handles signals itself, which it begins to do long before it is ready.</summary>
    public async Task WaitUntilItHandlesSignalsAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!HasSignalThread())
            await Task.Delay(1, limit.Token);
        // From the thread's start to the first signal asked for it is less than a millisecond, unless the machine is busy.
        await Task.Delay(250, limit.Token);
    }

    /// <summary>Waits for the process's end and for all it wrote.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(limit.Token);
        await _outputEnded.Task.WaitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It wrote a secret that it was given.</exception>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _http.Dispose();
        if (_lines.FirstOrDefault(line => Array.Exists(_secrets, secret => line.Contains(secret, StringComparison.Ordinal))) is { } leak)
            throw new InvalidOperationException($"a secret stands in a line that the service wrote: {leak}");
    }

    private static void Send(int id, int signal)
    {
        if (NativeMethods.Kill(id, signal) != 0)
            throw new InvalidOperationException($"signal {signal} could not be sent to {id}");
    }

    // The runtime starts this thread when a program first asks for signals.
    private bool HasSignalThread()
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{_process.Id}/task")
                .Any(thread => File.ReadAllText(Path.Combine(thread, "comm")).Contains("SigHandler", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // One of the threads has just ended.
            return false;
        }
    }

    private static Uri? AddressIn(JsonDocument line, string name) =>
        line.RootElement.TryGetProperty(name, out var value) && value.GetString() is { } address and not "off" ? Local(address) : null;

    private static Uri Local(string address) =>
        new(address.Replace("[::]", "127.0.0.1", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));

    private void OnLine(string? line)
    {
        if (line is null)
        {
            _outputEnded.TrySetResult();
            _ready.TrySetException(new InvalidOperationException($"the service ended before it was ready:\n{string.Join('\n', _lines)}"));
            return;
        }

        _lines.Enqueue(line);
        if (line.Contains("Sidecar is ready", StringComparison.Ordinal))
            _ready.TrySetResult(line);
    }

    private void OnError(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
