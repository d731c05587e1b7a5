using System.Globalization;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using StackExchange.Redis;

namespace Sidecar.EndToEnd.Tests.Redis;

/// <summary>A redis-server, and services beside a cloud that share it.</summary>
internal sealed class RedisUnderTest : IAsyncDisposable
{
    /// <summary>The prefix of all keys.</summary>
    public const string Prefix = "env-1";

    private ConnectionMultiplexer? _client;

    private RedisUnderTest(RedisServer server) => Server = server;

    /// <summary>The server.</summary>
    public RedisServer Server { get; }

    /// <summary>What a service is told, so that it uses the server.</summary>
    public Dictionary<string, string?> Variables => new(StringComparer.Ordinal)
    {
        ["REDIS_ENVIRONMENT_PREFIX"] = Prefix,
        ["REDIS_HOST"] = "127.0.0.1",
        ["REDIS_PORT"] = Server.Port.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Starts a server.</summary>
    public static async Task<RedisUnderTest> StartAsync(params string[] options) => new(await RedisServer.StartAsync(options));

    /// <summary>What stands in it, raw.</summary>
    public async Task<IDatabase> RawAsync()
    {
        _client ??= await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Server.Port},abortConnect=false,allowAdmin=true");
        return _client.GetDatabase();
    }

    /// <summary>How many keys there are.</summary>
    public async Task<long> CountAsync() => (long)await (await RawAsync()).ExecuteAsync("DBSIZE");

    /// <summary>Waits until nothing has been written for a while: what was saved last stands there then.</summary>
    public async Task IsQuietAsync()
    {
        var server = (await RawAsync()).Multiplexer.GetServers()[0];
        // Twice, since a busy machine may keep the writer waiting for a moment.
        var seen = await ChangesAsync();
        for (var same = 0; same < 2;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(400));
            var now = await ChangesAsync();
            (same, seen) = (now == seen ? same + 1 : 0, now);
        }

        async Task<long> ChangesAsync() => long.Parse(
            (await server.InfoAsync("persistence"))[0].First(pair => pair.Key == "rdb_changes_since_last_save").Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Starts a service beside a cloud.</summary>
    /// <param name="data">The cloud's data; null for the demo's.</param>
    /// <param name="withStream">Whether it listens to the stream of updates.</param>
    /// <param name="prepare">What to change in the cloud before the service starts.</param>
    /// <param name="more">Further variables.</param>
    public async Task<ServiceUnderTest> ServeAsync(
        EmulatorData? data = null, bool withStream = false, Action<EmulatorControl>? prepare = null, Dictionary<string, string?>? more = null)
    {
        var variables = Variables;
        foreach (var (name, value) in more ?? [])
            variables[name] = value;
        return withStream
            ? await ServiceUnderTest.StartWithStreamAsync(variables, prepare, data)
            : await ServiceUnderTest.StartAsync(variables, prepare, data);
    }

    /// <summary>Starts a service whose cloud is dead.</summary>
    /// <param name="more">Further variables.</param>
    /// <param name="isAwaited">Whether to wait until it is connected to the server: a question waits for that for a second only.</param>
    public async Task<SidecarProcess> ServeWithoutCloudAsync(Dictionary<string, string?>? more = null, bool isAwaited = true)
    {
        var variables = Variables;
        variables["SERVER_API_KEY"] = ServiceUnderTest.ApiKey;
        // Nobody listens there.
        variables["EDGE_API_URL"] = variables["API_URL"] = "http://127.0.0.1:9";
        foreach (var (name, value) in more ?? [])
            variables[name] = value;
        var service = await SidecarProcess.StartAsync(variables);
        if (!isAwaited)
            return service;
        try
        {
            await Eventually.HoldsAsync(async () => await service.CounterAsync("sidecar_redis_up") == 1);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
