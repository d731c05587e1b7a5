using Sidecar.Actors.Cluster;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>What is asked of owners, by number and by entry.</summary>
public sealed class OwnerQuestionsSpecs : ActorSpecs
{
    private static readonly EntryKey Own = new("customer");
    private static readonly EntryKey Resource = new("customer", "resource");
    private readonly OwnerQuestions _questions;

    public OwnerQuestionsSpecs() => _questions = new OwnerQuestions(Services, max: 3);

    [Fact]
    public void A_question_is_found_by_its_number_until_its_asker_lets_it_go_and_carries_the_time_it_was_asked_at()
    {
        Services.Cache.RaiseNodeEpoch();
        Time.Advance(TimeSpan.FromSeconds(5));
        var question = _questions.Ask(Own)!;

        (question.NodeEpoch, question.AskedAt).Should().Be((Services.Cache.NodeEpoch, Services.Clock.Uptime));
        _questions.Find(question.Id).Should().BeSameAs(question);
        question.Dispose();
        question.Dispose();
        _questions.Find(question.Id).Should().BeNull();
        _questions.Count.Should().Be(0);
    }

    [Fact]
    public void One_question_too_many_is_not_asked_until_another_one_is_let_go()
    {
        var asked = Enumerable.Range(0, 3).Select(i => _questions.Ask(new EntryKey($"customer-{i}"))!).ToList();

        _questions.Ask(Own).Should().BeNull();
        asked[1].Dispose();
        _questions.Ask(Own).Should().NotBeNull();
    }

    [Fact]
    public async Task The_first_answer_counts_and_signs_are_counted()
    {
        using var question = _questions.Ask(Own)!;
        question.TakeSign();
        question.TakeSign();
        question.Signs.Should().Be(2);

        question.Take(new OwnerReads(1));
        question.Take(new OwnerReads(2));

        (await question.Answer).Should().Be(new OwnerReads(1));
    }

    [Fact]
    public void News_overtakes_what_was_asked_of_its_entry_before_and_nothing_else()
    {
        using var before = _questions.Ask(Own)!;
        using var other = _questions.Ask(new EntryKey("other"))!;
        _questions.Overtake(Own);
        using var after = _questions.Ask(Own)!;

        (before.IsOvertaken(Own), other.IsOvertaken(other.Key), after.IsOvertaken(Own)).Should().Be((true, false, false));
    }

    [Fact]
    public void News_of_a_customer_overtakes_its_own_part_of_a_question_about_a_resource_of_it()
    {
        using var question = _questions.Ask(Resource)!;

        _questions.Overtake(Own);

        (question.IsOvertaken(Own), question.IsOvertaken(Resource)).Should().Be((true, false));
    }

    [Fact]
    public void What_was_overtaken_stays_so_while_anybody_asks_and_is_forgotten_with_the_last_one()
    {
        var first = _questions.Ask(Own)!;
        var second = _questions.Ask(Own)!;
        _questions.Overtake(Own);

        second.Dispose();
        first.IsOvertaken(Own).Should().BeTrue();
        first.Dispose();
        // Nobody asks: there is nothing to mark.
        _questions.Overtake(Own);
        using var next = _questions.Ask(Own)!;
        next.IsOvertaken(Own).Should().BeFalse();
    }
}
