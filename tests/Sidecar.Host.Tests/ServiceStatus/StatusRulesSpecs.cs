using FluentAssertions;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Updates;
using Sidecar.Host.ServiceStatus;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Host.Tests.ServiceStatus;

/// <summary>What each fault is called, and what is told beside it.</summary>
public sealed class StatusRulesSpecs
{
    private static readonly StatusFacts Well = new()
    {
        Uptime = TimeSpan.FromHours(1),
        Key = KeyState.Valid,
        IsStreamEnabled = true,
        IsStreamUp = true,
        StreamAge = TimeSpan.FromSeconds(3),
        IsRedisUsed = true,
        IsRedisUp = true,
        Customers = 1_000,
        CacheBytes = 1 << 20,
        CacheMaxBytes = 64 << 20,
    };

    private static readonly StatusFacts Alone = Well with { IsStreamEnabled = false, IsRedisUsed = false, IsRedisUp = false };

    private static readonly StatusCounts Quiet = StatusCounts.None;

    [Fact]
    public void Where_nothing_is_wrong_it_is_healthy()
    {
        var counts = Quiet.With(AnswerSource.Memory, 10_000).With(CloudPath.Edge, null, 50).WithLatencies(0, 10_000);

        Judge(Well, counts).Should().BeEquivalentTo(new StatusVerdict(StatusState.Healthy, []));
    }

    [Fact]
    public void A_process_that_has_just_started_is_healthy()
    {
        var facts = new StatusFacts { Uptime = TimeSpan.FromSeconds(1), IsStreamEnabled = true, IsRedisUsed = true, IsClustered = true, MembersExpected = 3 };

        Judge(facts, Quiet).State.Should().Be(StatusState.Healthy);
    }

    [Fact]
    public void A_refused_key_is_the_one_cause_whatever_fails_because_of_it()
    {
        var counts = Quiet.With(CloudPath.Edge, CloudFailureKind.InvalidKey, 30).With(UpdateSocketFault.InvalidKey, 4);

        var verdict = Judge(Well with { Key = KeyState.Invalid, IsStreamUp = false }, counts);

        verdict.State.Should().Be(StatusState.Degraded, "memory and Redis answer");
        Only(verdict).Should().Be(CauseNames.KeyRefused);
        verdict.Causes[0].Text.Should().Contain("refuses the API key").And.Contain("SERVER_API_KEY").And.Contain("memory and Redis");
    }

    [Fact]
    public void A_missing_key_is_told_as_such() => Only(Judge(Well with { Key = KeyState.Missing, IsStreamUp = false }, Quiet)).Should().Be(CauseNames.KeyMissing);

    [Theory]
    [InlineData(KeyState.Missing)]
    [InlineData(KeyState.Invalid)]
    public void Without_a_key_and_with_nothing_in_memory_it_is_down(KeyState key) =>
        Judge(Alone with { Key = key, Customers = 0 }, Quiet).State.Should().Be(StatusState.Down);

    [Fact]
    public void Offline_neither_key_nor_cloud_is_missed() =>
        Judge(Alone with { IsOffline = true, Key = KeyState.Missing, Customers = 0 }, Quiet).State.Should().Be(StatusState.Healthy);

    [Fact]
    public void A_drill_is_told_as_one_and_not_as_an_outage()
    {
        var verdict = Judge(
            Well with { IsolatedFor = TimeSpan.FromMinutes(4.5), Suspended = [CloudPath.Edge], IsStreamUp = false, StreamDownFor = TimeSpan.FromMinutes(2) },
            Quiet);

        Only(verdict).Should().Be(CauseNames.Isolated);
        verdict.Causes[0].What.Should().Contain("on purpose, for 5 minutes more");
        verdict.State.Should().Be(StatusState.Degraded);
    }

