using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>Reads that bring a <c>validUntil</c> that has passed.</summary>
public partial class EntryStateSpecs
{
    private static readonly EntitlementState ExpiredSet = ValidUntil(Given.Now);

    [Theory]
    [InlineData(0.5, new double[] { 5, 10, 20, 40, 40 })]
    [InlineData(0.0, new double[] { 2.5, 5, 10, 20, 20 })]
    [InlineData(1.0, new double[] { 7.5, 15, 30, 60, 60 })]
    public void A_set_that_comes_back_expired_is_served_and_read_again_after_5_seconds_doubling_to_60(double jitter, double[] seconds)
    {
        var entry = EntryState.Empty;
        var number = 0;
        foreach (var expected in seconds)
        {
            entry = Reread(entry, ExpiredSet, ++number, at: number * 100, jitter);

            PauseOf(entry, from: number * 100).Should().Be(TimeSpan.FromSeconds(expected));
        }
    }

    [Fact]
    public void While_it_is_served_it_is_fresh_and_then_it_is_expired()
    {
        var entry = Reread(EntryState.Empty, ExpiredSet, 1, at: 0);
        var rules = new FreshnessRules();

        rules.Judge(entry.View!, Given.Moment(TimeSpan.FromSeconds(5) - Given.Tick), Up, Node).Should().Be(Freshness.Fresh);
        rules.Judge(entry.View!, Given.Moment(5), Up, Node).Should().Be(Freshness.Expired);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_set_is_expired_when_its_valid_until_is_at_or_before_the_reads_end(long ticksAfterNow, bool isExpired)
    {
        var entry = Reread(EntryState.Empty, ValidUntil(Given.Now.AddTicks(ticksAfterNow)), 1, at: 0);

        (entry.ServeExpiredUntil > TimeSpan.Zero).Should().Be(isExpired);
        entry.ExpiredReads.Should().Be(isExpired ? 1 : 0);
    }

    [Fact]
    public void A_read_that_is_not_expired_ends_the_pauses()
    {
        var expired = Reread(Reread(EntryState.Empty, ExpiredSet, 1, at: 0), ExpiredSet, 2, at: 10);

        var valid = Reread(expired, ValidUntil(Given.Now.AddHours(1)), 3, at: 20);
        valid.ServeExpiredUntil.Should().Be(TimeSpan.Zero);

        PauseOf(Reread(valid, ValidUntil(Given.Now.AddHours(1)), 4, at: 4000), from: 4000)
            .Should().Be(TimeSpan.FromSeconds(5), "the doubling begins anew");
    }

    [Fact]
    public void The_pauses_go_on_doubling_when_an_owner_starts_anew()
    {
        var entry = EntryState.Empty;
        var number = 0;
        foreach (var expected in new double[] { 5, 10, 20, 40, 40 })
        {
            entry = Reread(entry, ExpiredSet, ++number, at: number * 100);
            PauseOf(entry, from: number * 100).Should().Be(TimeSpan.FromSeconds(expected));

            // Owners end after a few quiet seconds, in each of these pauses.
            entry = EntryState.From(entry.View!);
        }
    }

    [Fact]
    public void A_pause_is_that_of_the_expiry_which_the_read_brought_and_of_no_later_one()
    {
        var expired = Reread(EntryState.Empty, ExpiredSet, 1, at: 0);

        var renewed = expired.WithNews(ValidUntil(Given.Now.AddSeconds(2), day: 2), 2, Node);

        new FreshnessRules().Judge(renewed.View!, Given.Moment(1), Up, Node).Should().Be(Freshness.Fresh);
        new FreshnessRules().Judge(renewed.View!, Given.Moment(3), Up, Node)
            .Should().Be(Freshness.Expired, "no read has brought this expiry again yet");
    }

    [Fact]
    public void What_ends_while_an_expired_set_is_served_ends_the_pause()
    {
        var twice = Given.State(
            Given.Boolean("a") with { ValidUntil = Given.Now }, Given.Boolean("b") with { ValidUntil = Given.Now.AddSeconds(3) });

        var entry = Reread(EntryState.Empty, twice, 1, at: 0);

        new FreshnessRules().Judge(entry.View!, Given.Moment(2), Up, Node).Should().Be(Freshness.Fresh);
        new FreshnessRules().Judge(entry.View!, Given.Moment(3), Up, Node).Should().Be(Freshness.Expired);
        new FreshnessRules().Judge(EntryState.From(entry.View!).View!, Given.Moment(3), Up, Node).Should().Be(Freshness.Expired);
    }

    private static EntryState Reread(EntryState entry, EntitlementState result, long number, double at, double jitter = 0.5) =>
        Ended(entry.WithRead(number, Node, Given.Moment(at).Uptime), number, result, seconds: at, jitter: jitter).Entry;

    private static TimeSpan PauseOf(EntryState entry, double from) => entry.View!.ServeExpiredUntil - Given.Moment(from).Uptime;

    private static EntitlementState ValidUntil(DateTimeOffset end, int day = 1) =>
        Given.State(Given.Boolean() with { UpdatedAt = Given.Day(day), ValidUntil = end });
}
