using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>Reloads: always from the API, never by a read that began before.</summary>
public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void A_reload_reads_from_the_API_replaces_what_is_known_and_is_answered()
    {
        Know(Own, "before");
        var asker = Reload(Own);

        var read = ExpectRead(Own);
        read.Path.Should().Be(CloudPath.Api);
        read.IsFirst.Should().BeTrue("somebody waits for it");
        End(read, "after");

        Features(asker.ExpectMsg<ReloadAnswer>().State).Should().Equal("after");
        Settle(_actor);
        Published(Own).Should().Equal("after");
        ExpectNoRead();
    }

    [Fact]
    public void A_reload_never_joins_a_read_from_Edge_and_what_that_brings_counts_no_more()
    {
        var first = Question(Own);
        var edge = ExpectRead(Own);
        edge.Path.Should().Be(CloudPath.Edge);

        var reloader = Reload(Own);
        var api = ExpectRead(Own);
        api.Path.Should().Be(CloudPath.Api);
        End(api, "new");
        Features(reloader.ExpectMsg<ReloadAnswer>().State).Should().Equal("new");
        End(edge, "old");

        first.ExpectMsg<CustomerAnswer>();
        Settle(_actor);
        Published(Own).Should().Equal("new");
    }

    [Fact]
    public void A_question_after_a_reload_waits_for_the_reload_s_read_and_shares_it()
    {
        Know(Own, "before");
        var reloader = Reload(Own);
        var read = ExpectRead(Own);
        var asker = Question(Own);
        ExpectNoRead();

        End(read, "after");

        ExpectAnswer(asker, AnswerSource.Upstream, "after");
        reloader.ExpectMsg<ReloadAnswer>();
    }

    [Fact]
    public void However_many_reloads_there_are_one_read_is_under_way_and_whoever_came_later_shares_the_next_one()
    {
        var first = Reload(Own);
        var read = ExpectRead(Own);
        var later = Enumerable.Range(0, 20).Select(_ => Reload(Own)).ToArray();
        ExpectNoRead();

        End(read, "one");

        Features(first.ExpectMsg<ReloadAnswer>().State).Should().Equal("one");
        var second = ExpectRead(Own);
        second.Path.Should().Be(CloudPath.Api);
        ExpectNoRead();
        ExpectSilence(later);
        End(second, "two");
        foreach (var reloader in later)
            Features(reloader.ExpectMsg<ReloadAnswer>().State).Should().Equal("two");
        ExpectNoRead();
        Published(Own).Should().Equal("two");
    }

    [Fact]
    public void A_reload_that_fails_says_so_and_leaves_what_is_known_to_be_read_again()
    {
        Know(Own, "before");
        var reloader = Reload(Own);
        Fail(ExpectRead(Own));

        reloader.ExpectMsg<ReloadAnswer>().State.Should().BeNull();
        Settle(_actor);
        Published(Own).Should().Equal("before");

        var asker = Question(Own);
        var read = ExpectRead(Own);
        read.Path.Should().Be(CloudPath.Edge);
        End(read, "after");
        ExpectAnswer(asker, AnswerSource.Upstream, "after");
    }

    [Fact]
    public void A_reload_that_fails_leaves_a_question_to_the_read_that_is_under_way_for_it()
    {
        var asker = Question(Own);
        var edge = ExpectReadOn(Own, CloudPath.Edge);
        var reloader = Reload(Own);
        Fail(ExpectReadOn(Own, CloudPath.Api));

        reloader.ExpectMsg<ReloadAnswer>().State.Should().BeNull();
        ExpectSilence(asker);
        ExpectNoRead();
        End(edge, "known");

        asker.ExpectMsg<CustomerAnswer>();
        Settle(_actor);
        Published(Own).Should().Equal("known");
    }

    [Fact]
    public void A_question_that_shared_the_read_of_a_reload_that_fails_has_one_of_its_own_from_Edge()
    {
        var reloader = Reload(Own);
        var api = ExpectReadOn(Own, CloudPath.Api);
        var asker = Question(Own);
        ExpectNoRead();

        Fail(api);

        reloader.ExpectMsg<ReloadAnswer>().State.Should().BeNull();
        End(ExpectReadOn(Own, CloudPath.Edge), "known");
        ExpectAnswer(asker, AnswerSource.Upstream, "known");
        ExpectNoRead();
    }

    [Fact]
    public void Whom_Edge_and_the_API_have_failed_has_neither_asked_again()
    {
        var asker = Question(Own);
        var edge = ExpectReadOn(Own, CloudPath.Edge);
        var reloader = Reload(Own);
        var api = ExpectReadOn(Own, CloudPath.Api);
        Fail(edge);
        Settle(_actor);
        ExpectSilence(asker);

        Fail(api);

        ExpectNothingKnown(asker);
        reloader.ExpectMsg<ReloadAnswer>().State.Should().BeNull();
        ExpectNoRead();
    }

    [Fact]
    public void A_read_from_Edge_that_fails_leaves_a_question_to_the_reload_s()
    {
        var reloader = Reload(Own);
        var api = ExpectReadOn(Own, CloudPath.Api);
        var asker = Question(Own);
        Say(new Invalidate(Own));
        var later = Question(Own);
        Fail(ExpectReadOn(Own, CloudPath.Edge));

        later.ExpectMsg<CustomerAnswer>();
        ExpectSilence(asker);
        End(api, "reloaded");

        asker.ExpectMsg<CustomerAnswer>();
        reloader.ExpectMsg<ReloadAnswer>();
    }

    [Fact]
    public void A_reload_of_a_resource_reads_its_customer_along_where_that_is_missing()
    {
        var reloader = Reload(Resource);

        End(ExpectReadOn(Resource, CloudPath.Api), "resources");
        Features(reloader.ExpectMsg<ReloadAnswer>().State).Should().Equal("resources");
        End(ExpectReadOn(Own, CloudPath.Edge), "customers");
        Settle(_actor);

        Published(Own).Should().Equal("customers");
        Published(Resource).Should().Equal("resources");
    }

    [Fact]
    public void A_reload_whose_read_is_never_answered_fails_once_the_read_counts_as_lost()
    {
        var reloader = Reload(Own);
        ExpectRead(Own);

        Pass(13);

        reloader.ExpectMsg<ReloadAnswer>().State.Should().BeNull();
    }

    [Fact]
    public void A_crash_answers_who_waits_for_a_reload_and_the_next_one_works()
    {
        var reloader = Reload(Own);
        ExpectRead(Own);

        Say(Kill.Instance);

        reloader.ExpectMsg<ReloadAnswer>().State.Should().BeNull();
        Pass(1);
        var next = Reload(Own);
        End(ExpectRead(Own), "after");
        Features(next.ExpectMsg<ReloadAnswer>().State).Should().Equal("after");
        reloader.HasMessages.Should().BeFalse("a reload is answered once");
    }

    [Fact]
    public void A_reload_during_the_pause_after_a_crash_is_read_when_that_is_over()
    {
        Question(Own);
        ExpectRead(Own);
        Say(Kill.Instance);
        Settle(_actor);
        var reloader = Reload(Own);
        ExpectNoRead();

        Pass(0.6);

        _cloud.FishForMessage(m => m is ReadEntry { Path: CloudPath.Api });
        reloader.HasMessages.Should().BeFalse();
    }

    [Fact]
    public void Ten_thousand_may_wait_and_one_more_reload_fails_at_once()
    {
        var many = CreateTestProbe();
        for (var i = 0; i < CustomerActor.MaxWaiters; i++)
            _actor.Tell(new Reload(Own), many.Ref);

        var refused = Reload(Own);

        refused.ExpectMsg<ReloadAnswer>().Should().Be(ReloadAnswer.Failed);
        End(ExpectRead(Own), "one");
        End(ExpectRead(Own), "two");
        for (var i = 0; i < CustomerActor.MaxWaiters; i++)
            many.ExpectMsg<ReloadAnswer>().State.Should().NotBeNull();
        Settle(_actor);
        many.HasMessages.Should().BeFalse();
    }

    private TestProbe Reload(EntryKey key)
    {
        var asker = CreateTestProbe();
        _actor.Tell(new Reload(key), asker.Ref);
        return asker;
    }

    // Of two entries that are read along it does not matter which one is first.
    private ReadEntry ExpectReadOn(EntryKey key, CloudPath path) =>
        (ReadEntry)_cloud.FishForMessage(m => m is ReadEntry read && read.Key == key && read.Path == path);
}
