using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Diagnostics;

/// <summary>The diagnostics between scripted actors.</summary>
public sealed class DiagnosticsActorSpecs : ActorSpecs
{
    private static readonly EntryKey Key = new("customer");
    private readonly TestProbe _cloud;
    private readonly Road _road = new();
    private readonly Sight _sight = new();
    private readonly IActorRef _actor;

    public DiagnosticsActorSpecs()
    {
        _cloud = CreateTestProbe("cloud");
        var services = NewServices(ScriptedHandler.Hanging());
        Services = services with { Isolation = new Isolation(services.Clock, Logged) };
        var diagnostics = new DiagnosticsServices
        {
            Sight = _sight,
            Road = _road,
            Config = () => new ConfigReport([new SettingReport("A", "***", "variable")], []),
            Verdict = () => new VerdictReport("healthy", []),
            Fallback = feature => feature == "fallback" ? new Fallback(HasAccess: true) : null,
        };
        _actor = Sys.ActorOf(Props.Create(() => new DiagnosticsActor(Services, diagnostics, _cloud.Ref)));
    }

    [Fact]
    public void Customer_is_shown_with_trust_actor_entitlements_and_how_each_answer_comes_about()
    {
        Publish(States.Metered(day: 3, limit: 10, usageDay: 2, used: 12));
        _sight.Actor = new ActorDescription("reading", Waiting: 2);
        Services.Failures.Add(new FailedRead(Key, new CloudFailure(CloudFailureKind.Timeout, $"it quoted {TestCloud.Key}"), Time.GetUtcNow()));

        var report = Ask<CustomerReport>(new Customer(Key));

        (report.Next.Trust, report.Next.Then).Should().Be(("fresh", "the answer from memory at once"));
        (report.View!.SetOrigin, report.View.UsageOrigin, report.View.Entitlements).Should().Be(("edge", "stream", 1));
        (report.Actor.State, report.Actor.Waiting, report.Owner).Should().Be(("reading", 2, "somewhere"));
        report.LastFailure!.Text.Should().Be("it quoted ***");
        var calls = report.Entitlements.Should().ContainSingle().Subject;
        (calls.Id, calls.Limit, calls.Used, calls.HasAccess).Should().Be(("calls", "10", 12, false));
        calls.Steps[^1].Outcome.Should().Be("denies");
        calls.UsedAt.Should().Be(States.Day(2));
    }

    [Fact]
    public void One_question_is_explained_instead_of_all()
    {
        Publish(States.Metered(day: 3, limit: 10));

        var report = Ask<CustomerReport>(new Customer(Key, new EntitlementQuery(Key, "calls", RequestedUsage: 11)));

        report.Entitlements.Should().BeEmpty();
        (report.Question!.HasAccess, report.Question.AccessDeniedReason).Should().Be((false, "REQUESTED_USAGE_EXCEEDING_LIMIT"));
    }

    [Fact]
    public void Of_a_customer_that_nobody_knows_the_fallback_is_told()
    {
        var report = Ask<CustomerReport>(new Customer(Key, new EntitlementQuery(Key, "fallback")));

        (report.View, report.Next.Trust).Should().Be((null, "unknown"));
        (report.Question!.HasAccess, report.Question.IsFallback).Should().Be((true, true));
        Services.Cache.Find(Key.CustomerId).Should().BeNull("to look changes nothing");
    }

    [Fact]
    public void Resource_without_its_customer_is_suspect_for_that()
    {
        Services.Cache.Publish(new EntryKey("customer", "r"), new EntitlementView(States.Granting("a"), Services.Clock.Uptime), 0);

        var report = Ask<CustomerReport>(new Customer(new EntryKey("customer", "r")));

        (report.Next.Trust, report.Next.Why).Should().Be(("suspect", "the customer's own entry is not in memory"));
        report.Resources.Should().Equal("r");
    }

