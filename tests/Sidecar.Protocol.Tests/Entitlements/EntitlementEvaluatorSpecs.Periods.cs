using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>Usage of a period that is over.</summary>
public partial class EntitlementEvaluatorSpecs
{
    // Full at the period's end; the present period of the anchor is 30 September to 31 October.
    private static FeatureEntitlement FullUntil(DateTimeOffset end) => Given.Metered(100) with
    {
        ResetPeriod = EntitlementResetPeriod.Month,
        UsagePeriodAnchor = Given.Date("2026-01-31T00:00:00Z"),
        Usage = new Usage(100, end.AddDays(-30), end, Given.Day(1)),
    };

    [Theory]
    [InlineData(-10_000_000, true)]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(10_000_000, false)]
    public void Usage_of_a_period_that_is_over_counts_as_zero(long ticksAfterNow, bool isOver)
    {
        var end = Given.Now.AddTicks(ticksAfterNow);

        var answer = Given.Answer(FullUntil(end), Given.Ask(EntitlementKind.Metered, usage: 1));

        answer.HasAccess.Should().Be(isOver);
        answer.CurrentUsage.Should().Be(isOver ? 0 : 100);
        answer.UsagePeriodStart.Should().Be(isOver ? Given.Date("2026-09-30T00:00:00Z") : end.AddDays(-30));
        answer.UsagePeriodEnd.Should().Be(isOver ? Given.Date("2026-10-31T00:00:00Z") : end);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void The_limit_holds_in_the_new_period_too(double requested, bool access) =>
        Given.Answer(FullUntil(Given.Now.AddYears(-3)), Given.Ask(EntitlementKind.Metered, usage: requested))
            .HasAccess.Should().Be(access);

    [Theory]
    [InlineData(EntitlementResetPeriod.Hour, "2026-10-02T11:30:00Z", "2026-10-02T12:30:00Z")]
    [InlineData(EntitlementResetPeriod.Day, "2026-10-02T10:30:00Z", "2026-10-03T10:30:00Z")]
    [InlineData(EntitlementResetPeriod.Week, "2026-09-26T10:30:00Z", "2026-10-03T10:30:00Z")]
    [InlineData(EntitlementResetPeriod.Month, "2026-09-30T10:30:00Z", "2026-10-31T10:30:00Z")]
    [InlineData(EntitlementResetPeriod.Year, "2026-01-31T10:30:00Z", "2027-01-31T10:30:00Z")]
    public void The_period_shown_is_the_present_one_counted_from_the_anchor(EntitlementResetPeriod reset, string start, string end)
    {
        var metered = FullUntil(Given.Now.AddDays(-100)) with
        {
            ResetPeriod = reset,
            UsagePeriodAnchor = Given.Date("2026-01-31T10:30:00Z"),
        };

        var answer = Given.Answer(metered, Given.Ask(EntitlementKind.Metered));

        answer.UsagePeriodStart.Should().Be(Given.Date(start));
        answer.UsagePeriodEnd.Should().Be(Given.Date(end));
        answer.UsagePeriodAnchor.Should().Be(Given.Date("2026-01-31T10:30:00Z"));
        answer.ResetPeriod.Should().Be(reset);
    }

    public static TheoryData<string, EntitlementResetPeriod?, DateTimeOffset?> WithoutAPeriod() => new()
    {
        { "no anchor", EntitlementResetPeriod.Month, null },
        { "no reset period", null, Given.Day(1) },
        { "neither", null, null },
        { "a reset period whose word is not known", EntitlementResetPeriod.Unspecified, Given.Day(1) },
    };

    [Theory]
    [MemberData(nameof(WithoutAPeriod))]
    public void Without_anchor_or_reset_period_usage_counts_as_zero_and_no_period_is_shown(
        string when, EntitlementResetPeriod? reset, DateTimeOffset? anchor)
    {
        var metered = FullUntil(Given.Now.AddDays(-1)) with { ResetPeriod = reset, UsagePeriodAnchor = anchor };

        var answer = Given.Answer(metered, Given.Ask(EntitlementKind.Metered, usage: 100));

        answer.HasAccess.Should().BeTrue(when);
        answer.CurrentUsage.Should().Be(0, when);
        answer.UsagePeriodStart.Should().BeNull(when);
        answer.UsagePeriodEnd.Should().BeNull(when);
    }

    [Fact]
    public void Without_a_periods_end_usage_counts_as_it_stands()
    {
        var metered = FullUntil(Given.Now) with { Usage = new Usage(100, Given.Day(1), null, Given.Day(1)) };

        var answer = Given.Answer(metered, Given.Ask(EntitlementKind.Metered, usage: 1));

        answer.AccessDeniedReason.Should().Be(AccessDeniedReason.RequestedUsageExceedingLimit);
        answer.CurrentUsage.Should().Be(100);
        answer.UsagePeriodStart.Should().Be(Given.Day(1));
    }

    [Fact]
    public void The_end_is_an_instant_whatever_zone_it_is_written_in()
    {
        Given.Answer(FullUntil(Given.Date("2026-10-02T14:59:59+03:00")), Given.Ask(EntitlementKind.Metered))
            .CurrentUsage.Should().Be(0, "11:59:59 UTC lies before 12:00 UTC");
        Given.Answer(FullUntil(Given.Date("2026-10-02T11:00:01-01:00")), Given.Ask(EntitlementKind.Metered))
            .CurrentUsage.Should().Be(100, "12:00:01 UTC does not");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(AccessDeniedReason.Revoked)]
    public void The_list_calls_show_the_present_period_too_and_so_does_a_denial(AccessDeniedReason? reason)
    {
        var metered = FullUntil(Given.Now.AddDays(-1)) with { AccessDeniedReason = reason };

        var shown = EntitlementEvaluator.Show(Given.State(metered), 0, null, Given.Now);

        shown.HasAccess.Should().Be(reason is null);
        shown.CurrentUsage.Should().Be(0);
        shown.UsagePeriodStart.Should().Be(Given.Date("2026-09-30T00:00:00Z"));
        shown.UsagePeriodEnd.Should().Be(Given.Date("2026-10-31T00:00:00Z"));
        Given.Answer(metered, Given.Ask(EntitlementKind.Metered)).Should().Be(shown);
    }
}
