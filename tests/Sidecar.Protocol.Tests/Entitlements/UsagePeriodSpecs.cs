using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sidecar.Protocol.Entitlements;
using Xunit;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;

namespace Sidecar.Protocol.Tests.Entitlements;

public class UsagePeriodSpecs
{
    private const EntitlementResetPeriod Hour = EntitlementResetPeriod.Hour;
    private const EntitlementResetPeriod Day = EntitlementResetPeriod.Day;
    private const EntitlementResetPeriod Week = EntitlementResetPeriod.Week;
    private const EntitlementResetPeriod Month = EntitlementResetPeriod.Month;
    private const EntitlementResetPeriod Year = EntitlementResetPeriod.Year;

    [Theory]
    // 31 January + 1 month is the last day of February, + 2 months 31 March.
    [InlineData(Month, "2026-01-31T00:00Z", "2026-02-01T00:00Z", "2026-01-31T00:00Z", "2026-02-28T00:00Z")]
    [InlineData(Month, "2026-01-31T00:00Z", "2026-02-28T00:00Z", "2026-02-28T00:00Z", "2026-03-31T00:00Z")]
    [InlineData(Month, "2026-01-31T00:00Z", "2026-03-30T23:59:59.9999999Z", "2026-02-28T00:00Z", "2026-03-31T00:00Z")]
    [InlineData(Month, "2026-01-31T00:00Z", "2026-03-31T00:00Z", "2026-03-31T00:00Z", "2026-04-30T00:00Z")]
    [InlineData(Month, "2028-01-31T00:00Z", "2028-02-28T12:00Z", "2028-01-31T00:00Z", "2028-02-29T00:00Z")]
    [InlineData(Month, "2028-01-31T00:00Z", "2028-02-29T00:00Z", "2028-02-29T00:00Z", "2028-03-31T00:00Z")]
    // The days 29 and 30, and the year's end.
    [InlineData(Month, "2026-01-29T06:00Z", "2026-02-28T05:59Z", "2026-01-29T06:00Z", "2026-02-28T06:00Z")]
    [InlineData(Month, "2026-01-30T06:00Z", "2026-03-01T00:00Z", "2026-02-28T06:00Z", "2026-03-30T06:00Z")]
    [InlineData(Month, "2025-12-31T00:00Z", "2026-01-01T00:00Z", "2025-12-31T00:00Z", "2026-01-31T00:00Z")]
    // The anchor's time of day counts.
    [InlineData(Month, "2026-01-15T10:30Z", "2026-03-15T10:29:59Z", "2026-02-15T10:30Z", "2026-03-15T10:30Z")]
    [InlineData(Month, "2026-01-15T10:30Z", "2026-03-15T10:30:00Z", "2026-03-15T10:30Z", "2026-04-15T10:30Z")]
    // The anchor itself, and one that is yet to come.
    [InlineData(Month, "2026-01-31T00:00Z", "2026-01-31T00:00Z", "2026-01-31T00:00Z", "2026-02-28T00:00Z")]
    [InlineData(Month, "2026-05-31T00:00Z", "2026-02-10T00:00Z", "2026-01-31T00:00Z", "2026-02-28T00:00Z")]
    [InlineData(Month, "2026-05-31T00:00Z", "2026-05-30T23:59Z", "2026-04-30T00:00Z", "2026-05-31T00:00Z")]
    [InlineData(Year, "2028-07-01T00:00Z", "2026-07-01T00:00Z", "2026-07-01T00:00Z", "2027-07-01T00:00Z")]
    [InlineData(Hour, "2026-05-31T00:30Z", "2026-05-30T12:00Z", "2026-05-30T11:30Z", "2026-05-30T12:30Z")]
    // Years from 29 February: 28 February in common years; 1900 was one, 2000 was not.
    [InlineData(Year, "2024-02-29T00:00Z", "2025-02-27T23:59Z", "2024-02-29T00:00Z", "2025-02-28T00:00Z")]
    [InlineData(Year, "2024-02-29T00:00Z", "2025-02-28T00:00Z", "2025-02-28T00:00Z", "2026-02-28T00:00Z")]
    [InlineData(Year, "2024-02-29T00:00Z", "2028-02-28T23:59Z", "2027-02-28T00:00Z", "2028-02-29T00:00Z")]
    [InlineData(Year, "1896-02-29T00:00Z", "1900-03-01T00:00Z", "1900-02-28T00:00Z", "1901-02-28T00:00Z")]
    [InlineData(Year, "1896-02-29T00:00Z", "2000-02-29T00:00Z", "2000-02-29T00:00Z", "2001-02-28T00:00Z")]
    // Centuries on.
    [InlineData(Month, "1826-01-31T00:00Z", "2026-02-28T00:00Z", "2026-02-28T00:00Z", "2026-03-31T00:00Z")]
    [InlineData(Week, "1900-01-01T00:00Z", "2026-10-02T12:00Z", "2026-09-28T00:00Z", "2026-10-05T00:00Z")]
    [InlineData(Day, "1900-01-01T06:00Z", "2026-10-02T05:00Z", "2026-10-01T06:00Z", "2026-10-02T06:00Z")]
    [InlineData(Hour, "1900-01-01T00:15Z", "2026-10-02T12:14Z", "2026-10-02T11:15Z", "2026-10-02T12:15Z")]
    // UTC decides which day it is, and how long one is: no summer time.
    [InlineData(Month, "2026-01-31T22:00-05:00", "2026-02-28T22:00-05:00", "2026-03-01T03:00Z", "2026-04-01T03:00Z")]
    [InlineData(Month, "2026-03-01T01:00+02:00", "2026-03-15T00:00+02:00", "2026-02-28T23:00Z", "2026-03-28T23:00Z")]
    [InlineData(Day, "2026-03-28T00:00+01:00", "2026-03-29T12:00+02:00", "2026-03-28T23:00Z", "2026-03-29T23:00Z")]
    // The calendar's edges, as far as the period lies within it.
    [InlineData(Hour, "0001-01-01T00:00Z", "0001-01-01T00:59Z", "0001-01-01T00:00Z", "0001-01-01T01:00Z")]
    [InlineData(Month, "9999-11-01T00:00Z", "9999-11-30T00:00Z", "9999-11-01T00:00Z", "9999-12-01T00:00Z")]
    [InlineData(Year, "0001-01-01T00:00Z", "9998-12-31T23:59Z", "9998-01-01T00:00Z", "9999-01-01T00:00Z")]
    public void A_period_starts_and_ends_a_whole_number_of_periods_from_the_anchor(
        EntitlementResetPeriod period, string anchor, string now, string start, string end)
    {
        var holding = UsagePeriod.Holding(Given.Date(anchor), period, Given.Date(now));

        holding.Should().Be(new UsagePeriod(Given.Date(start), Given.Date(end)));
        holding!.Value.Start.Offset.Should().Be(TimeSpan.Zero, "periods are in UTC");
        holding.Value.End.Offset.Should().Be(TimeSpan.Zero, "periods are in UTC");
    }

