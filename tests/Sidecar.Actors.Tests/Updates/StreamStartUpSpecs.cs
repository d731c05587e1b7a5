using System.Net;
using Akka.Actor;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Updates;

/// <summary>The stream beside the check of the key, under the cloud's supervisor.</summary>
public sealed class StreamStartUpSpecs : ActorSpecs
{
    private readonly FakeUpdates _updates = new();
    private IActorRef _cloud = ActorRefs.Nobody;

    /// <summary>What the cloud says of the key now.</summary>
    private Func<HttpResponseMessage> Config { get; set; } = () => ScriptedHandler.Json("{}");

    private long StartUpErrors => Services.Counters.InitializationErrors.Value;

    private KeyState Key => Services.CloudStatus.Status.Key;

    [Fact]
    public async Task A_stream_that_comes_up_shows_the_key_as_valid()
    {
        Config = () => throw new HttpRequestException("unplugged");
        using var edge = Start();
        await PassUntilAsync(() => StartUpErrors == 1, "the check failed");
        Key.Should().Be(KeyState.Unknown);

        await ComeUpAsync();

        Key.Should().Be(KeyState.Valid);
        Services.Counters.Stream.IsEnabled.Should().BeTrue();
    }

    [Fact]
    public async Task A_stream_that_never_came_up_is_one_start_up_error_however_often_it_is_tried()
    {
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.Network);
        using var edge = Start();

        await PassUntilAsync(() => _updates.Sockets.Count >= 6, "six tries");

