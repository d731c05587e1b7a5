using System.Collections.Concurrent;
using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Host.Logging;
using Xunit;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Sidecar.Host.Tests;

/// <summary>From an actor's word to the JSON line.</summary>
public sealed class AkkaLogSpecs : IDisposable
{
    private const string Customer = "acme.example%20inc";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Lines _lines = new();

    public void Dispose() => _lines.Dispose();

    [Theory]
    [InlineData(LogLevel.Error)]
    [InlineData(LogLevel.Warning)]
    [InlineData(LogLevel.Information)]
    public async Task Crash_of_a_customers_actor_is_told_with_its_exception_but_without_the_customer(LogLevel level)
    {
        using var host = await StartAsync(level);
        (await CustomerAsync(host)).Tell("crash");

        var line = await LineAsync("it broke");
        await host.StopAsync();

        line.GetProperty("level").GetString().Should().Be("error");
        line.GetProperty("msg").GetString().Should().StartWith("it broke");
        line.GetProperty("source").GetString().Should().Contain("/sharding/customer/7/*");
        line.GetProperty("err").GetProperty("type").GetString().Should().Be(nameof(InvalidOperationException));
        line.GetProperty("err").GetProperty("message").GetString().Should().StartWith("it broke at").And.EndWith("/customer/7/*");
        line.GetProperty("err").GetProperty("stack").GetString().Should().Contain(nameof(Crashing));
        string.Concat(_lines.All).Should().NotContain(Customer);
    }

    [Fact]
    public async Task Dead_letters_of_a_customers_actor_are_told_without_the_customer()
    {
        using var host = await StartAsync(LogLevel.Information);
        var customer = await CustomerAsync(host);
        await customer.GracefulStop(Patience);
        customer.Tell("too late");

        var line = await LineAsync("was not delivered");
        await host.StopAsync();

        line.GetProperty("level").GetString().Should().Be("info");
        string.Concat(_lines.All).Should().NotContain(Customer);
    }

    [Fact]
    public async Task Message_is_the_bare_text_once()
    {
        using var host = await StartAsync(LogLevel.Information);
        (await CustomerAsync(host)).Tell("speak");

        var line = await LineAsync("three words here");
        await host.StopAsync();

        line.GetProperty("msg").GetString().Should().Be("three words here");
        line.GetProperty("logger").GetString().Should().Be(typeof(Crashing).FullName);
        line.TryGetProperty("text", out _).Should().BeFalse("the message has said it");
    }

    [Fact]
    public async Task Transport_between_nodes_can_be_made_to_fill_no_log_by_whoever_reaches_its_port()
    {
        using var host = await StartAsync(LogLevel.Information);
        var events = host.Services.GetRequiredService<ActorSystem>().EventStream;

        for (var i = 0; i < 100; i++)
            events.Publish(new Warning(null, "transport", typeof(Akka.Remote.RemoteActorRef), "refused"));
        events.Publish(new Warning(null, "one", typeof(Crashing), "the last one"));
        await LineAsync("the last one");
        await host.StopAsync();

        _lines.All.Count(line => line.Contains("refused", StringComparison.Ordinal)).Should().Be(AkkaLog.TransportLines);
    }

    [Fact]
    public async Task At_debug_the_customer_may_be_seen()
    {
        using var host = await StartAsync(LogLevel.Debug);
        (await CustomerAsync(host)).Tell("whisper");

        (await LineAsync("whispered")).GetProperty("source").GetString().Should().Contain(Customer);
        await host.StopAsync();
    }

    private static async Task<IActorRef> CustomerAsync(IHost host)
    {
        var system = (ExtendedActorSystem)host.Services.GetRequiredService<ActorSystem>();
        string[] names = ["customer", "7", $"c{Customer}"];
        var customer = new TaskCompletionSource<IActorRef>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.SystemActorOf(Props.Create(() => new Folder(names, customer)), "sharding");
        return await customer.Task.WaitAsync(Patience);
    }

    private async Task<IHost> StartAsync(LogLevel level)
    {
        var host = new HostBuilder()
            .ConfigureServices(services => services
                .AddLogging(logging => logging.ClearProviders().AddProvider(_lines).SetMinimumLevel(level))
                .AddAkka("sidecar", (akka, provider) => akka
                    .AddHocon("akka.stdout-loglevel = OFF", HoconAddMode.Prepend)
                    .WithSidecarLog(provider.GetRequiredService<ILoggerFactory>(), level)))
            .Build();
        await host.StartAsync();
        return host;
    }

    private async Task<JsonElement> LineAsync(string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            if (_lines.All.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
                return JsonDocument.Parse(line).RootElement;
            await Task.Delay(20, limit.Token);
        }
    }

    private sealed class Folder : UntypedActor
    {
        public Folder(string[] names, TaskCompletionSource<IActorRef> leaf)
        {
            var rest = names[1..];
            var child = rest.Length == 0 ? Props.Create(() => new Crashing()) : Props.Create(() => new Folder(rest, leaf));
            var made = Context.ActorOf(child, names[0]);
            if (rest.Length == 0)
                leaf.TrySetResult(made);
        }

        protected override void OnReceive(object message) => Unhandled(message);
    }

    private sealed class Crashing : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case "crash":
                    throw new InvalidOperationException($"it broke at {Self.Path}");
                case "speak":
                    Context.GetLogger().Info("three {0} {1}", "words", "here");
                    break;
                case "whisper":
                    Context.GetLogger().Debug("whispered");
                    break;
            }
        }
    }

    private sealed class Lines : ILoggerProvider
    {
        private readonly JsonLineFormatter _formatter = new(new LogKeys("msg", "err"), TimeProvider.System);
        private readonly ConcurrentQueue<string> _all = new();

        public string[] All => [.. _all];

        public ILogger CreateLogger(string categoryName) => new Named(this, categoryName);

        public void Dispose()
        {
        }

        private void Write<TState>(
            string category, LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var writer = new StringWriter();
            _formatter.Write(new LogEntry<TState>(level, category, id, state, exception, formatter), null, writer);
            _all.Enqueue(writer.ToString());
        }

        private sealed class Named(Lines lines, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Write(category, logLevel, eventId, state, exception, formatter);
        }
    }
}
