using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sidecar.Emulator.Api;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Edge;
using Sidecar.Emulator.Requests;
using Sidecar.Emulator.Updates;

namespace Sidecar.Emulator;

/// <summary>
/// A cloud in one process: its Edge, its GraphQL API and its real-time updates on one port of 127.0.0.1, with faults on demand.
/// </summary>
public sealed class CloudEmulator : IAsyncDisposable
{
    private const int MaxControlBodyBytes = 1024 * 1024;
    private const int MaxHeadBytes = 64 * 1024;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly EmulatorOptions _options;
    private Running? _running;

    private CloudEmulator(EmulatorOptions options, EmulatorControl control) => (_options, Control) = (options, control);

    /// <summary>All that can be changed and seen while it runs.</summary>
    public EmulatorControl Control { get; }

    /// <summary>Where it listens, or did before it was stopped.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts an emulator; it answers when this completes.</summary>
    /// <exception cref="EmulatorDataException">The data can't be used.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<CloudEmulator> StartAsync(EmulatorOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options is { Data: not null, DataFile: not null })
            throw new ArgumentException("Data and a data file are one too many", nameof(options));
        var now = options.Time.GetUtcNow();
        var data = options.Data ?? (options.DataFile is { } file ? EmulatorData.Load(file, now) : EmulatorData.Demo(now));
        var emulator = new CloudEmulator(options, new EmulatorControl(data, options.ApiKey, options.Time));
        await emulator.ListenAsync(options.Port, cancellationToken);
        return emulator;
    }

    /// <summary>
    /// Closes the port and cuts all connections at once, as a cloud out of reach does. What <see cref="Control"/> holds stays.
    /// </summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _running, null) is { } running)
            await running.DisposeAsync();
    }

    /// <summary>
    /// Resets all connections that are open, at whatever moment each of them is, those of real-time updates too; the port stays
    /// open. Returns how many there were. A report that was read by then is counted nevertheless.
    /// </summary>
    public int CutConnections() => _running?.Cut() ?? 0;

    /// <summary>Listens again on the same port, after <see cref="StopAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">It was not stopped.</exception>
    public Task StartAgainAsync(CancellationToken cancellationToken) => _running is null
        ? ListenAsync(Address.Port, cancellationToken)
        : throw new InvalidOperationException("The emulator is not stopped");

    /// <inheritdoc cref="StopAsync"/>
    public ValueTask DisposeAsync() => new(StopAsync());

    private async Task ListenAsync(int port, CancellationToken cancellationToken)
    {
        var running = new Running(port, _options.Time, Control);
        try
        {
            Address = await running.StartAsync(cancellationToken);
            _running = running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>The time from one start to the next stop: a server, and the connections it has.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private readonly ConcurrentDictionary<string, ConnectionContext> _connections = new(StringComparer.Ordinal);
        private readonly WebApplication _application;

        public Running(int port, TimeProvider time, EmulatorControl control)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.Services.AddSingleton<IHostLifetime, NoSignals>();
            builder.WebHost.UseKestrelCore();
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = MaxControlBodyBytes;
                kestrel.Limits.MaxRequestLineSize = MaxHeadBytes;
                kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeadBytes;
                kestrel.Listen(IPAddress.Loopback, port, listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(Tracked);
                });
            });
            _application = builder.Build();
            var cloud = new RequestPath(control, time, _stopping.Token);
            var edge = new EdgeEndpoints(control, time);
            var api = new ApiEndpoints(control, time);
            var controlApi = new ControlEndpoints(control, time);
            var updates = new UpdateEndpoints(control, time, _stopping.Token);
            _application.Use((context, next) =>
            {
                SocketGate.Install(context);
                return next(context);
            });
            // Whether the other side still lives is the business of the protocol's own pings.
            _application.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
            _application.Run(context =>
            {
                var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
                if (UpdateEndpoints.Serves(context, target))
                    return updates.HandleAsync(context);
                if (target.StartsWith(ControlEndpoints.Prefix, StringComparison.Ordinal))
                    return controlApi.HandleAsync(context);
                return ApiEndpoints.Serves(target)
                    ? cloud.HandleAsync(context, ApiEndpoints.Announced(context), api.ReadAsync)
                    : cloud.HandleAsync(context, announced: null, edge.ReadAsync);
            });
        }

        public async Task<Uri> StartAsync(CancellationToken cancellationToken)
        {
            await _application.StartAsync(cancellationToken);
            var addresses = _application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>();
            return new Uri(addresses.Addresses.Single());
        }

        public async ValueTask DisposeAsync()
        {
            // First whoever waits, then the connections: what is left for the server's own, gentle stop is the port.
            await _stopping.CancelAsync();
            foreach (var connection in _connections.Values)
                connection.Abort();
            using var patience = new CancellationTokenSource(StopPatience);
            await _application.StopAsync(patience.Token);
            await _application.DisposeAsync();
            _stopping.Dispose();
        }

        public int Cut()
        {
            var open = _connections.Values;
            foreach (var connection in open)
            {
                try
                {
                    AnswerDelivery.Reset(connection);
                }
                catch (ObjectDisposedException)
                {
                    // It has ended by itself.
                }
            }
            return open.Count;
        }

        private ConnectionDelegate Tracked(ConnectionDelegate next) => async connection =>
        {
            _connections[connection.ConnectionId] = connection;
            try
            {
                // One that was accepted just before the port closed may have missed the round of those to be cut.
                if (_stopping.IsCancellationRequested)
                    connection.Abort();
                await next(connection);
            }
            finally
            {
                _connections.TryRemove(connection.ConnectionId, out _);
            }
        };
    }

    /// <summary>Leaves the process's signals to whoever runs it; the usual lifetime would take them from a test run.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
