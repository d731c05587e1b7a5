using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class BackoffSpecs
{
    [Theory]
    [InlineData(1, 0.5, 5)]
    [InlineData(2, 0.5, 10)]
    [InlineData(3, 0.5, 20)]
    [InlineData(4, 0.5, 40)]
    [InlineData(5, 0.5, 40)]
    [InlineData(1, 0.0, 2.5)]
    [InlineData(1, 0.25, 3.75)]
    [InlineData(1, 1.0, 7.5)]
    [InlineData(4, 0.0, 20)]
    [InlineData(4, 1.0, 60)]
    [InlineData(1000, 0.0, 20)]
    [InlineData(1000, 1.0, 60)]
    public void A_read_that_stays_expired_waits_5_seconds_plus_or_minus_half_doubling_to_60(int failures, double jitter, double seconds) =>
        Backoff.ExpiredRead.Delay(failures, jitter).Should().Be(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData(1, 0.5, 0.5)]
    [InlineData(2, 0.5, 1)]
    [InlineData(6, 0.5, 16)]
    [InlineData(100, 1.0, 30)]
    public void A_restart_waits_half_a_second_doubling_to_30(int failures, double jitter, double seconds) =>
        Backoff.Restart.Delay(failures, jitter).Should().Be(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void A_retry_of_a_read_waits_at_most_2_seconds()
    {
        for (var failures = 1; failures < 70; failures++)
        {
            Backoff.EdgeRetry.Delay(failures, jitter: 1)
                .Should().BeGreaterThan(TimeSpan.Zero).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public void A_retry_of_a_query_to_the_API_waits_from_half_a_second_to_2()
    {
        for (var failures = 1; failures < 70; failures++)
        {
            foreach (var jitter in new[] { 0, 0.5, 1 })
                Backoff.ApiRetry.Delay(failures, jitter).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.5)).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public void Three_tries_of_a_hanging_cloud_end_within_the_time_of_a_read()
    {
        var pauses = Backoff.EdgeRetry.Delay(1, jitter: 1) + Backoff.EdgeRetry.Delay(2, jitter: 1);

        (pauses + (3 * TimeSpan.FromSeconds(3))).Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    public static TheoryData<string, Backoff> All() => new()
    {
        { nameof(Backoff.Restart), Backoff.Restart },
        { nameof(Backoff.ExpiredRead), Backoff.ExpiredRead },
        { nameof(Backoff.EdgeRetry), Backoff.EdgeRetry },
        { nameof(Backoff.ApiRetry), Backoff.ApiRetry },
        { "the shortest", new Backoff(Given.Tick, TimeSpan.FromHours(1)) },
        { "the longest", new Backoff(TimeSpan.FromDays(1), TimeSpan.FromDays(1000)) },
    };

    [Theory]
    [MemberData(nameof(All))]
    public void No_delay_is_above_the_cap_or_shorter_than_the_one_before(string name, Backoff backoff)
    {
        foreach (var jitter in new[] { 0, 0.3, 0.999 })
        {
            var before = TimeSpan.Zero;
            for (var failures = 1; failures <= 200; failures++)
            {
                var delay = backoff.Delay(failures, jitter);
                delay.Should().BeLessThanOrEqualTo(backoff.Cap, name).And.BeGreaterThanOrEqualTo(before, name);
                before = delay;
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void At_the_cap_delays_stay_spread(string name, Backoff backoff)
    {
        var jitters = Enumerable.Range(0, 100).Select(i => i / 100.0).ToList();

        jitters.Select(j => backoff.Delay(200, j)).Distinct().Should().HaveCount(jitters.Count, name);
    }

    [Fact]
    public void A_jitter_out_of_bounds_and_a_failure_that_is_none_count_as_the_nearest()
    {
        Backoff.ExpiredRead.Delay(1, jitter: -5).Should().Be(Backoff.ExpiredRead.Delay(1, jitter: 0));
        Backoff.ExpiredRead.Delay(1, jitter: 5).Should().Be(Backoff.ExpiredRead.Delay(1, jitter: 1));
        Backoff.ExpiredRead.Delay(0, jitter: 0.5).Should().Be(Backoff.ExpiredRead.Delay(1, jitter: 0.5));
        Backoff.ExpiredRead.Delay(int.MaxValue, jitter: 0.5).Should().Be(Backoff.ExpiredRead.Delay(100, jitter: 0.5));
    }
}
