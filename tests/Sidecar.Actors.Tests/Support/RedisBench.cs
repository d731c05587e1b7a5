using System.Net;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Redis;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using Sidecar.Testing;
using StackExchange.Redis;

namespace Sidecar.Actors.Tests.Support;

/// <summary>This service's way to a redis-server, and that of another program beside it.</summary>
internal sealed class RedisBench : IAsyncDisposable
{
    private ConnectionMultiplexer? _other;

    private RedisBench(RedisSettings settings, TimeProvider? time = null)
    {
        var clock = new ProcessClock(time ?? TimeProvider.System);
        Connection = new RedisConnection(settings, Counters, clock, () => 0, Logged);
        Entries = new RedisEntries(Connection, Counters, clock);
    }

    public SidecarCounters Counters { get; } = new();

    public LogCapture Logged { get; } = new();

    public RedisConnection Connection { get; }

    public RedisEntries Entries { get; }

    /// <summary>The other program's.</summary>
    public IDatabase Raw => _other!.GetDatabase();

    public IServer Server => _other!.GetServers()[0];

    /// <summary>Settings for a server.</summary>
    public static RedisSettings Settings(params int[] ports) => new()
    {
        Prefix = "env",
        EndPoints = [.. ports.Select(port => new DnsEndPoint("127.0.0.1", port))],
        ClientName = "sidecar-spec",
        // This machine may be slow: what counts as an error for that alone has specs of its own.
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>Begins to connect, and waits for nothing.</summary>
    public static RedisBench Begin(RedisSettings settings, TimeProvider? time = null)
    {
        var bench = new RedisBench(settings, time);
        bench.Connection.Start();
        return bench;
    }

    /// <summary>Connects, and the other program too.</summary>
    public static async Task<RedisBench> StartAsync(
        RedisServer server, Func<RedisSettings, RedisSettings>? change = null, TimeProvider? time = null)
    {
        var settings = Settings(server.Port);
        var bench = Begin(change?.Invoke(settings) ?? settings, time);
        bench._other = await ConnectAsync(server);
        await bench.IsUpAsync();
        return bench;
    }

    /// <summary>Another program's connection.</summary>
    public static Task<ConnectionMultiplexer> ConnectAsync(RedisServer server, string? password = null) =>
        ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", server.Port } },
            Password = password,
            AllowAdmin = true,
            AbortOnConnectFail = false,
        });

    public Task IsUpAsync() => Eventually.HoldsAsync(() => Connection.IsUp, "a connection");

    public Task SaveAsync(EntryKey key, EntitlementState state, StoredChange? change = null) =>
        Entries.SaveAsync(key, state, change ?? StoredChange.All, CancellationToken.None);

    public Task<EntitlementState?> LoadAsync(EntryKey key) => Entries.LoadAsync(key, CancellationToken.None);

    /// <summary>Saves until it works.</summary>
    public async Task SavesAgainAsync(EntryKey key, EntitlementState state)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                await SaveAsync(key, state);
                return;
            }
            catch (RedisFailureException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    /// <summary>What stands under a key.</summary>
    public async Task<string?> TextAsync(string key) => await Raw.StringGetAsync(key);

    /// <summary>All keys, in order.</summary>
    public string[] Keys() => [.. Server.Keys(pattern: "*").Select(key => key.ToString()).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        Entries.Dispose();
        if (_other is not null)
            await _other.DisposeAsync();
        Logged.Dispose();
    }
}
