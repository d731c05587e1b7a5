using System.Net;
using Akka.Actor;
using Akka.TestKit;
using Microsoft.Extensions.Logging;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cloud;

public sealed class CloudSupervisorSpecs : ActorSpecs
{
    private const int KeyMissing = 100;
    private const int KeyRefused = 101;
    private const int OutOfReach = 102;
    private const int Back = 103;
    private const int PassedOver = 105;
    private const int Suspended = 106;
    private const int BadCheck = 107;
    private readonly TestProbe _asker;
    private IActorRef _cloud = ActorRefs.Nobody;
    private int _asked;

    public CloudSupervisorSpecs() => _asker = CreateTestProbe("asker");

    /// <summary>What the cloud says of the key now.</summary>
    private Func<HttpResponseMessage> Config { get; set; } = () => ScriptedHandler.Json("{}");

    /// <summary>What it answers to reads now.</summary>
    private Func<HttpResponseMessage> State { get; set; } = () => ScriptedHandler.Json(States.Body("feature"));

    private long StartUpErrors => Services.Counters.InitializationErrors.Value;

    private KeyState Key => Services.CloudStatus.Status.Key;

    [Fact]
    public async Task A_valid_key_is_shown_and_nothing_is_logged()
    {
        using var edge = Start();
        Key.Should().Be(KeyState.Unknown);

        await KeyIsAsync(KeyState.Valid);

        StartUpErrors.Should().Be(0);
        Logged.Lines.Should().BeEmpty();
    }

