using Akka.Actor;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests;

/// <summary>All actors together, with a stream of updates.</summary>
public sealed class WholeSystemStreamSpecs : IAsyncLifetime
{
    private const int Rounds = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly FakeUpdates _updates = new();
    private readonly WholeSystem _system;

    public WholeSystemStreamSpecs()
    {
        _updates.OnSocket = socket =>
        {
            socket.Open();
            _ = PlayCloudAsync(socket);
        };
        _system = new WholeSystem(_updates);
    }

    public Task InitializeAsync() => _system.InitializeAsync();

    public Task DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task Whatever_of_the_stream_crashes_it_comes_up_again_and_no_read_fails()
    {
        EntryKey[] keys = [.. Enumerable.Range(0, 50).Select(i => new EntryKey($"stream-{i}"))];
        using var stop = new CancellationTokenSource();
        var asking = AskAllTheTimeAsync(keys, stop.Token);

        for (var round = 0; round < Rounds; round++)
        {
            await IsUpAsync();
            // The decoder, the connection, the owner.
            _updates.Sockets[^1].Say("crash");
            await Eventually.HoldsAsync(() => !_system.Services.Cache.Stream.IsUp, "the stream is down");
            await IsUpAsync();
            _system.System.ActorSelection("/user/cloud/stream/*").Tell(Kill.Instance);
            await Eventually.HoldsAsync(() => !_system.Services.Cache.Stream.IsUp, "the stream is down");
            await IsUpAsync();
            _system.System.ActorSelection("/user/cloud/stream").Tell(Kill.Instance);
            await Eventually.HoldsAsync(() => !_system.Services.Cache.Stream.IsUp, "the stream is down");
        }

        await IsUpAsync();
        await stop.CancelAsync();
        (await asking).Should().BeGreaterThan(keys.Length);
        _system.Crashes.Count(path => path.EndsWith("/user/cloud/stream", StringComparison.Ordinal)).Should().Be(Rounds);
        _system.Crashes.Count(path => path.Contains("/user/cloud/stream/connection-", StringComparison.Ordinal)).Should().BeGreaterThanOrEqualTo(Rounds);
        _system.Services.Counters.Stream.Reconnects.Should().Be(3 * Rounds);
    }

    private Task IsUpAsync() => Eventually.HoldsAsync(() => _system.Services.Cache.Stream.IsUp, "the stream is up");

    // Each answer has to be there, and to be the customer's own.
    private async Task<int> AskAllTheTimeAsync(EntryKey[] keys, CancellationToken stop)
    {
        var answers = 0;
        while (!stop.IsCancellationRequested)
        {
            foreach (var key in keys)
            {
                var found = await _system.AskAsync(key);
                found.State!.FindFeature($"/v1/c/{key.CustomerId}/entitlements-state.json").Should().NotBeNull();
                answers++;
            }

            _system.Services.Cache.RaiseNodeEpoch();
            await Task.Delay(Pause, CancellationToken.None);
        }

        return answers;
    }

    // Acknowledges, answers pings, and brings news.
    private static async Task PlayCloudAsync(FakeUpdateSocket socket)
    {
        socket.Say("ack");
        var answered = 0;
        while (!socket.IsAborted)
        {
            for (var pings = socket.Sent.Count(text => text.Contains("\"ping\"", StringComparison.Ordinal)); answered < pings; answered++)
                socket.Say("pong");
            socket.Say("news stream-1");
            await Task.Delay(Pause);
        }
    }
}
