using FluentAssertions;
using Sidecar.Actors.Cloud;
using Sidecar.Host.Configuration;
using Sidecar.Host.Health;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class ReadinessRulesSpecs
{
    private static readonly TimeSpan LongUp = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(KeyState.Unknown)]
    [InlineData(KeyState.Missing)]
    [InlineData(KeyState.Valid)]
    [InlineData(KeyState.Invalid)]
    public void Serving_asks_for_the_port_alone(KeyState key)
    {
        var facts = Open(ReadyWhen.Serving) with { Key = key };

        Judge(facts).IsReady.Should().BeTrue();
        Judge(facts with { IsOpen = false }).Reasons.Should().Equal(ReadinessRules.NotOpen);
    }

    [Theory]
    [InlineData(KeyState.Unknown, 0, false)]
    [InlineData(KeyState.Unknown, 29.9, false)]
    [InlineData(KeyState.Unknown, 30, true)]
    [InlineData(KeyState.Valid, 0, true)]
    [InlineData(KeyState.Invalid, 0, false)]
    [InlineData(KeyState.Invalid, 30, false)]
    [InlineData(KeyState.Invalid, 86_400, false)]
    [InlineData(KeyState.Missing, 86_400, false)]
    public void Data_waits_for_the_key_but_not_for_ever_for_a_cloud_out_of_reach(KeyState key, double uptime, bool expected) =>
        Judge(Open(ReadyWhen.Data) with { Key = key, KeyAge = TimeSpan.FromSeconds(uptime) }).IsReady.Should().Be(expected);

    [Theory]
    [InlineData(KeyState.Missing, false, 0, true)]
    [InlineData(KeyState.Unknown, true, 0, true)]
    [InlineData(KeyState.Unknown, false, 2.9, false)]
    [InlineData(KeyState.Unknown, false, 3, true)]
    [InlineData(KeyState.Valid, true, 0, true)]
    [InlineData(KeyState.Invalid, true, 0, false)]
    [InlineData(KeyState.Invalid, true, 86_400, false)]
    public void Data_may_come_from_a_fallback_or_redis_but_a_key_that_is_refused_stops_it(
        KeyState key, bool wasAsked, double uptime, bool expected)
    {
        var facts = Open(ReadyWhen.Data) with { Key = key, WasCloudAsked = wasAsked, KeyAge = TimeSpan.FromSeconds(uptime) };

        Judge(facts with { HasGlobalFallback = true }).IsReady.Should().Be(expected);
        Judge(facts with { IsRedisLoaded = true }).IsReady.Should().Be(expected);
    }

    [Theory]
    [InlineData(29.9, false)]
    [InlineData(30, true)]
    public void What_is_read_at_the_start_is_waited_for_but_not_for_ever(double uptime, bool expected)
    {
        var facts = Open(ReadyWhen.Serving) with
        {
            WarmUp = (120, 5000),
            WarmUpPatience = TimeSpan.FromSeconds(30),
            Uptime = TimeSpan.FromSeconds(uptime),
        };

        Judge(facts).IsReady.Should().Be(expected);
        Judge(facts with { WarmUp = null }).IsReady.Should().BeTrue();
        if (!expected)
            Judge(facts).Reasons.Should().ContainSingle().Which.Should().Contain("120 of 5000 entries").And.Contain("30 s after its start");
    }

    [Theory]
    [InlineData(KeyState.Unknown)]
    [InlineData(KeyState.Missing)]
    public void Offline_there_is_nothing_to_wait_for(KeyState key) =>
        Judge(Open(ReadyWhen.Data) with { Key = key, IsOffline = true }).IsReady.Should().BeTrue();

    [Theory]
    [InlineData(KeyState.Unknown, false)]
    [InlineData(KeyState.Missing, false)]
    [InlineData(KeyState.Valid, true)]
    [InlineData(KeyState.Invalid, false)]
    public void Cloud_asks_for_a_valid_key_however_long_it_takes_and_whatever_else_there_is(KeyState key, bool expected) =>
        Judge(Open(ReadyWhen.Cloud) with { Key = key, KeyAge = LongUp, HasGlobalFallback = true, IsRedisLoaded = true })
            .IsReady.Should().Be(expected);

    [Fact]
    public void Cloud_waits_for_the_stream_where_there_is_to_be_one()
    {
        var facts = Open(ReadyWhen.Cloud) with { Key = KeyState.Valid, IsStreamAwaited = true };

        Judge(facts).Reasons.Should().ContainSingle().Which.Should().Contain("stream");
        Judge(facts with { IsStreamUp = true }).IsReady.Should().BeTrue();
        Judge(facts with { Key = KeyState.Unknown, IsStreamUp = true }).IsReady.Should().BeFalse();
    }

    [Fact]
    public void Cloud_and_offline_contradict_each_other_and_the_reason_says_so() =>
        Judge(Open(ReadyWhen.Cloud) with { IsOffline = true }).Reasons.Should().ContainSingle().Which.Should().Contain("OFFLINE");

    [Theory]
    [InlineData(ReadyWhen.Data)]
    [InlineData(ReadyWhen.Cloud)]
    public void What_was_true_once_is_not_asked_for_again(ReadyWhen when)
    {
        var met = Judge(Open(when) with { Key = KeyState.Valid, IsStreamAwaited = true, IsStreamUp = true });

        foreach (var key in Enum.GetValues<KeyState>())
            ReadinessRules.Judge(met, Open(when) with { Key = key, IsStreamAwaited = true }).IsReady.Should().BeTrue();
    }

    [Fact]
    public void Cluster_is_waited_for_until_this_node_was_a_member_and_no_longer_than_30_s()
    {
        var facts = Open(ReadyWhen.Serving) with { IsClusterAwaited = true, Uptime = TimeSpan.FromSeconds(29) };

        Judge(facts).Reasons.Should().ContainSingle().Which.Should().StartWith("CLUSTER_ENABLED: ");
        Judge(facts with { IsClusterAwaited = false }).IsReady.Should().BeTrue();
        Judge(facts with { Uptime = TimeSpan.FromSeconds(30) }).IsReady.Should().BeTrue();
    }

    [Fact]
    public void What_was_true_before_the_port_was_open_counts()
    {
        var before = Judge(Open(ReadyWhen.Data) with { IsOpen = false, Key = KeyState.Valid });

        before.Reasons.Should().Equal(ReadinessRules.NotOpen);
        ReadinessRules.Judge(before, Open(ReadyWhen.Data) with { Key = KeyState.Invalid }).IsReady.Should().BeTrue();
    }

    [Fact]
    public void Key_that_turns_out_invalid_while_it_is_waited_for_keeps_the_service_unready()
    {
        var verdict = Judge(Open(ReadyWhen.Data) with { KeyAge = TimeSpan.FromSeconds(10) });
        verdict = ReadinessRules.Judge(verdict, Open(ReadyWhen.Data) with { Key = KeyState.Invalid, KeyAge = TimeSpan.FromSeconds(20) });
        verdict = ReadinessRules.Judge(verdict, Open(ReadyWhen.Data) with { Key = KeyState.Invalid, KeyAge = LongUp });

        verdict.Reasons.Should().ContainSingle().Which.Should().Contain("SERVER_API_KEY").And.Contain("invalid");
        ReadinessRules.Judge(verdict, Open(ReadyWhen.Data) with { Key = KeyState.Valid }).IsReady.Should().BeTrue();
    }

    [Theory]
    [InlineData(ReadyWhen.Serving)]
    [InlineData(ReadyWhen.Data)]
    [InlineData(ReadyWhen.Cloud)]
    public void Ending_makes_it_unready_whatever_was_true(ReadyWhen when)
    {
        var ready = Judge(Open(when) with { Key = KeyState.Valid });

        ReadinessRules.Judge(ready, Open(when) with { Key = KeyState.Valid, IsEnding = true }).Reasons.Should().Equal(ReadinessRules.Ending);
    }

    [Theory]
    [InlineData(ReadyWhen.Data)]
    [InlineData(ReadyWhen.Cloud)]
    public void Missing_key_is_named(ReadyWhen when) => Judge(Open(when) with { Key = KeyState.Missing }).Reasons
        .Should().ContainSingle().Which.Should().Contain("SERVER_API_KEY is missing").And.Contain($"READY_WHEN={when}".ToLowerInvariant()[11..]);

    [Fact]
    public void All_reasons_are_given() =>
        Judge(new ReadinessFacts { When = ReadyWhen.Cloud, IsEnding = true }).Reasons.Should().HaveCount(3);

    private static ReadinessFacts Open(ReadyWhen when) => new() { When = when, IsOpen = true };

    private static ReadinessVerdict Judge(ReadinessFacts facts) => ReadinessRules.Judge(ReadinessVerdict.Initial, facts);
}