    [Fact]
    public void Suspended_reads_say_that_the_cloud_can_not_be_reached_and_that_memory_answers()
    {
        var counts = Quiet.With(CloudPath.Edge, CloudFailureKind.Network, 9);

        var verdict = Judge(Alone with { Suspended = [CloudPath.Edge] }, counts);

        verdict.State.Should().Be(StatusState.Degraded);
        Only(verdict).Should().Be(CauseNames.CloudUnreachable);
        verdict.Causes[0].Text.Should().Contain("Edge").And.Contain("suspended").And.Contain("9 of 9").And.Contain("EDGE_API_URL");
    }

    [Theory]
    [InlineData(UpdateSocketFault.Network)]
    [InlineData(UpdateSocketFault.Timeout)]
    public void A_cloud_out_of_reach_takes_the_stream_with_it_in_one_cause(UpdateSocketFault fault)
    {
        var counts = Quiet.With(fault, 5);

        var verdict = Judge(Well with { Suspended = [CloudPath.Edge], IsStreamUp = false, StreamDownFor = TimeSpan.FromMinutes(2) }, counts);

        Only(verdict).Should().Be(CauseNames.CloudUnreachable);
        verdict.Causes[0].Advice.Should().Contain("stream of updates is down, too");
    }

    [Fact]
    public void A_cloud_out_of_reach_from_the_start_leaves_nothing_to_answer_from()
    {
        var counts = Quiet.With(CloudPath.Edge, CloudFailureKind.Network, 1);

        var verdict = Judge(Alone with { Key = KeyState.Unknown, Customers = 0 }, counts);

        verdict.State.Should().Be(StatusState.Down);
        Only(verdict).Should().Be(CauseNames.CloudUnreachable);
    }

    [Theory]
    [InlineData(2, 0, false)]
    [InlineData(3, 3, true)]
    [InlineData(3, 4, false)]
    public void Failures_count_from_three_on_and_where_they_are_half_of_all(int failures, int successes, bool isTold) => Judge(
            Alone, Quiet.With(CloudPath.Edge, CloudFailureKind.Timeout, failures).With(CloudPath.Edge, null, successes))
        .Causes.Should().HaveCount(isTold ? 1 : 0);

    [Fact]
    public void Failures_are_over_once_requests_succeed_again()
    {
        var counts = Quiet.With(CloudPath.Edge, CloudFailureKind.Timeout, 30);

        Judge(Alone, counts.With(CloudPath.Edge, null, 1), moment: Quiet.With(CloudPath.Edge, null, 1)).State.Should().Be(StatusState.Healthy);
        Only(Judge(Alone, counts, moment: Quiet)).Should().Be(CauseNames.CloudUnreachable, "nothing was asked since");
    }

    [Fact]
    public void What_failed_by_a_key_that_was_refused_before_is_over_with_the_key() =>
        Judge(Alone, Quiet.With(CloudPath.Edge, CloudFailureKind.InvalidKey, 30)).State.Should().Be(StatusState.Healthy);

    [Theory]
    [InlineData(CloudFailureKind.ServerError, CauseNames.CloudFailing)]
    [InlineData(CloudFailureKind.Unreadable, CauseNames.CloudFailing)]
    [InlineData(CloudFailureKind.RateLimited, CauseNames.CloudThrottling)]
    [InlineData(CloudFailureKind.Timeout, CauseNames.CloudUnreachable)]
    [InlineData(CloudFailureKind.Network, CauseNames.CloudUnreachable)]
    public void What_the_cloud_fails_with_has_its_name(CloudFailureKind kind, string name) =>
        Only(Judge(Alone, Quiet.With(CloudPath.Api, kind, 5))).Should().Be(name);

    [Fact]
    public void Most_answers_by_fallbacks_with_the_cloud_away_are_an_outage()
    {
        var counts = Quiet.With(AnswerSource.Default, 60).With(AnswerSource.Memory, 40);

        var verdict = Judge(Alone with { Suspended = [CloudPath.Edge] }, counts);

        verdict.State.Should().Be(StatusState.Down);
        verdict.Causes.Select(cause => cause.Name).Should().Equal(CauseNames.CloudUnreachable, CauseNames.FallbackAnswers);
    }

