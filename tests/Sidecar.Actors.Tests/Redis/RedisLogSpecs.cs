using Microsoft.Extensions.Logging;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Redis;

public sealed class RedisLogSpecs : IDisposable
{
    private const int Gone = 500;
    private const int Back = 501;
    private readonly VirtualTime _time = new();
    private readonly LogCapture _logged = new();
    private readonly RedisMetrics _metrics = new();
    private readonly RedisLog _log;

    public RedisLogSpecs() => _log = new RedisLog(_logged.CreateLogger("redis"), _time, _metrics);

    public void Dispose() => _logged.Dispose();

    [Fact]
    public void The_present_trouble_is_shown_until_it_is_over()
    {
        _metrics.Troubles.Should().NotContain(trouble => trouble.IsPresent);

        Fail(RedisFailureKind.Timeout);
        _metrics.Trouble.Should().Be(RedisFailureKind.Timeout);
        Fail(RedisFailureKind.Unreachable);

        _metrics.Troubles.Where(trouble => trouble.IsPresent).Select(trouble => trouble.Kind).Should().Equal("unreachable");
        _log.Succeeded(isWrite: false);
        _metrics.Trouble.Should().BeNull();
    }

    [Fact]
    public void A_write_that_was_refused_is_the_trouble_until_one_is_taken()
    {
        _log.Failed(new RedisFailureException(RedisFailureKind.OutOfMemory, "OOM"), isWrite: true);
        Fail(RedisFailureKind.Timeout);
        _log.Succeeded(isWrite: false);

        _metrics.Trouble.Should().Be(RedisFailureKind.OutOfMemory);
        _log.Succeeded(isWrite: true);
        _metrics.Trouble.Should().BeNull();
    }

    [Fact]
    public void There_is_one_line_when_it_goes_and_one_when_it_is_back_with_the_count()
    {
        for (var i = 0; i < 1000; i++)
            Fail(RedisFailureKind.Unreachable);
        _log.Succeeded(isWrite: false);
        _log.Succeeded(isWrite: true);

        _logged.Of(Gone).Should().ContainSingle().Which.Text.Should().Contain("Unreachable");
        _logged.Of(Back).Should().ContainSingle().Which.Text.Should().Contain("1000 failures");
        _logged.Lines.Should().HaveCount(2);
    }

    [Fact]
    public void An_outage_that_shows_itself_in_turns_as_time_outs_and_lost_connections_is_one_however_long_it_takes()
    {
        for (var minute = 0; minute < 10; minute++)
        {
            Fail(RedisFailureKind.Timeout);
            Fail(RedisFailureKind.Unreachable);
            Fail(RedisFailureKind.Overloaded);
            _time.Advance(TimeSpan.FromMinutes(1.5));
        }

        _log.Succeeded(isWrite: false);

        _logged.Lines.Should().HaveCount(2);
    }

    [Fact]
    public void Another_cause_has_a_line_of_its_own()
    {
        Fail(RedisFailureKind.Unreachable);
        Fail(RedisFailureKind.Denied);
        Fail(RedisFailureKind.Unreachable);
        Fail(RedisFailureKind.Denied);

        _logged.Of(Gone).Should().HaveCount(2);
    }

    [Fact]
    public void One_that_comes_and_goes_has_a_line_a_minute()
    {
        for (var second = 0; second < 61; second++)
        {
            Fail(RedisFailureKind.Unreachable);
            _log.Succeeded(isWrite: true);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _logged.Of(Gone).Should().HaveCount(2);
        _logged.Of(Back).Should().HaveCount(2, "each that was told to be gone is told to be back");
    }

    [Fact]
    public void An_outage_that_begins_within_the_quiet_minute_is_told_when_it_lasts_beyond_it_and_so_is_its_end()
    {
        Fail(RedisFailureKind.Unreachable);
        _log.Succeeded(isWrite: true);
        _time.Advance(TimeSpan.FromSeconds(20));

        for (var second = 0; second < 300; second++)
        {
            Fail(RedisFailureKind.Unreachable);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _logged.Of(Gone).Should().HaveCount(2);
        _log.Succeeded(isWrite: true);
        _logged.Of(Back).Should().HaveCount(2);
        _logged.Of(Back)[1].Text.Should().Contain("300 failures");
    }

    [Fact]
    public void One_that_comes_and_goes_every_two_seconds_has_a_line_a_minute_for_each_cause_and_its_end()
    {
        for (var second = 0; second < 600; second += 2)
        {
            Fail(second % 4 == 0 ? RedisFailureKind.Unreachable : RedisFailureKind.Denied);
            _time.Advance(TimeSpan.FromSeconds(1));
            _log.Succeeded(isWrite: true);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _logged.Lines.Count.Should().BeLessThanOrEqualTo(4 * 11);
    }

    [Theory]
    [InlineData(RedisFailureKind.ReadOnly)]
    [InlineData(RedisFailureKind.OutOfMemory)]
    [InlineData(RedisFailureKind.Denied)]
    [InlineData(RedisFailureKind.Error)]
    public void A_read_does_not_tell_that_writes_are_taken_again(RedisFailureKind kind)
    {
        _log.Failed(new RedisFailureException(kind, "no"), isWrite: true);
        _log.Succeeded(isWrite: false);
        _logged.Of(Back).Should().BeEmpty();

        _log.Succeeded(isWrite: true);
        _logged.Of(Back).Should().ContainSingle();
    }

    [Fact]
    public void A_read_tells_that_a_server_is_back_where_writes_failed_for_want_of_one()
    {
        _log.Failed(new RedisFailureException(RedisFailureKind.Timeout, "no"), isWrite: true);
        _log.Succeeded(isWrite: false);

        _logged.Of(Back).Should().ContainSingle();
    }

    [Fact]
    public void A_cluster_is_an_error_that_says_what_is_expected()
    {
        Fail(RedisFailureKind.Cluster);

        var line = _logged.Lines.Should().ContainSingle().Subject;
        line.Level.Should().Be(LogLevel.Error);
        line.Text.Should().Contain("Redis Cluster").And.Contain("REDIS_SENTINEL_MASTER");
    }

    [Fact]
    public void What_can_t_be_read_is_told_once_a_minute_with_the_count_since()
    {
        _log.Unreadable(1);
        _log.Unreadable(2);
        _log.Unreadable(3);
        _time.Advance(TimeSpan.FromMinutes(1));
        _log.Unreadable(4);

        _logged.Of(503).Select(line => line.Text[..1]).Should().Equal("1", "9");
    }

    [Fact]
    public void An_ambiguous_id_is_told_once()
    {
        _log.Ambiguous();
        _log.Ambiguous();

        _logged.Of(504).Should().ContainSingle();
    }

    [Fact]
    public void A_setting_that_does_not_fit_the_server_is_an_error()
    {
        Fail(RedisFailureKind.Settings);

        var line = _logged.Of(505).Should().ContainSingle().Subject;
        line.Level.Should().Be(LogLevel.Error);
        line.Text.Should().Contain("nothing is read from it or written to it");
    }

    private void Fail(RedisFailureKind kind) => _log.Failed(new RedisFailureException(kind, "it is gone"));
}
