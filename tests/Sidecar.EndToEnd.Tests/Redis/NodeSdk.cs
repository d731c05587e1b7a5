using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>Stigg's own Node SDK, of the generation that can be had in public, in a process of its own on a Redis.</summary>
internal sealed class NodeSdk : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly NpmFolder Packages = new(["tests", "interop", "redis-node"], ["interop", "redis-node"]);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private NodeSdk(Process process)
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
    public static string? Missing => NpmFolder.Missing;

    /// <summary>What it has written to its log.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    /// <summary>Starts it; it has looked at the cloud once when this is done.</summary>
    public static async Task<NodeSdk> StartAsync(RedisUnderTest redis, Uri cloud)
    {
        await Packages.PrepareAsync();
        var start = new ProcessStartInfo("node", [Repository.At("tests", "interop", "redis-node", "sdk.js")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = Packages.Modules;
        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = "127.0.0.1,localhost";
        start.Environment["CLOUD"] = cloud.GetLeftPart(UriPartial.Authority);
        start.Environment["API_KEY"] = ServiceUnderTest.ApiKey;
        start.Environment["REDIS_PORT"] = redis.Server.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["REDIS_PREFIX"] = RedisUnderTest.Prefix;
        var sdk = new NodeSdk(Process.Start(start) ?? throw new InvalidOperationException("node did not start"));
        await sdk.AnswerAsync();
        return sdk;
    }

    /// <summary>Has it do something.</summary>
    /// <param name="command">What.</param>
    /// <param name="words">Its parameters.</param>
    /// <param name="lasting">How long it is to take.</param>
    /// <returns>What it answered.</returns>
    public async Task<JsonNode?> DoAsync(string command, JsonObject words, TimeSpan lasting = default)
    {
        words["command"] = command;
        await _process.StandardInput.WriteLineAsync(words.ToJsonString());
        await _process.StandardInput.FlushAsync();
        return await AnswerAsync(lasting);
    }

    /// <summary>How often it has found something in Redis, has not, and has failed at the cloud.</summary>
    public async Task<(int Hits, int Misses, int Failures)> CountsAsync()
    {
        var counts = (await DoAsync("counts", []))!;
        return ((int)counts["hits"]!, (int)counts["misses"]!, (int)counts["failures"]!);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<JsonNode?> AnswerAsync(TimeSpan lasting = default)
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience + lasting)
            ?? throw new InvalidOperationException($"the SDK has ended:\n{Errors}");
        var answer = JsonNode.Parse(line)!.AsObject();
        return answer["error"] is { } error ? throw new InvalidOperationException($"{error}\n{Errors}") : answer["ok"];
    }
}