    [Fact]
    public void Fallbacks_with_the_cloud_well_say_to_look_at_what_is_asked()
    {
        var verdict = Judge(Alone, Quiet.With(AnswerSource.RequestFallback, 10).With(AnswerSource.Memory, 40));

        verdict.State.Should().Be(StatusState.Degraded);
        Only(verdict).Should().Be(CauseNames.FallbackAnswers);
        verdict.Causes[0].Text.Should().Contain("20 %").And.Contain("The cloud is well").And.Contain("ids");
        Judge(Alone, Quiet.With(AnswerSource.RequestFallback, 10).With(AnswerSource.Memory, 41)).State.Should().Be(StatusState.Healthy);
        Judge(Alone, Quiet.With(AnswerSource.RequestFallback, 9)).State.Should().Be(StatusState.Healthy);
    }

    [Theory]
    [InlineData(true, KeyState.Unknown, "offline", "OFFLINE_DATA_FILE")]
    [InlineData(true, KeyState.Valid, "offline", "OFFLINE_DATA_FILE")]
    [InlineData(false, KeyState.Unknown, "has not accepted the API key so far", "ids")]
    public void Fallbacks_call_the_cloud_well_only_where_it_has_said_so(bool isOffline, KeyState key, string what, string where)
    {
        var verdict = Judge(Alone with { IsOffline = isOffline, Key = key }, Quiet.With(AnswerSource.Default, 10));

        Only(verdict).Should().Be(CauseNames.FallbackAnswers);
        verdict.Causes[0].Text.Should().Contain(what).And.Contain(where).And.NotContain("cloud is well");
    }

    [Theory]
    [InlineData(14, false)]
    [InlineData(15, true)]
    public void A_stream_that_is_connected_and_silent_for_longer_than_its_pongs_take_is_frozen(int age, bool isTold)
    {
        var verdict = Judge(Well with { StreamAge = TimeSpan.FromSeconds(age) }, Quiet);

        verdict.Causes.Select(cause => cause.Name).Should().Equal(isTold ? [CauseNames.StreamFrozen] : []);
        if (isTold)
            verdict.Causes[0].What.Should().Contain("connected, but silent for 15 s");
    }

    [Fact]
    public void A_stream_that_falls_silent_again_and_again_is_frozen_also_between_two_times()
    {
        var thrice = Quiet.With(UpdateSocketFault.Timeout, 3).With(StatusCount.StreamReconnects, 3);

        Only(Judge(Well, thrice)).Should().Be(CauseNames.StreamFrozen);
        Judge(Well, thrice.With(UpdateSocketFault.Timeout, 2)).State.Should().Be(StatusState.Healthy);
        Judge(Well, thrice.With(StatusCount.StreamReconnects, 1)).State.Should().Be(StatusState.Healthy, "one outage, with tries that failed");
        Only(Judge(Well with { IsStreamUp = false, StreamDownFor = TimeSpan.FromMinutes(1) }, Quiet.With(UpdateSocketFault.Timeout, 3)))
            .Should().Be(CauseNames.StreamFrozen);
    }

    [Fact]
    public void The_latest_reason_counts_and_not_one_of_a_trouble_before()
    {
        var counts = Quiet.With(UpdateSocketFault.Timeout, 9).With(UpdateSocketFault.Closed, 1);

        Only(Judge(Well with { IsStreamUp = false, StreamDownFor = TimeSpan.FromMinutes(1) }, counts, moment: Quiet.With(UpdateSocketFault.Closed, 1)))
            .Should().Be(CauseNames.StreamDown);
    }

