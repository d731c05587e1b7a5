using Sidecar.Actors.Metrics;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Redis;

public sealed class RedisBreakerSpecs
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private readonly VirtualTime _time = new();
    private readonly ProcessClock _clock;
    private readonly Gauge _shown = new();
    private readonly RedisBreaker _breaker;

    public RedisBreakerSpecs()
    {
        _clock = new ProcessClock(_time);
        _breaker = new RedisBreaker(_clock, _shown);
    }

    [Fact]
    public void It_opens_when_so_many_in_a_row_had_no_answer_and_not_before()
    {
        Miss(RedisBreaker.Threshold - 1);
        _breaker.MayPass(out var isTrial).Should().BeTrue();
        isTrial.Should().BeFalse();
        _shown.Value.Should().Be(0);

        Miss(1);
        _breaker.IsOpen.Should().BeTrue();
        _breaker.MayPass(out _).Should().BeFalse();
        _shown.Value.Should().Be(1);
    }

    [Fact]
    public void An_answer_in_between_begins_the_row_anew()
    {
        Miss(RedisBreaker.Threshold - 1);
        _breaker.Answered();
        _time.Advance(Instant);
        Miss(RedisBreaker.Threshold - 1);

        _breaker.IsOpen.Should().BeFalse();
    }

    [Fact]
    public void What_others_were_answered_since_it_was_sent_shows_that_redis_is_slow_and_does_not_hang()
    {
        var sentAt = _clock.Uptime;
        _time.Advance(Instant);
        _breaker.Answered();
        for (var i = 0; i < 2 * RedisBreaker.Threshold; i++)
            _breaker.NotAnswered(sentAt);

        _breaker.IsOpen.Should().BeFalse();
    }

    [Fact]
    public void While_it_is_open_one_a_second_goes_through()
    {
        Miss(RedisBreaker.Threshold);
        _time.Advance(RedisBreaker.TrialInterval - Instant);
        _breaker.MayPass(out _).Should().BeFalse();

        _time.Advance(Instant);
        _breaker.MayPass(out var isTrial).Should().BeTrue();
        isTrial.Should().BeTrue();
        _breaker.MayPass(out _).Should().BeFalse();
        Miss(1);
        _breaker.MayPass(out _).Should().BeFalse();

        _time.Advance(RedisBreaker.TrialInterval);
        _breaker.MayPass(out _).Should().BeTrue();
    }

    [Fact]
    public void Any_answer_closes_it()
    {
        Miss(RedisBreaker.Threshold);
        _breaker.Answered();

        _breaker.MayPass(out var isTrial).Should().BeTrue();
        isTrial.Should().BeFalse();
        _shown.Value.Should().Be(0);
    }

    private void Miss(int count)
    {
        for (var i = 0; i < count; i++)
            _breaker.NotAnswered(_clock.Uptime);
    }
}