    [Theory]
    [InlineData(Month, "0001-01-15T00:00Z", "0001-01-14T23:59Z")]
    [InlineData(Year, "0001-02-01T00:00Z", "0001-01-31T00:00Z")]
    [InlineData(Year, "2026-02-01T00:00Z", "0001-01-31T00:00Z")]
    [InlineData(Week, "0001-01-03T00:00Z", "0001-01-02T00:00Z")]
    [InlineData(Day, "0001-01-01T12:00Z", "0001-01-01T11:00Z")]
    [InlineData(Hour, "2026-01-01T00:30Z", "0001-01-01T00:29Z")]
    [InlineData(Month, "2026-01-31T00:00Z", "9999-12-31T00:00Z")]
    [InlineData(Year, "2026-01-31T00:00Z", "9999-01-31T00:00Z")]
    [InlineData(Week, "2026-01-31T00:00Z", "9999-12-31T12:00Z")]
    [InlineData(Day, "2026-01-31T00:00Z", "9999-12-31T12:00Z")]
    [InlineData(Hour, "2026-01-31T00:00Z", "9999-12-31T23:59:59.9999999Z")]
    public void A_period_that_reaches_beyond_the_calendar_is_none(EntitlementResetPeriod period, string anchor, string now) =>
        UsagePeriod.Holding(Given.Date(anchor), period, Given.Date(now)).Should().BeNull();

    [Theory]
    [InlineData(EntitlementResetPeriod.Unspecified)]
    [InlineData((EntitlementResetPeriod)99)]
    public void A_length_that_is_not_known_makes_no_period(EntitlementResetPeriod period) =>
        UsagePeriod.Holding(Given.Day(1), period, Given.Now).Should().BeNull();

    [Property(Arbitrary = [typeof(Cases)], MaxTest = 1000)]
    public void A_period_is_the_one_that_a_walk_from_the_anchor_finds(Case c)
    {
        var holding = UsagePeriod.Holding(c.Anchor, c.Period, c.Now)!.Value;

        var (start, end) = Walk(c);
        holding.Should().Be(new UsagePeriod(start, end));
        holding.Start.Should().BeOnOrBefore(c.Now);
        holding.End.Should().BeAfter(c.Now);
    }

    [Property(Arbitrary = [typeof(Cases)], MaxTest = 1000)]
    public void One_period_ends_where_the_next_begins(Case c)
    {
        var holding = UsagePeriod.Holding(c.Anchor, c.Period, c.Now)!.Value;

        UsagePeriod.Holding(c.Anchor, c.Period, holding.End)!.Value.Start.Should().Be(holding.End);
        UsagePeriod.Holding(c.Anchor, c.Period, holding.Start - Given.Tick)!.Value.End.Should().Be(holding.Start);
        UsagePeriod.Holding(c.Anchor, c.Period, holding.Start).Should().Be(holding);
        UsagePeriod.Holding(c.Anchor, c.Period, holding.End - Given.Tick).Should().Be(holding);
    }