    [Theory]
    [InlineData(UpdateSocketFault.Network, "the network fails")]
    [InlineData(UpdateSocketFault.Closed, "the cloud closes it")]
    [InlineData(UpdateSocketFault.Throttled, "too many connections")]
    public void A_stream_that_is_down_is_told_with_its_reason(UpdateSocketFault fault, string words)
    {
        var verdict = Judge(Well with { IsStreamUp = false, StreamDownFor = TimeSpan.FromSeconds(30) }, Quiet.With(fault, 2));

        Only(verdict).Should().Be(CauseNames.StreamDown);
        verdict.Causes[0].Text.Should().Contain(words).And.Contain("WS_URL");
    }

    [Fact]
    public void A_stream_that_has_been_down_for_a_moment_is_no_news() =>
        Judge(Well with { IsStreamUp = false, StreamDownFor = TimeSpan.FromSeconds(4) }, Quiet).State.Should().Be(StatusState.Healthy);

    [Theory]
    [InlineData(RedisFailureKind.OutOfMemory, CauseNames.RedisFull, "maxmemory")]
    [InlineData(RedisFailureKind.Denied, CauseNames.RedisRefuses, "REDIS_PASSWORD")]
    [InlineData(RedisFailureKind.ReadOnly, CauseNames.RedisRefuses, "replica")]
    [InlineData(RedisFailureKind.Cluster, CauseNames.RedisRefuses, "Cluster")]
    [InlineData(RedisFailureKind.Settings, CauseNames.RedisRefuses, "REDIS_DB")]
    public void Each_trouble_of_redis_has_its_name_and_what_to_do(RedisFailureKind kind, string name, string word)
    {
        var verdict = Judge(Well with { RedisTrouble = kind }, Quiet);

        verdict.State.Should().Be(StatusState.Degraded);
        Only(verdict).Should().Be(name);
        verdict.Causes[0].Text.Should().Contain(word);
    }

    [Fact]
    public void A_redis_out_of_reach_or_hanging_is_told_and_one_slow_operation_is_not()
    {
        Only(Judge(Well with { IsRedisUp = false, RedisTrouble = RedisFailureKind.Unreachable }, Quiet)).Should().Be(CauseNames.RedisUnreachable);
        Only(Judge(Well with { IsRedisSuspended = true }, Quiet)).Should().Be(CauseNames.RedisUnreachable);
        Only(Judge(Well with { RedisTrouble = RedisFailureKind.Timeout }, Quiet.With(StatusCount.RedisFailures, 3))).Should().Be(CauseNames.RedisUnreachable);
        Judge(Well with { RedisTrouble = RedisFailureKind.Timeout }, Quiet.With(StatusCount.RedisFailures, 2)).State.Should().Be(StatusState.Healthy);
        Judge(Alone with { RedisTrouble = RedisFailureKind.Timeout }, Quiet).State.Should().Be(StatusState.Healthy);
    }

    [Fact]
    public void Customers_that_are_evicted_and_come_back_say_that_the_bound_is_too_small()
    {
        var counts = Quiet.With(StatusCount.Evictions, 200).With(StatusCount.Returns, 100).With(StatusCount.CacheMisses, 1_000);

        var verdict = Judge(Well, counts);

        Only(verdict).Should().Be(CauseNames.MemoryTooSmall);
        verdict.Causes[0].Text.Should().Contain("100 customers").And.Contain("CACHE_MAX_SIZE_BYTES (now 64.0 MiB)");
        Judge(Well, counts.With(StatusCount.Returns, 99)).State.Should().Be(StatusState.Healthy, "most of those read were not there before");
        Judge(Well, Quiet.With(StatusCount.Evictions, 10_000)).State.Should().Be(StatusState.Healthy, "nobody misses them");
        Only(Judge(Well, Quiet.With(StatusCount.Refusals, 10))).Should().Be(CauseNames.MemoryTooSmall);
    }

