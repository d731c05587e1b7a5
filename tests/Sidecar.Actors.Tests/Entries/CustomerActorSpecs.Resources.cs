using Akka.Actor;
using Akka.Persistence;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>A customer and its resources are entries of their own, which depend on each other.</summary>
public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void A_resource_reads_its_customer_along_with_it_and_first()
    {
        var asker = Question(Resource);

        var own = ExpectRead(Own);
        var resource = ExpectRead(Resource);
        own.Number.Should().BeLessThan(resource.Number);
        End(own, "customers");
        End(resource, "resources");

        var answer = asker.ExpectMsg<CustomerAnswer>();
        Features(answer.State).Should().Equal("resources");
        Features(answer.Customer).Should().Equal("customers");
        answer.Source.Should().Be(AnswerSource.Upstream);
    }

    [Fact]
    public void A_resource_whose_customer_was_read_along_with_it_is_fresh()
    {
        KnowBoth();

        ExpectAnswer(Question(Resource), AnswerSource.Memory, "resources");

        ExpectNoRead();
    }

    [Fact]
    public void A_resource_is_read_after_its_customer_even_where_its_snapshot_is_looked_up_faster()
    {
        LoadSnapshot? slow = null;
        OnLoad = load =>
        {
            if (load.PersistenceId.Contains(":r_", StringComparison.Ordinal))
                return new LoadSnapshotResult(null, long.MaxValue);
            slow = load;
            return null;
        };
        var asker = Question(Resource);
        var loads = new[] { LoadOf(), LoadOf() };
        Settle(_actor);

        loads.Single(l => l.IsOwn).By.Tell(new LoadSnapshotResult(null, long.MaxValue), _store.Ref);
        slow.Should().NotBeNull();
        End(ExpectRead(Own), "customers");
        End(ExpectRead(Resource), "resources");
        ExpectAnswer(asker, AnswerSource.Upstream, "resources");

        ExpectAnswer(Question(Resource), AnswerSource.Memory, "resources");
        ExpectNoRead();

        (IActorRef By, bool IsOwn) LoadOf()
        {
            var load = _store.ExpectMsg<LoadSnapshot>();
            return (_store.LastSender, !load.PersistenceId.Contains(":r_", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_customers_own_question_does_not_read_its_resources()
    {
        Know(Own, "customers");

        ExpectNoRead();
    }

    [Fact]
    public void A_resource_of_a_customer_that_is_known_is_read_alone()
    {
        Know(Own, "customers");

        var asker = Question(Resource);

        End(ExpectRead(Resource), "resources");
        Features(asker.ExpectMsg<CustomerAnswer>().Customer).Should().Equal("customers");
        ExpectNoRead();
    }

    [Fact]
    public void A_resource_is_read_again_when_its_customers_set_was_replaced()
    {
        KnowBoth();
        ReadOwnAgain("others");

        var asker = Question(Resource);
        End(ExpectRead(Resource), "newer");

        ExpectAnswer(asker, AnswerSource.Upstream, "newer");
        ExpectAnswer(Question(Resource), AnswerSource.Memory, "newer");
    }

    [Fact]
    public void A_resource_is_not_read_again_when_its_customer_was_read_again_without_a_change()
    {
        KnowBoth();
        ReadOwnAgain("customers");

        ExpectAnswer(Question(Resource), AnswerSource.Memory, "resources");

        // Old by now, it is read behind the answer, as any view would be.
        ExpectRead(Resource);
        ExpectNoRead();
    }

    [Fact]
    public void Each_resource_has_a_read_of_its_own()
    {
        Know(Own, "customers");
        var other = new EntryKey(Own.CustomerId, "other");
        var first = Question(Resource);
        var second = Question(other);

        var reads = new[] { _cloud.ExpectMsg<ReadEntry>(), _cloud.ExpectMsg<ReadEntry>() }.ToDictionary(r => r.Key);
        End(reads[Resource], "of resource");
        End(reads[other], "of other");

        ExpectAnswer(first, AnswerSource.Upstream, "of resource");
        ExpectAnswer(second, AnswerSource.Upstream, "of other");
        Published(Own).Should().Equal("customers");
        Published(Resource).Should().Equal("of resource");
        Published(other).Should().Equal("of other");
    }

    [Fact]
    public void A_resource_that_fails_to_be_read_keeps_the_customers_answer_apart()
    {
        var asker = Question(Resource);
        End(ExpectRead(Own), "customers");
        Fail(ExpectRead(Resource));

        ExpectNothingKnown(asker);
        ExpectAnswer(Question(Own), AnswerSource.Memory, "customers");
    }

    [Fact]
    public void An_invalidation_of_a_resource_leaves_the_customer_fresh()
    {
        KnowBoth();

        Say(new Invalidate(Resource));

        ExpectAnswer(Question(Own), AnswerSource.Memory, "customers");
        Question(Resource);
        ExpectRead(Resource);
        ExpectNoRead();
    }

    [Fact]
    public void More_resources_than_are_kept_at_hand_are_answered_from_the_cache()
    {
        Know(Own, "customers");
        for (var i = 0; i < 200; i++)
            Know(new EntryKey(Own.CustomerId, $"r{i}"), $"f{i}");

        for (var i = 0; i < 200; i++)
            ExpectAnswer(Question(new EntryKey(Own.CustomerId, $"r{i}")), AnswerSource.Memory, $"f{i}");
        ExpectNoRead();
    }

    private void KnowBoth()
    {
        var asker = Question(Resource);
        End(ExpectRead(Own), "customers");
        End(ExpectRead(Resource), "resources");
        asker.ExpectMsg<CustomerAnswer>();
        Settle(_actor);
    }

    private void ReadOwnAgain(params string[] features)
    {
        Pass(11);
        Say(new Refresh(Own));
        End(ExpectRead(Own), features);
        Settle(_actor);
    }
}
