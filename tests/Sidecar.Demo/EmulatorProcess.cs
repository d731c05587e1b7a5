using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Sidecar.Demo;

/// <summary>The emulated cloud as a process of its own.</summary>
internal sealed class EmulatorProcess : IAsyncDisposable
{
    /// <summary>The API key that it accepts.</summary>
    public const string ApiKey = "server-key-of-the-demo";

    private const string ReadyLine = "Emulator is ready on ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private readonly Process _process;
    private readonly HttpClient _http = new();
    private readonly StringBuilder _errors = new();

    private EmulatorProcess(Process process) => _process = process;

    /// <summary>Where it answers.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts it on a free port, with the demo's data, and waits until it answers.</summary>
    public static async Task<EmulatorProcess> StartAsync(CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "sidecar-emulator.dll"),
                "--port", "0",
                "--data", Path.Combine(AppContext.BaseDirectory, "demo-data.json"),
                "--api-key", ApiKey,
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var emulator = new EmulatorProcess(new Process { StartInfo = start });
        try
        {
            emulator._process.ErrorDataReceived += (_, e) => emulator._errors.AppendLine(e.Data);
            emulator._process.Start();
            emulator._process.BeginErrorReadLine();
            await emulator.WaitUntilReadyAsync(cancellation);
            return emulator;
        }
        catch
        {
            await emulator.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the service has checked its key here, so that this request is not counted in later on.</summary>
    public async Task WaitForKeyCheckAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            while (await CountAsync("config", limit.Token) == 0)
                await Task.Delay(Pause, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DemoException($"the service did not check its key within {Patience.TotalSeconds:0} s");
        }
    }

    /// <summary>How many requests have arrived from the service since the start.</summary>
    public Task<int> RequestsAsync(CancellationToken cancellation) => CountAsync("total", cancellation);

    /// <summary>A customer as it is in the cloud, as JSON.</summary>
    public Task<string> CustomerAsync(string customerId, CancellationToken cancellation) => _http.GetStringAsync(AddressOf(customerId), cancellation);

    /// <summary>Changes a customer in the cloud.</summary>
    public async Task PutCustomerAsync(string customerId, string json, CancellationToken cancellation)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _http.PutAsync(AddressOf(customerId), content, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new DemoException($"the emulator refused a change of {customerId}: {await response.Content.ReadAsStringAsync(cancellation)}");
    }

    /// <summary>Ends the process without a warning, as an outage does.</summary>
    public async Task KillAsync(CancellationToken cancellation)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync(CancellationToken.None);
        _process.Dispose();
        _http.Dispose();
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation);
        if (line?.StartsWith(ReadyLine, StringComparison.Ordinal) is true)
        {
            Address = new Uri(line[ReadyLine.Length..]);
            return;
        }

        if (line is null)
            await _process.WaitForExitAsync(cancellation);
        throw new DemoException($"the emulator did not start: {line}{_errors}");
    }

    private Uri AddressOf(string customerId) => new(Address, $"/_control/customers/{customerId}");

    private async Task<int> CountAsync(string counter, CancellationToken cancellation)
    {
        using var counters = JsonDocument.Parse(await _http.GetStringAsync(new Uri(Address, "/_control/counters"), cancellation));
        return counters.RootElement.GetProperty(counter).GetInt32();
    }
}
