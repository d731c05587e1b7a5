using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Tests.Support;

/// <summary>All actors in a cluster of one node, as a process runs them, on the real clock; only the cloud is scripted.</summary>
public sealed class WholeSystem : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, int> _requests = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<string> _crashes = [];
    private readonly FaultyTime _time = new();
    private IHost? _host;

    public WholeSystem()
        : this(updates: null)
    {
    }

    internal WholeSystem(FakeUpdates? updates)
    {
        var counters = new SidecarCounters();
        Services = new ActorServices
        {
            Clock = new ProcessClock(_time),
            Cache = new EntitlementCache(64 * EntitlementCache.SmallestMaxBytes),
            Counters = counters,
            Cloud = new CloudClient(TestCloud.Settings(), counters, _time, Random.Shared.NextDouble, new Handler(this)),
            // The shortest pauses.
            Jitter = () => 0,
            Updates = updates?.Services,
            Log = Logged,
        };
    }

    internal ActorServices Services { get; }

    internal LogCapture Logged { get; } = new();

    internal ClockFault Fault => _time.Fault;

    internal Customers Customers { get; private set; } = null!;

    internal ActorSystem System => _host!.Services.GetRequiredService<ActorSystem>();

    /// <summary>The paths of actors that crashed, one a crash.</summary>
    internal IReadOnlyCollection<string> Crashes => _crashes;

    /// <summary>Called with the number of each request, before its answer.</summary>
    internal Action<int>? OnRequest { get; set; }

    /// <summary>Whether requests are counted by what they are for: not where memory is measured.</summary>
    internal bool CountsRequests { get; set; } = true;

    /// <summary>Each request is answered when this has ended.</summary>
    internal Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Requests for one path and query so far.</summary>
    internal int RequestsFor(string pathAndQuery) => _requests.GetValueOrDefault(pathAndQuery);

    /// <summary>Asks as the service does: the cache, then the actor.</summary>
    internal ValueTask<Found> AskAsync(Protocol.Entitlements.EntryKey key) =>
        Customers.TryFind(key, Services.Clock.Now, out var found)
            ? ValueTask.FromResult(found)
            : new ValueTask<Found>(Customers.AskAsync(key, CancellationToken.None));

    /// <summary>
    /// Asks about all of them at once, away from the context of the test runner: that one starts a thread for whatever goes on after an await,
    /// which for a thousand questions holds up the actors for seconds.
    /// </summary>
    internal Task<(Protocol.Entitlements.EntryKey Key, Found Found)[]> AskAllAsync(IEnumerable<Protocol.Entitlements.EntryKey> keys) =>
        Task.Run(() => Task.WhenAll(keys.Select(async key => (key, await AskAsync(key)))));

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkka(SidecarActorSystem.Name, akka => akka
            .ConfigureLoggers(loggers => loggers.ClearLoggers())
            .AddSidecarActors(Services)
            .WithActors((system, _) => system.ActorOf(Props.Create(() => new CrashCount(_crashes)))));
        _host = builder.Build();
        await _host.StartAsync();
        Customers = new Customers(Services, _host.Services.GetRequiredService<IRequiredActor<CustomerActor>>().GetAsync);
        (await AskAsync(new("first"))).State.Should().NotBeNull();
    }

    public async Task DisposeAsync()
    {
        await _host!.StopAsync();
        _host.Dispose();
        Services.Cloud.Dispose();
        Logged.Dispose();
    }

    // The state grants one feature: the path and query it was asked for with.
    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, int number, CancellationToken cancellation)
    {
        OnRequest?.Invoke(number);
        var path = request.RequestUri!.PathAndQuery;
        if (CountsRequests)
            _requests.AddOrUpdate(path, 1, static (_, count) => count + 1);
        await Task.Yield();
        await Gate.WaitAsync(cancellation);
        return ScriptedHandler.Json(path.Contains("/c/unknown", StringComparison.Ordinal) ? States.UnknownBody : States.Body(path));
    }

    // Remembers nothing.
    private sealed class Handler(WholeSystem system) : HttpMessageHandler
    {
        private int _number;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            system.AnswerAsync(request, Interlocked.Increment(ref _number), cancellationToken);
    }

    // Each crash is an error event of the supervisor, with the child's path.
    private sealed class CrashCount : UntypedActor
    {
        private readonly ConcurrentBag<string> _crashes;

        public CrashCount(ConcurrentBag<string> crashes)
        {
            _crashes = crashes;
            Context.System.EventStream.Subscribe(Self, typeof(Error));
        }

        protected override void OnReceive(object message)
        {
            if (message is Error { Cause: not null } error)
                _crashes.Add(error.LogSource);
        }
    }
}