    [Fact]
    public void A_missing_key_is_one_start_up_error_and_one_line_and_nothing_is_sent()
    {
        using var edge = Start(key: null);
        Settle(_cloud);

        Ask().Failure!.Kind.Should().Be(CloudFailureKind.NoKey);
        Advance(TimeSpan.FromMinutes(2), _cloud);

        Key.Should().Be(KeyState.Missing);
        StartUpErrors.Should().Be(1);
        Logged.Lines.Should().ContainSingle().Which.Event.Should().Be(KeyMissing);
        edge.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_refused_key_is_one_start_up_error_and_one_line_however_often_it_is_refused()
    {
        Config = Status(HttpStatusCode.Unauthorized);
        using var edge = Start();
        await KeyIsAsync(KeyState.Invalid);

        await ChecksAsync(edge, 6);

        StartUpErrors.Should().Be(1);
        Logged.Lines.Should().ContainSingle().Which.Event.Should().Be(KeyRefused);
        Services.Counters.InvalidApiKeyErrors.Value.Should().Be(edge.Count);
        Services.Counters.NetworkRequestErrors.Value.Should().Be(0);
    }

    [Fact]
    public async Task A_refused_key_that_is_accepted_later_is_shown_as_valid()
    {
        Config = Status(HttpStatusCode.Unauthorized);
        using var edge = Start();
        await KeyIsAsync(KeyState.Invalid);

        Config = () => ScriptedHandler.Json("{}");
        await KeyIsAsync(KeyState.Valid);

        Logged.Lines.Select(line => line.Event).Should().Equal(KeyRefused, Back);
    }

    [Fact]
    public async Task A_network_that_is_down_is_one_start_up_error_and_one_line_until_it_is_back()
    {
        Config = Unplugged;
        using var edge = Start();
        await ChecksAsync(edge, 8);
        Key.Should().Be(KeyState.Unknown);
        StartUpErrors.Should().Be(1);
        Logged.Lines.Should().ContainSingle().Which.Event.Should().Be(OutOfReach);

        Config = () => ScriptedHandler.Json("{}");
        await KeyIsAsync(KeyState.Valid);

        StartUpErrors.Should().Be(1);
        Logged.Lines.Select(line => line.Event).Should().Equal(OutOfReach, Back);
        Logged.Lines[1].Text.Should().Contain($"{edge.Count - 1} failed requests");
    }

    [Fact]
    public async Task Each_cause_of_a_start_up_error_is_counted_and_logged_once()
    {
        Config = Unplugged;
        using var edge = Start();
        await ChecksAsync(edge, 3);
        Config = Status(HttpStatusCode.ServiceUnavailable);
        await ChecksAsync(edge, edge.Count + 3);
        Config = Status(HttpStatusCode.Unauthorized);
        await KeyIsAsync(KeyState.Invalid);
        await ChecksAsync(edge, edge.Count + 2);

        StartUpErrors.Should().Be(3);
        Logged.Lines.Select(line => line.Event).Should().Equal(OutOfReach, OutOfReach, KeyRefused);
    }

    [Fact]
    public async Task The_same_cause_after_a_success_is_counted_anew()
    {
        Config = Status(HttpStatusCode.Unauthorized);
        using var edge = Start();
        await KeyIsAsync(KeyState.Invalid);
        Config = () => ScriptedHandler.Json("{}");
        await KeyIsAsync(KeyState.Valid);

        Config = Status(HttpStatusCode.Unauthorized);
        State = Status(HttpStatusCode.Unauthorized);
        Ask().Failure!.Kind.Should().Be(CloudFailureKind.InvalidKey);
        await ChecksAsync(edge, edge.Count + 1);
        Settle(_cloud);

        StartUpErrors.Should().Be(2);
    }

    [Fact]
    public async Task A_read_that_is_refused_shows_the_key_as_invalid_and_has_it_checked()
    {
        using var edge = Start();
        await KeyIsAsync(KeyState.Valid);
        State = Status(HttpStatusCode.Unauthorized);

        Ask().Failure!.Kind.Should().Be(CloudFailureKind.InvalidKey);

        Settle(_cloud);
        Key.Should().Be(KeyState.Invalid);
        StartUpErrors.Should().Be(0, "it was no start-up error");
        await KeyIsAsync(KeyState.Valid);
    }

    [Fact]
    public async Task A_read_that_fails_otherwise_says_nothing_of_the_key()
    {
        using var edge = Start();
        await KeyIsAsync(KeyState.Valid);
        State = Status(HttpStatusCode.NotFound);

        Ask().Failure!.Kind.Should().Be(CloudFailureKind.Refused);

        Settle(_cloud);
        Key.Should().Be(KeyState.Valid);
        StartUpErrors.Should().Be(0);
        Services.Counters.NetworkRequestErrors.Value.Should().Be(1);
    }

    [Fact]
    public async Task Entitlements_that_are_passed_over_are_logged_once_a_minute()
    {
        State = () => ScriptedHandler.Json(States.Envelope("""7, {"feature": {"refId": "f", "featureType": "BOOLEAN"}}"""));
        using var edge = Start();
        await KeyIsAsync(KeyState.Valid);

        for (var i = 0; i < 5; i++)
            Ask().State.Should().NotBeNull();
        Settle(_cloud);
        Logged.Of(PassedOver).Should().ContainSingle().Which.Text.Should().StartWith("1 ");

        Advance(TimeSpan.FromMinutes(1), _cloud);
        Ask();
        Settle(_cloud);

        Logged.Of(PassedOver).Should().HaveCount(2);
        Logged.Of(PassedOver)[1].Text.Should().StartWith("5 ");
    }

    [Fact]
    public async Task Its_children_are_restarted_when_they_crash_and_reads_are_answered_all_the_same()
    {
        using var edge = Start();
        await KeyIsAsync(KeyState.Valid);
        for (var round = 0; round < 3; round++)
        {
            var children = Children();
            children.Should().HaveCount(2);
            foreach (var child in children)
                child.Tell(Kill.Instance, ActorRefs.NoSender);
            var reads = Enumerable.Range(0, 50).Select(_ => Send()).ToList();
            foreach (var child in children)
                Settle(child);
            Advance(TimeSpan.FromSeconds(5), [.. children]);

            var answered = reads.Select(_ => _asker.ExpectMsg<EntryRead>()).ToList();
            answered.Should().OnlyContain(read => read.Result.State != null);
            answered.Select(read => read.Number).Should().BeEquivalentTo(reads);
            Children().Should().BeEquivalentTo(children, "they are the same actors, with the same mailboxes");
        }
    }

    [Fact]
    public async Task Nothing_that_is_logged_shows_the_key()
    {
        Config = () => ScriptedHandler.Json(States.ErrorBody("UnexpectedError", $"no access with {TestCloud.Key}"));
        State = () => throw new HttpRequestException($"{TestCloud.Key} could not be sent");
        using var edge = Start();
        await ChecksAsync(edge, 2);
        var number = Send();
        await PassUntilAsync(() => _asker.HasMessages, "the read's end");

        _asker.ExpectMsg<EntryRead>().Number.Should().Be(number);
        Settle(_cloud);

        Logged.Lines.Should().NotBeEmpty().And.OnlyContain(line => !line.Text.Contains(TestCloud.Key));
        Logged.Lines.Should().OnlyContain(line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_cause_that_lasts_is_counted_once_although_reads_succeed_meanwhile()
    {
        Config = Status(HttpStatusCode.Forbidden);
        using var edge = Start();
        for (var round = 1; round <= 3; round++)
        {
            await ChecksAsync(edge, edge.Count + 1);
            Ask().State.Should().NotBeNull();
            Settle(_cloud);
        }

        StartUpErrors.Should().Be(1);
        Logged.Of(BadCheck).Should().ContainSingle();
    }

    [Fact]
    public async Task A_key_that_is_replaced_makes_all_that_is_known_suspect_and_is_checked_at_once()
    {
        Config = Status(HttpStatusCode.Unauthorized);
        using var edge = Start();
        await KeyIsAsync(KeyState.Invalid);
        await ChecksAsync(edge, 6);
        var (epoch, requests) = (Services.Cache.NodeEpoch, edge.Count);
        Config = () => ScriptedHandler.Json("{}");

        Services.Cloud.ApiKey.Replace(new Secret("another-key"));
        Settle(_cloud);
        await edge.ArrivedAsync(requests + 1);
        await Eventually.HoldsAsync(() => Key == KeyState.Valid, "the new key is valid");

        Services.Cache.NodeEpoch.Should().Be(epoch + 1);
        edge.Requests[^1].Headers["X-API-KEY"].Should().Be("another-key");
    }

    [Fact]
    public async Task A_key_that_comes_after_a_start_without_one_is_checked_and_used()
    {
        using var edge = Start(key: null);
        Settle(_cloud);
        Key.Should().Be(KeyState.Missing);

        Services.Cloud.ApiKey.Replace(new Secret("late-key"));

        await Eventually.HoldsAsync(() => Key == KeyState.Valid, "the key is valid");
        Ask().State.Should().NotBeNull();
    }

    [Fact]
    public void A_missing_key_that_was_told_already_is_not_counted_again()
    {
        using var edge = Start(key: null, isFaulted: true);
        Settle(_cloud);

        Key.Should().Be(KeyState.Missing);
        StartUpErrors.Should().Be(0);
        Logged.Lines.Should().BeEmpty();
    }

    [Fact]
    public void Offline_nothing_is_checked_and_nothing_is_an_error()
    {
        using var offline = new OfflineCloud();
        Services = NewServices(ScriptedHandler.Hanging()) with { Cloud = offline };
        _cloud = Sys.ActorOf(Props.Create(() => new CloudSupervisor(Services)), "cloud");

        Ask().Failure!.Kind.Should().Be(CloudFailureKind.Offline);
        offline.Data = OfflineData.Parse("""{"customers": {}}"""u8.ToArray(), DateTimeOffset.UnixEpoch).Data;
        Ask().State!.IsUnknown.Should().BeTrue();

        Settle(_cloud);
        StartUpErrors.Should().Be(0);
        Logged.Lines.Should().BeEmpty();
        Key.Should().Be(KeyState.Unknown);
    }

    [Fact]
    public async Task That_reads_are_suspended_is_one_line()
    {
        State = Unplugged;
        using var edge = Start();
        await KeyIsAsync(KeyState.Valid);
        Send();
        await PassUntilAsync(() => _asker.HasMessages, "the read's end");
        _asker.ExpectMsg<EntryRead>();
        await PassUntilAsync(() => Logged.Of(Suspended).Count > 0, "a line");

        Logged.Of(Suspended).Should().ContainSingle().Which.Level.Should().Be(LogLevel.Warning);
    }

    [Fact]
    public void A_report_reaches_the_reporter_and_its_result_whoever_asked()
    {
        var sender = new Reports.ScriptedSender { EndsAtOnce = true };
        Services = NewServices(ScriptedHandler.Hanging()) with
        {
            Reports = new Actors.Reports.ReportServices { Sender = sender, Desk = () => throw new InvalidOperationException("nothing is told of usage") },
        };
        _cloud = Sys.ActorOf(Props.Create(() => new CloudSupervisor(Services)), "cloud");

        _cloud.Tell(new Actors.Reports.SendReport(1, Reports.SomeReports.Usage(), new byte[1], CancellationToken.None), _asker.Ref);

        _asker.ExpectMsg<Actors.Reports.ReportResult>().End.Should().Be(Protocol.Reports.ReportEnd.Acknowledged);
        sender.Sendings.Should().ContainSingle();
    }

    private static Func<HttpResponseMessage> Status(HttpStatusCode status) => () => ScriptedHandler.Json("", status);

    private static HttpResponseMessage Unplugged() => throw new HttpRequestException("unplugged");

    private ScriptedHandler Start(string? key = TestCloud.Key, bool isFaulted = false)
    {
        var edge = new ScriptedHandler((request, _, _) => Task.FromResult(
            request.RequestUri!.AbsolutePath.Contains("/config/", StringComparison.Ordinal) ? Config() : State()));
        Services = NewServices(edge, key) with { IsApiKeyFaulted = isFaulted };
        _cloud = Sys.ActorOf(Props.Create(() => new CloudSupervisor(Services)), "cloud");
        return edge;
    }

    private long Send()
    {
        _asked++;
        _cloud.Tell(
            new ReadEntry(new EntryKey("customer"), _asked, Services.Clock.Uptime + CloudSettings.ReadGuard, _asker.Ref),
            ActorRefs.NoSender);
        return _asked;
    }

    private CloudRead Ask()
    {
        Send();
        return _asker.ExpectMsg<EntryRead>().Result;
    }

    private List<IActorRef> Children() =>
        [.. new[] { "fetcher", "key-check" }.Select(name => ((ActorRefWithCell)_cloud).GetSingleChild(name))];

    // Lets time pass until the cloud was asked so often.
    private Task ChecksAsync(ScriptedHandler edge, int count) => PassUntilAsync(() => edge.Count >= count, $"{count} requests");

    private Task KeyIsAsync(KeyState state) => PassUntilAsync(() => Key == state, $"the key is {state}");

    private async Task PassUntilAsync(Func<bool> holds, string what)
    {
        await Eventually.HoldsAsync(
            () =>
            {
                if (!holds())
                    Advance(TimeSpan.FromSeconds(1), _cloud);
                return holds();
            },
            what);
        Settle(_cloud);
    }
}