    [Fact]
    public void Summary_has_the_verdict_and_the_stream_as_its_actor_tells_it()
    {
        _cloud.SetAutoPilot(new DelegateAutoPilot((sender, _) =>
        {
            sender.Tell(new StreamDescription(3, UpdateSocketFault.Timeout, "nothing came", Time.GetUtcNow()), _cloud.Ref);
            return AutoPilot.KeepRunning;
        }));

        var report = Ask<SummaryReport>(new Summary());

        report.Verdict!.State.Should().Be("healthy");
        (report.Stream.FailuresInARow, report.Stream.LastFailure!.Kind).Should().Be((3, "timeout"));
        (report.Cloud.Mode, report.Redis, report.Cluster).Should().Be(("edge", null, null));
    }

    [Fact]
    public void Largest_customers_are_named_and_no_more_than_asked_for()
    {
        Publish(States.Granting("a"), "small");
        Publish(States.Granting([.. Enumerable.Range(0, 50).Select(i => $"feature-{i}")]), "large");
        Publish(States.Granting("a", "b"), "c");

        Ask<CacheReport>(new Actors.Diagnostics.Cache(Top: 2)).Top!.Select(one => one.Customer).Should().HaveCount(2).And.StartWith(["large"]);
        Ask<CacheReport>(new Actors.Diagnostics.Cache()).Top.Should().BeNull();
    }

    [Fact]
    public void Evicted_customer_is_gone_from_memory_and_counted()
    {
        Publish(States.Granting("a"));

        Ask<OperationReport>(new Evict("customer")).Outcome.Should().Contain("holds nothing of that customer any more");

        Services.Cache.Find("customer").Should().BeNull();
        // It was not for want of room.
        Services.Counters.Evictions.Value.Should().Be(0);
        Ask<OperationReport>(new Evict("customer")).Outcome.Should().Be("memory held nothing of that customer");
    }

    [Fact]
    public void What_redis_is_owed_is_not_evicted()
    {
        Publish(States.Granting("a"));
        Services.Cache.IsOwed = key => key == Key;

        Ask<Refused>(new Evict("customer")).Why.Should().Contain("Redis is owed something");

        Services.Cache.Find("customer").Should().NotBeNull();
    }

    [Fact]
    public void Re_read_tells_what_it_brought()
    {
        _road.Answer = Task.FromResult(new ReloadAnswer(States.Granting("a")));

        Ask<OperationReport>(new Reread(Key)).Outcome.Should().StartWith("it was read: 1 entitlements");
    }

    [Fact]
    public void Re_read_that_failed_is_refused_with_its_own_reason_and_not_that_of_an_earlier_one()
    {
        var earlier = new FailedRead(Key, new CloudFailure(CloudFailureKind.InvalidKey, "the key of yesterday"), Services.Clock.Now.Utc.AddHours(-1));
        Services.Failures.Add(earlier);

        Ask<Refused>(new Reread(Key)).Why.Should().StartWith("the read failed: the cloud gave nothing");
        Services.Isolation!.Begin(TimeSpan.FromMinutes(1));
        Ask<Refused>(new Reread(Key)).Why.Should().Be("the read failed: this process is cut off from the cloud on purpose");
        Services.Isolation.End();
        Services.Failures.Add(earlier with { Failure = new CloudFailure(CloudFailureKind.ServerError, "503"), At = Services.Clock.Now.Utc });
        Ask<Refused>(new Reread(Key)).Why.Should().Be("the read failed: 503");
    }

    [Fact]
    public void A_fault_within_is_told_as_one()
    {
        _road.Answer = Task.FromException<ReloadAnswer>(new InvalidOperationException("planted"));

        Ask<Refused>(new Reread(Key)).Kind.Should().Be(RefusalKind.Fault);
    }

