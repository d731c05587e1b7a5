using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;

namespace Sidecar.EndToEnd.Tests.StatusPage;

/// <summary>A headless Chromium on one page, and axe-core, which judges its accessibility.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly NpmFolder Packages = new(["tests", "browser"], ["browser"]);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private Browser(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, e) =>
        {
            lock (_errors)
                _errors.AppendLine(e.Data);
        };
        process.BeginErrorReadLine();
    }

    /// <summary>Why it can't be run here, or null.</summary>
    public static string? Missing => !File.Exists(Program) ? $"{Program} is missing; on Debian: apt-get install chromium" : NpmFolder.Missing;

    /// <summary>Starts it, without a window yet.</summary>
    /// <param name="page">The page.</param>
    public static async Task<Browser> StartAsync(Uri page)
    {
        await Packages.PrepareAsync();
        var start = new ProcessStartInfo("node", [Repository.At("tests", "browser", "page.js")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = Packages.Modules;
        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = "127.0.0.1,localhost";
        start.Environment["CHROMIUM"] = Program;
        start.Environment["PAGE"] = page.ToString();
        var browser = new Browser(Process.Start(start) ?? throw new InvalidOperationException("node did not start"));
        await browser.AnswerAsync();
        return browser;
    }

    /// <summary>Opens the page in a window of its own.</summary>
    /// <param name="scheme"><c>light</c> or <c>dark</c>.</param>
    /// <param name="width">The window's width.</param>
    /// <param name="javaScript">Whether scripts run.</param>
    public Task OpenAsync(string scheme = "light", int width = 1280, bool javaScript = true) =>
        DoAsync("open", new JsonObject { ["scheme"] = scheme, ["width"] = width, ["javaScript"] = javaScript });

    /// <summary>Looks at it.</summary>
    public async Task<PageSeen> LookAsync() => (await DoAsync("look")).Deserialize<PageSeen>(JsonSerializerOptions.Web)!;

    /// <summary>What axe-core finds, each with its impact.</summary>
    public async Task<string[]> JudgeAsync() => (await DoAsync("judge")).Deserialize<string[]>()!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // It ends its browser when nothing more can come.
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task<JsonNode?> DoAsync(string command, JsonObject? words = null)
    {
        words ??= [];
        words["command"] = command;
        await _process.StandardInput.WriteLineAsync(words.ToJsonString());
        await _process.StandardInput.FlushAsync();
        return await AnswerAsync();
    }

    private async Task<JsonNode?> AnswerAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException($"the browser has ended:\n{_errors}");
        var answer = JsonNode.Parse(line)!.AsObject();
        return answer["error"] is { } error ? throw new InvalidOperationException($"{error}\n{_errors}") : answer["ok"];
    }
}