    [Theory]
    [InlineData(0, CauseNames.ClusterAlone)]
    [InlineData(1, CauseNames.ClusterAlone)]
    [InlineData(2, CauseNames.ClusterIncomplete)]
    [InlineData(3, null)]
    public void Missing_members_of_the_cluster_are_told_after_half_a_minute(int members, string? name)
    {
        var facts = Alone with { IsClustered = true, Members = members, MembersExpected = 3 };

        Judge(facts, Quiet).Causes.Select(cause => cause.Name).Should().Equal(name is null ? [] : [name]);
        Judge(facts with { Uptime = TimeSpan.FromSeconds(29) }, Quiet).State.Should().Be(StatusState.Healthy);
    }

    [Fact]
    public void Silent_owners_are_told() =>
        Only(Judge(Alone with { IsClustered = true, Members = 3, MembersExpected = 3 }, Quiet.With(StatusCount.StandIns, 10)))
            .Should().Be(CauseNames.ClusterOwnersSilent);

    [Fact]
    public void Usage_that_is_not_reported_or_may_be_missing_is_told() =>
        Judge(Alone, Quiet.With(StatusCount.ReportsFailed, 1).With(StatusCount.ReportsUncertain, 1)).Causes.Select(cause => cause.Name)
            .Should().Equal(CauseNames.ReportsFailing, CauseNames.ReportsUncertain);

    [Fact]
    public void Old_and_slow_answers_are_told()
    {
        Only(Judge(Alone, Quiet.With(AnswerSource.Stale, 10))).Should().Be(CauseNames.StaleAnswers);
        var slow = new long[20];
        slow[15] = 100;
        Only(Judge(Alone, Quiet.With(AnswerSource.Upstream, 100).WithLatencies(slow))).Should().Be(CauseNames.SlowAnswers);
    }

    [Fact]
    public void A_service_that_is_not_ready_or_ends_is_down()
    {
        Only(Judge(Well with { NotReadyFor = ["it waits"] }, Quiet, StatusState.Down)).Should().Be(CauseNames.NotReady);
        Only(Judge(Well with { NotReadyFor = ["it ends"], IsEnding = true }, Quiet, StatusState.Down)).Should().Be(CauseNames.Ending);
    }

    [Fact]
    public void Causes_stand_in_the_order_of_their_importance_and_each_has_its_own_name()
    {
        var facts = Well with
        {
            NotReadyFor = ["it waits"],
            Key = KeyState.Invalid,
            IsStreamUp = false,
            StreamDownFor = TimeSpan.FromMinutes(1),
            RedisTrouble = RedisFailureKind.OutOfMemory,
            IsClustered = true,
            MembersExpected = 2,
        };
        var counts = Quiet.With(AnswerSource.Default, 100).With(UpdateSocketFault.Closed, 3).With(StatusCount.Refusals, 20)
            .With(StatusCount.ReportsFailed, 1).With(StatusCount.ReportsUncertain, 1);

        var names = Judge(facts, counts).Causes.Select(cause => cause.Name).ToList();

        names.Should().HaveCount(8).And.Equal(CauseNames.All.Where(names.Contains));
        CauseNames.All.Should().OnlyHaveUniqueItems();
    }

    private static StatusVerdict Judge(StatusFacts facts, StatusCounts counts, StatusState? expected = null, StatusCounts? moment = null)
    {
        var rates = new StatusRates(TimeSpan.FromMinutes(1), counts);
        var verdict = StatusRules.Judge(facts, rates with { Counts = moment ?? counts }, rates, rates);
        if (expected is { } state)
            verdict.State.Should().Be(state);
        verdict.Causes.Should().NotContain(cause => cause.What.EndsWith('.') || !(cause.Advice.EndsWith('.') || cause.Advice.EndsWith('?')));
        return verdict;
    }

    private static string Only(StatusVerdict verdict) => verdict.Causes.Should().ContainSingle().Subject.Name;
}