        StartUpErrors.Should().Be(1);
        Key.Should().Be(KeyState.Valid);
    }

    [Fact]
    public async Task A_cause_that_the_check_of_the_key_meets_too_is_counted_once()
    {
        Config = () => throw new HttpRequestException("unplugged");
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.Network);
        using var edge = Start();

        await PassUntilAsync(() => _updates.Sockets.Count >= 4 && edge.Count >= 4, "four tries of each");

        StartUpErrors.Should().Be(1);
    }

    [Fact]
    public async Task Two_causes_are_two_start_up_errors()
    {
        Config = () => ScriptedHandler.Json("", HttpStatusCode.ServiceUnavailable);
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.Network);
        using var edge = Start();

        await PassUntilAsync(() => _updates.Sockets.Count >= 4 && edge.Count >= 4, "four tries of each");

        StartUpErrors.Should().Be(2);
    }

    [Fact]
    public async Task A_cloud_with_too_many_requests_is_no_start_up_error()
    {
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.Throttled);
        using var edge = Start();

        await PassUntilAsync(() => _updates.Sockets.Count >= 3, "three tries");

        StartUpErrors.Should().Be(0);
    }

    [Fact]
    public async Task A_stream_that_was_up_before_is_no_start_up_error()
    {
        using var edge = Start();
        await ComeUpAsync();
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.Network);

        _updates.Sockets[^1].Drop();
        await PassUntilAsync(() => _updates.Sockets.Count >= 4, "three tries more");

        StartUpErrors.Should().Be(0);
    }

    [Fact]
    public async Task A_key_that_the_stream_finds_refused_is_shown_and_checked_and_counted_once()
    {
        using var edge = Start();
        await ComeUpAsync();
        Config = () => ScriptedHandler.Json("", HttpStatusCode.Unauthorized);
        var asked = edge.Count;

        _updates.Sockets[^1].Drop(UpdateSocketFault.InvalidKey);
        await PassUntilAsync(() => edge.Count > asked && Key == KeyState.Invalid, "the key is shown as invalid and checked");

        await PassUntilAsync(() => StartUpErrors == 1, "the check's own start-up error");
    }

    [Fact]
    public async Task A_key_refused_by_both_from_the_start_is_one_start_up_error()
    {
        Config = () => ScriptedHandler.Json("", HttpStatusCode.Unauthorized);
        _updates.OnSocket = socket => socket.Refuse(UpdateSocketFault.InvalidKey);
        using var edge = Start();

        await PassUntilAsync(() => edge.Count >= 3 && _updates.Sockets.Count >= 2, "some tries");

        StartUpErrors.Should().Be(1);
        Key.Should().Be(KeyState.Invalid);
    }

    [Fact]
    public async Task What_a_try_with_a_former_key_found_does_not_show()
    {
        using var edge = Start();
        await PassUntilAsync(() => Key == KeyState.Valid, "the key is valid");
        var outcome = new StreamOutcome(new Secret("former-key"), UpdateSocketFault.InvalidKey, "refused");

        _cloud.Tell(outcome, ActorRefs.NoSender);
        Settle(_cloud);

        Key.Should().Be(KeyState.Valid);
        StartUpErrors.Should().Be(0);
    }

    [Fact]
    public async Task A_key_that_is_replaced_reaches_the_stream()
    {
        using var edge = Start();
        await ComeUpAsync();

        Services.Cloud.ApiKey.Replace(new Secret("another-key"));
        await PassUntilAsync(() => _updates.Sockets.Count == 2, "another connection");

        await ComeUpAsync();
        _updates.Sockets[^1].Sent[0].Should().Contain("another-key");
    }

    [Fact]
    public async Task A_key_that_comes_late_begins_the_stream()
    {
        using var edge = Start(key: null);
        Advance(TimeSpan.FromMinutes(1), _cloud);
        _updates.Sockets.Should().BeEmpty();
        StartUpErrors.Should().Be(1);

        Services.Cloud.ApiKey.Replace(new Secret("late-key"));

        await ComeUpAsync();
        StartUpErrors.Should().Be(1);
    }

    [Fact]
    public async Task Without_its_services_there_is_no_stream()
    {
        using var edge = Start(hasStream: false);

        await PassUntilAsync(() => Key == KeyState.Valid, "the key is valid");

        ((ActorRefWithCell)_cloud).Children.Select(child => child.Path.Name).Should().BeEquivalentTo("fetcher", "key-check");
        Services.Counters.Stream.IsEnabled.Should().BeFalse();
    }

    [Fact]
    public void Offline_there_is_no_stream()
    {
        using var offline = new OfflineCloud();
        Services = NewServices(ScriptedHandler.Hanging()) with { Cloud = offline, Updates = _updates.Services };
        _cloud = Sys.ActorOf(Props.Create(() => new CloudSupervisor(Services)), "cloud");
        Settle(_cloud);

        ((ActorRefWithCell)_cloud).Children.Select(child => child.Path.Name).Should().BeEquivalentTo("fetcher");
        Services.Counters.Stream.IsEnabled.Should().BeFalse();
    }

    private ScriptedHandler Start(string? key = TestCloud.Key, bool hasStream = true)
    {
        var edge = new ScriptedHandler((_, _, _) => Task.FromResult(Config()));
        Services = NewServices(edge, key) with { Updates = hasStream ? _updates.Services : null };
        _cloud = Sys.ActorOf(Props.Create(() => new CloudSupervisor(Services)), "cloud");
        Settle(_cloud);
        return edge;
    }

    private async Task ComeUpAsync()
    {
        await PassUntilAsync(() => _updates.Sockets.Count > 0 && _updates.Sockets[^1] is { IsAborted: false, Sent.Count: > 0 }, "a connection");
        _updates.Sockets[^1].Say("ack");
        await PassUntilAsync(() => _updates.Sockets[^1].Sent.Count >= 5, "it subscribes");
        _updates.Sockets[^1].Say("pong");
        await PassUntilAsync(() => Services.Cache.Stream.IsUp, "the stream is up");
        Settle(((ActorRefWithCell)_cloud).GetSingleChild("stream"));
        Settle(_cloud);
    }

    private async Task PassUntilAsync(Func<bool> holds, string what)
    {
        await Eventually.HoldsAsync(
            () =>
            {
                if (!holds())
                    Advance(TimeSpan.FromMilliseconds(200), _cloud);
                return holds();
            },
            what);
        Settle(_cloud);
    }
}