    [Property(Arbitrary = [typeof(Cases)], MaxTest = 300)]
    public void The_zone_an_instant_is_written_in_makes_no_difference(Case c, sbyte anchorZone, sbyte nowZone)
    {
        var anchor = c.Anchor.ToOffset(TimeSpan.FromMinutes(anchorZone * 6));
        var now = c.Now.ToOffset(TimeSpan.FromMinutes(nowZone * 6));

        UsagePeriod.Holding(anchor, c.Period, now).Should().Be(UsagePeriod.Holding(c.Anchor, c.Period, c.Now));
    }

    [Property(Arbitrary = [typeof(Cases)], MaxTest = 2000)]
    public void At_any_two_instants_of_the_calendar_there_is_the_period_or_none_but_never_a_failure(Anywhere anywhere)
    {
        var (anchor, period, now) = anywhere.Case;

        if (UsagePeriod.Holding(anchor, period, now) is { } holding)
        {
            holding.Start.Should().BeOnOrBefore(now);
            holding.End.Should().BeAfter(now);
        }
        else
        {
            var year = TimeSpan.FromDays(366);
            (now - DateTimeOffset.MinValue < year || DateTimeOffset.MaxValue - now < year)
                .Should().BeTrue("only near the calendar's ends does a period reach beyond it");
        }
    }

    // Counts calendars on fingers: step by step from the anchor, with a calendar of its own.
    private static (DateTimeOffset Start, DateTimeOffset End) Walk(Case c)
    {
        var n = 0;
        while (Step(c, n + 1) <= c.Now)
            n++;
        while (Step(c, n) > c.Now)
            n--;
        return (Step(c, n), Step(c, n + 1));
    }

    private static DateTimeOffset Step(Case c, int n) => c.Period switch
    {
        Hour => c.Anchor.AddHours(n),
        Day => c.Anchor.AddDays(n),
        Week => c.Anchor.AddDays(7.0 * n),
        Month => Monthly(c.Anchor, n),
        _ => Monthly(c.Anchor, 12 * n),
    };

    private static DateTimeOffset Monthly(DateTimeOffset anchor, int months)
    {
        var (year, month) = (anchor.Year, anchor.Month);
        for (; months > 0; months--)
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1);
        for (; months < 0; months++)
            (year, month) = month == 1 ? (year - 1, 12) : (year, month - 1);
        var isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        var days = month switch
        {
            2 => isLeap ? 29 : 28,
            4 or 6 or 9 or 11 => 30,
            _ => 31,
        };
        return new DateTimeOffset(year, month, Math.Min(anchor.Day, days), 0, 0, 0, TimeSpan.Zero) + anchor.TimeOfDay;
    }

    /// <summary>An anchor and an instant that a walk gets to, often at the very edge of a period.</summary>
    public sealed record Case(DateTimeOffset Anchor, EntitlementResetPeriod Period, DateTimeOffset Now);

    /// <summary>Two instants anywhere in the calendar, often near its ends.</summary>
    public sealed record Anywhere(Case Case);

    public static class Cases
    {
        private static readonly Gen<EntitlementResetPeriod> Periods = Gen.Elements(Hour, Day, Week, Month, Year);

        public static Arbitrary<Case> OfCases()
        {
            var anchors =
                from year in Gen.Frequency((1, Gen.Choose(1600, 2400)), (1, Gen.Elements(1896, 1900, 2000, 2024, 2100)))
                from month in Gen.Frequency((2, Gen.Choose(1, 12)), (1, Gen.Constant(2)))
                from day in Gen.Frequency((2, Gen.Choose(28, 31)), (1, Gen.Choose(1, 27)))
                from seconds in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Choose(0, 86_399)))
                select new DateTimeOffset(year, month, Math.Min(day, DateTime.DaysInMonth(year, month)), 0, 0, 0, TimeSpan.Zero)
                    .AddSeconds(seconds);
            var cases =
                from anchor in anchors
                from period in Periods
                from steps in Gen.Choose(-200, 700)
                from ticks in Gen.Frequency((2, Gen.Choose(-1, 1)), (1, Gen.Choose(0, int.MaxValue)))
                let edge = Step(new Case(anchor, period, anchor), steps)
                select new Case(anchor, period, edge.AddTicks(ticks));
            return Arb.From(cases);
        }

        public static Arbitrary<Anywhere> OfAnywhere()
        {
            var days = (DateTimeOffset.MaxValue - DateTimeOffset.MinValue).Days;
            var instants =
                from day in Gen.Frequency((2, Gen.Choose(0, days)), (1, Gen.Choose(0, 800)), (1, Gen.Choose(days - 800, days)))
                from second in Gen.Choose(0, 86_399)
                from tick in Gen.Choose(0, 9_999_999)
                select DateTimeOffset.MinValue.AddDays(day).AddSeconds(second).AddTicks(tick);
            var cases =
                from anchor in Gen.Frequency((6, instants), (1, Gen.Elements(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)))
                from period in Periods
                from now in Gen.Frequency((6, instants), (1, Gen.Elements(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)))
                select new Anywhere(new Case(anchor, period, now));
            return Arb.From(cases);
        }
    }
}
