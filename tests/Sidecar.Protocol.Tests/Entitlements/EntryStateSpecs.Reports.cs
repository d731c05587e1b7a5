using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>What was reported is in force with the next answer, whatever its date and though it tells no period.</summary>
public partial class EntryStateSpecs
{
    private static readonly Usage InPeriod = Given.Used(2, day: 5, period: 1);

    [Fact]
    public void What_was_reported_with_its_period_is_in_force_and_nothing_is_read()
    {
        var entry = Reported(Holding(InPeriod), Given.Used(7, day: 6, period: 1));

        UsedOf(entry).Should().Be(7);
        Trust(entry).Should().Be(Freshness.Fresh);
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(31, false)]
    public void A_report_that_tells_no_period_is_in_force_keeps_the_period_it_falls_into_and_is_read(int day, bool isWithin)
    {
        var entry = Reported(Holding(InPeriod), Given.Used(7, day));

        Given.UsageIn(entry.Known!).Should().Be(Given.Used(7, day, period: isWithin ? 1 : null, reported: true));
        Trust(entry).Should().Be(Freshness.Suspect);
        // The read tells the same usage with its period.
        var read = Ended(entry.WithRead(50, Node, TimeSpan.Zero), 50, Holding(Given.Used(7, day, period: day))).Entry;
        Given.UsageIn(read.Known!).PeriodEnd.Should().Be(Given.Used(7, day, period: day).PeriodEnd);
        Trust(read).Should().Be(Freshness.Fresh);
    }

    [Fact]
    public void A_report_without_a_period_of_what_has_none_is_no_reason_to_read() =>
        Trust(Reported(Holding(Given.Used(2, day: 5)), Given.Used(7, day: 6))).Should().Be(Freshness.Fresh);

    [Fact]
    public void A_report_that_another_one_overtook_changes_nothing_and_is_no_reason_to_read()
    {
        var entry = Reported(Holding(InPeriod), Given.Used(7, day: 4, period: 1));

        UsedOf(entry).Should().Be(2);
        Trust(entry).Should().Be(Freshness.Fresh);
    }

    [Theory]
    [InlineData(6)]
    public void What_a_report_leaves_open_during_a_read_that_began_before_it_is_read_again(int day) =>
        Ended(FirstRead.WithReported(Answered(Given.Used(7, day)), 9), 1, Holding(InPeriod)).Outcome.Should().Be(ReadOutcome.Outdated);

    private static EntryState Reported(EntitlementState known, Usage usage) => Known(known).WithReported(Answered(usage), 9);

    private static UsageNews Answered(Usage usage) => Given.News(usage with { Reported = true });

    private static EntitlementState Holding(Usage usage) =>
        Given.State(Given.Metered(100) with { UpdatedAt = Given.Day(1), Usage = usage });

    private static double UsedOf(EntryState entry) => Given.UsageIn(entry.Known!).Current;
}