    [Theory]
    [InlineData(240, true)]
    [InlineData(241, false)]
    [InlineData(-1, false)]
    public void Isolation_is_bounded(int minutes, bool isDone)
    {
        _actor.Tell(new Isolate(TimeSpan.FromMinutes(minutes)), TestActor);

        ExpectMsg<object>().Should().Match(answer => answer is OperationReport == isDone);
        Services.Isolation!.IsOn.Should().Be(isDone);
        Ask<OperationReport>(new Isolate(TimeSpan.Zero)).Outcome.Should().Be(isDone ? "this process reaches for the cloud again" : "this process was not cut off");
    }

    [Fact]
    public async Task Too_many_at_once_are_refused_and_each_ends_in_its_time()
    {
        var gate = new TaskCompletionSource();
        _sight.Gate = gate.Task;
        var askers = Enumerable.Range(0, DiagnosticsActor.MostUnderWay).Select(_ => CreateTestProbe()).ToList();
        foreach (var asker in askers)
            _actor.Tell(new Customer(Key), asker.Ref);
        await Eventually.HoldsAsync(() => _sight.Asked == DiagnosticsActor.MostUnderWay, "all are under way");

        Ask<Refused>(new Summary()).Kind.Should().Be(RefusalKind.Busy);

        await Eventually.HoldsAsync(
            () =>
            {
                Advance(DiagnosticsActor.Patience, _actor);
                return askers.TrueForAll(asker => asker.HasMessages);
            },
            "each has its answer");
        askers.Should().AllSatisfy(asker => asker.ExpectMsg<Refused>().Why.Should().Contain("longer than 5 s"));
        // Their work has not ended: it takes room as long as it lasts.
        Ask<Refused>(new Summary()).Kind.Should().Be(RefusalKind.Busy);
        gate.SetResult();
        ConfigReport? config = null;
        await Eventually.HoldsAsync(() => (config = Ask<object>(new Config()) as ConfigReport) is not null, "there is room again");
        config!.Settings.Should().ContainSingle();
    }

    private T Ask<T>(IDiagnosticRequest request)
    {
        var asker = CreateTestProbe();
        _actor.Tell(request, asker.Ref);
        return asker.ExpectMsg<T>();
    }

    private void Publish(EntitlementState state, string customer = "customer") => Services.Cache.Publish(
        new EntryKey(customer),
        new EntitlementView(state, Services.Clock.Uptime) { SetOrigin = Origin.Edge, UsageOrigin = Origin.Stream },
        EntitlementCache.TickOf(Services.Clock.Uptime));

    private sealed class Sight : ICustomerSight
    {
        private int _asked;

        public ActorDescription Actor { get; set; } = ActorDescription.None;

        public Task Gate { get; set; } = Task.CompletedTask;

        public int Asked => Volatile.Read(ref _asked);

        public async Task<(string Owner, ActorDescription Actor)> DescribeAsync(EntryKey key, TimeSpan patience)
        {
            Interlocked.Increment(ref _asked);
            await Gate;
            return ("somewhere", Actor);
        }

        public Task<ShardsSeen> ShardsAsync(TimeSpan patience) =>
            Task.FromResult(new ShardsSeen(new Dictionary<int, (string? Node, int? Actors)>(), _ => true));

        public ClusterReport? Cluster() => null;
    }

    private sealed class Road : ICustomerRoad
    {
        public Task<ReloadAnswer> Answer { get; set; } = Task.FromResult(ReloadAnswer.Failed);

        public Task<CustomerAnswer> AskAsync(EntryKey key, TimeSpan maxWait, TimeSpan patience, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ReloadAnswer> ReloadAsync(EntryKey key, TimeSpan patience, CancellationToken cancellation) => Answer;

        public Task<NewsOutcome> BringAsync(EntryNews news, TimeSpan patience) => throw new NotSupportedException();

        public void Refresh(EntryKey key) => throw new NotSupportedException();

        public void Invalidate(EntryKey key) => throw new NotSupportedException();

        public void TellStoredChanged(EntryKey key) => throw new NotSupportedException();
    }
}
