using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What became of reported usage is news that outranks the stream at the same date.</summary>
public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void What_was_reported_answers_the_next_question()
    {
        Know(Own, States.Metered(day: 5, usageDay: 2, used: 2));

        Bring(Reported(7, day: 3)).Should().Be(NewsOutcome.Applied);

        (UsedOf(Own), Ask(Own).Source).Should().Be((7, AnswerSource.Memory));
        ExpectNoRead();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void An_update_that_is_not_newer_than_a_report_does_not_undo_it(int updateDay)
    {
        Know(Own, States.Metered(day: 5, usageDay: 2, used: 2));
        Bring(Reported(7, day: 3));

        Bring(new UsageSet(Own, States.Used(2, updateDay))).Should().Be(NewsOutcome.Older);

        UsedOf(Own).Should().Be(7);
    }

    [Fact]
    public void A_read_that_began_before_a_report_does_not_undo_it()
    {
        var asker = Question(Own);
        var read = ExpectRead(Own);
        Bring(Reported(7, day: 3));

        End(read, States.Metered(day: 5, usageDay: 2, used: 2));

        asker.ExpectMsg<CustomerAnswer>();
        UsedOf(Own).Should().Be(7);
    }

    private static UsageSet Reported(double used, int day)
    {
        var news = States.Used(used, day);
        return new UsageSet(Own, news with { Usage = news.Usage with { Reported = true } });
    }
}
