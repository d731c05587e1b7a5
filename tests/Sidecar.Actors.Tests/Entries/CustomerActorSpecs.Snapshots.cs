using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What is loaded, what is saved, and what is owed.</summary>
public sealed partial class CustomerActorSpecs
{
    private static readonly EntitlementReference CallsFeature = new("calls", IsCredit: false);
    private static readonly LoadSnapshotResult NothingStored = new(null, long.MaxValue);
    private readonly List<EntryKey> _owed = [];
    private readonly List<EntryKey> _passedOver = [];
    private readonly List<(EntrySnapshot What, SaveSnapshot Save)> _saving = [];

    [Fact]
    public void A_set_is_saved_whole_and_a_usage_alone()
    {
        WatchSaves(answer: true);
        Know(Own, States.Metered(day: 1));
        LastSaved().Change.Should().BeSameAs(StoredChange.All);

        Tell(new UsageSet(Own, States.Used(7, day: 2)));
        LastSaved().Change.Usages.Should().Equal(CallsFeature);
        LastSaved().State.FindFeature("calls")!.Usage.Current.Should().Be(7);

        Tell(new EntitlementsReplaced(Own, States.Metered(day: 3, limit: 3)));
        LastSaved().Change.IsAll.Should().BeTrue();
        _saving.Should().HaveCount(3);
    }

    [Fact]
    public void What_changes_during_a_save_is_one_save_after_it()
    {
        WatchSaves(answer: false);
        Know(Own, States.Metered(day: 1));

        Tell(new UsageSet(Own, States.Used(7, day: 2)));
        Tell(new UsageSet(Own, States.Used(8, day: 3)));
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 3, limit: 3)));
        _saving.Should().HaveCount(1);
        EndSave(0, isDone: true);

        _saving.Should().HaveCount(2);
        LastSaved().Change.IsAll.Should().BeTrue();
        LastSaved().State.FindFeature("calls")!.Usage.Current.Should().Be(8);
        EndSave(1, isDone: true);
        _saving.Should().HaveCount(2);
        _owed.Should().BeEmpty();
    }

    [Fact]
    public void What_a_failed_save_was_to_write_is_owed_and_goes_with_the_next_one()
    {
        WatchSaves(answer: false);
        Know(Own, States.Metered(day: 1));
        EndSave(0, isDone: false);
        _owed.Should().Equal(Own);
        _saving.Should().HaveCount(1, "nothing is tried again at once");

        Tell(new UsageSet(Own, States.Used(7, day: 2)));

        LastSaved().Change.IsAll.Should().BeTrue();
        EndSave(1, isDone: true);
        Tell(new UsageSet(Own, States.Used(8, day: 3)));
        LastSaved().Change.IsAll.Should().BeFalse("the save that wrote all of it has succeeded");
    }

    [Fact]
    public void What_a_failed_save_was_to_write_is_in_memory_again_where_it_was_evicted_meanwhile()
    {
        WatchSaves(answer: false);
        Know(Own, "feature");
        Services.Cache.Remove(Services.Cache.Find("customer")!).Should().BeTrue();

        EndSave(0, isDone: false);

        _owed.Should().Equal(Own);
        Published(Own).Should().Equal("feature");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_evicted_while_all_that_memory_holds_was_written_again_is_owed_once_it_is_in_memory_again(bool isRoundOver)
    {
        WatchSaves(answer: true);
        Know(Own, "feature");
        Services.Cache.Remove(Services.Cache.Find("customer")!).Should().BeTrue();
        Services.Cache.BeginStoreRound();
        if (isRoundOver)
            Services.Cache.EndStoreRound();

        Ask(Own);

        Published(Own).Should().Equal("feature");
        _passedOver.Should().Equal(Own);
        _owed.Should().BeEmpty("what others wrote meanwhile is not to be overwritten");
    }

    [Fact]
    public void What_is_evicted_at_another_time_is_stored_already()
    {
        WatchSaves(answer: true);
        Services.Cache.BeginStoreRound();
        Services.Cache.EndStoreRound();
        Know(Own, "feature");
        Services.Cache.Remove(Services.Cache.Find("customer")!).Should().BeTrue();

        Ask(Own);

        Published(Own).Should().Equal("feature");
        _passedOver.Should().BeEmpty();
    }

    [Fact]
    public void What_is_read_for_the_first_time_while_all_is_written_again_is_saved_once()
    {
        WatchSaves(answer: true);
        Services.Cache.BeginStoreRound();

        Know(Own, "feature");

        _saving.Should().HaveCount(1);
        _passedOver.Should().BeEmpty();
    }

    [Fact]
    public void Only_the_end_of_the_very_save_clears_what_it_wrote()
    {
        WatchSaves(answer: false);
        Know(Own, States.Metered(day: 1));

        Say(new SaveSnapshotSuccess(new SnapshotMetadata("local:c_customer", 4711, DateTime.UnixEpoch)));
        Tell(new UsageSet(Own, States.Used(7, day: 2)));

        _saving.Should().HaveCount(1, "it is still under way");
    }

    [Fact]
    public void A_crash_owes_what_was_being_saved()
    {
        WatchSaves(answer: false);
        Know(Own, States.Metered(day: 1));

        Time.Fault.StrikeAt(_actor, 1);
        Question(Own);
        Settle(_actor);

        _owed.Should().Equal(Own);
    }

    [Fact]
    public void A_customer_that_was_known_and_is_not_any_more_is_taken_out()
    {
        WatchSaves(answer: true);
        Know(Own, States.Metered(day: 1));

        Tell(new EntitlementsReplaced(Own, States.Unknown));
        Settle(_actor);

        ExpectDelete("local:c_customer");
        _saving.Should().HaveCount(1);
    }

    [Fact]
    public void A_set_that_comes_over_an_empty_one_is_read_at_once_and_written_when_the_read_has_told_which_is_the_later_one()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);

        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));
        Tell(new UsageSet(Own, States.Used(7, day: 3)));
        Deletes().Should().BeEmpty("what stands there may be another program's, and later");
        _saving.Should().HaveCount(1, "what stands there would be taken for true");

        End(ExpectRead(Own), States.Metered(day: 2));
        Settle(_actor);
        LastSaved().Change.Should().BeSameAs(StoredChange.All);
        LastSaved().State.FindFeature("calls")!.Usage.Current.Should().Be(7);
        Deletes().Should().BeEmpty();
        ExpectNoRead();
    }

    [Fact]
    public void A_set_that_is_undecided_when_its_read_fails_is_read_again_when_somebody_asks()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));

        Fail(ExpectRead(Own));
        Tell(new UsageSet(Own, States.Used(7, day: 3)));
        Pass(60);
        ExpectNoRead();
        StopAndStartAgain();

        var asker = Question(Own);
        Fail(ExpectRead(Own));
        ExpectAnswer(asker, AnswerSource.Stale, "calls");
        Deletes().Should().BeEmpty();
        _saving.Should().HaveCount(1);

        Question(Own);
        End(ExpectRead(Own), States.Metered(day: 2));
        Settle(_actor);
        LastSaved().Change.Should().BeSameAs(StoredChange.All);

        // The actor stops, and another goes on from what is published.
        void StopAndStartAgain()
        {
            ExpectPassivation();
            Watch(_actor);
            Say(CustomerActor.Stop.Instance);
            ExpectTerminated(_actor);
            (_actor, _parent) = Supervised(CustomerActor.Props(Services, _cloud.Ref, _store.Ref), "customer");
        }
    }

    [Fact]
    public void A_set_that_is_undecided_is_read_again_however_often_an_invalidation_overtakes_its_read()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));
        for (var i = 0; i < 3; i++)
        {
            var read = ExpectRead(Own);
            Say(new Invalidate(Own));
            End(read, States.Metered(day: 2));
        }

        End(ExpectRead(Own), States.Metered(day: 2));
        Settle(_actor);
        LastSaved().State.IsEmpty.Should().BeFalse();
        ExpectNoRead();
    }

    [Fact]
    public void A_set_that_is_undecided_is_written_too_where_news_decides()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));
        Fail(ExpectRead(Own));

        Tell(new EntitlementsReplaced(Own, States.Denied));

        LastSaved().Change.Should().BeSameAs(StoredChange.All);
        LastSaved().State.IsEmpty.Should().BeTrue();
        _saving.Should().HaveCount(2);
    }

    [Fact]
    public void A_save_that_fails_while_the_entry_becomes_undecided_is_made_up_for_by_what_decides()
    {
        WatchSaves(answer: false);
        Know(Own, States.Denied);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));
        EndSave(0, isDone: false);
        _saving.Should().HaveCount(1);

        End(ExpectRead(Own), States.Denied);
        Settle(_actor);

        LastSaved().Change.Should().BeSameAs(StoredChange.All);
        LastSaved().State.IsEmpty.Should().BeTrue();
        _saving.Should().HaveCount(2);
    }

    [Fact]
    public void What_is_undecided_at_a_crash_is_read_again_when_the_pause_is_over()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));
        ExpectRead(Own);
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);
        ExpectNoRead();
        Pass(0.5);

        End(ExpectRead(Own), States.Metered(day: 2));
        Settle(_actor);
        LastSaved().Change.Should().BeSameAs(StoredChange.All);
        Deletes().Should().BeEmpty();
    }

    [Fact]
    public void A_set_that_is_undecided_when_the_key_is_replaced_is_written_where_news_brings_the_same_one()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));
        Fail(ExpectRead(Own));
        Services.Cache.ChangeSource();

        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));

        LastSaved().Change.Should().BeSameAs(StoredChange.All);
        LastSaved().State.IsEmpty.Should().BeFalse();
    }

    [Fact]
    public void What_becomes_undecided_in_the_pause_after_a_crash_is_read_when_that_is_over()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);
        _actor.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_actor);

        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));
        ExpectNoRead();
        Pass(0.5);

        End(ExpectRead(Own), States.Metered(day: 2));
        Settle(_actor);
        LastSaved().State.IsEmpty.Should().BeFalse();
    }

    [Fact]
    public void A_customer_that_is_unknown_after_it_was_undecided_is_taken_out_whoever_may_have_written_it()
    {
        WatchSaves(answer: true);
        Know(Own, States.Unknown);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)));
        Deletes().Should().BeEmpty();

        End(ExpectRead(Own), States.Unknown);
        Settle(_actor);

        ExpectDelete("local:c_customer");
        _saving.Should().BeEmpty();
    }

    [Fact]
    public void A_set_that_comes_during_a_load_which_finds_an_empty_one_is_not_written_before_a_read_has_told()
    {
        WatchSaves(answer: true);
        var load = Load(Own, out _);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2)), NewsOutcome.Applied);

        load(States.Denied);
        Deletes().Should().BeEmpty();
        _saving.Should().BeEmpty();

        End(ExpectRead(Own), States.Metered(day: 2));
        Settle(_actor);
        LastSaved().Change.Should().BeSameAs(StoredChange.All);
    }

    [Fact]
    public void A_set_that_comes_during_a_load_for_a_report_alone_is_read_where_that_finds_an_empty_one()
    {
        WatchSaves(answer: true);
        OnLoad = _ => null;
        Tell(ReportedCalls(7, day: 2), NewsOutcome.Applied);
        var load = _store.ExpectMsg<LoadSnapshot>();
        var loader = _store.LastSender;
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 1)), NewsOutcome.Applied);

        loader.Tell(Snapshot(load, States.Denied), _store.Ref);
        Settle(_actor);
        _saving.Should().BeEmpty();

        End(ExpectRead(Own), States.Metered(day: 1));
        Settle(_actor);
        LastSaved().State.FindFeature("calls")!.Usage.Current.Should().Be(7);
    }

    [Fact]
    public void A_set_that_came_over_an_empty_one_during_the_first_read_is_written_when_the_next_has_told()
    {
        WatchSaves(answer: true);
        Question(Own);
        var read = ExpectRead(Own);
        Tell(new EntitlementsReplaced(Own, States.Denied), NewsOutcome.Applied);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 3)), NewsOutcome.Applied);

        End(read, States.Metered(day: 2));
        Settle(_actor);
        _saving.Should().BeEmpty("the read may have been answered before both");

        End(ExpectRead(Own), States.Denied);
        Settle(_actor);
        LastSaved().State.IsEmpty.Should().BeTrue();
        _saving.Should().HaveCount(1);
    }

    [Fact]
    public void A_customer_that_was_never_known_is_neither_written_nor_taken_out()
    {
        WatchSaves(answer: true);
        Know(Own, States.Unknown);

        Deletes().Should().BeEmpty();
        _saving.Should().BeEmpty();
    }

    [Fact]
    public void A_customer_that_is_stored_and_unknown_to_the_cloud_is_taken_out()
    {
        WatchSaves(answer: true);
        OnLoad = load => Snapshot(load, States.Metered(day: 1));
        ExpectAnswer(Question(Own), AnswerSource.Redis, "calls");
        End(ExpectRead(Own), States.Unknown);
        Settle(_actor);

        // Of the same date none is later: arrival decides, and the read came after.
        ExpectDelete("local:c_customer");
    }

    [Fact]
    public void A_customer_that_may_be_stored_since_the_load_failed_is_taken_out()
    {
        WatchSaves(answer: true);
        OnLoad = _ => new LoadSnapshotFailed(new InvalidOperationException("the store is down"));
        Know(Own, States.Unknown);

        ExpectDelete("local:c_customer");
    }

    [Fact]
    public void A_customer_that_the_cloud_denies_before_a_slow_load_finds_it_is_taken_out()
    {
        WatchSaves(answer: true);
        var load = SlowLoad(Own, out var asker);
        End(ExpectRead(Own), States.Unknown);
        asker.ExpectMsg<CustomerAnswer>().State!.IsUnknown.Should().BeTrue();

        load(States.Metered(day: 1));

        ExpectDelete("local:c_customer");
    }

    [Fact]
    public void A_removal_that_a_crash_came_between_is_owed_and_does_not_keep_the_actor()
    {
        WatchSaves(answer: true);
        OnDelete = _ => null;
        Know(Own, States.Metered(day: 1));
        Tell(new EntitlementsReplaced(Own, States.Unknown));
        Settle(_actor);

        Time.Fault.StrikeAt(_actor, 1);
        Question(Own);
        Settle(_actor);
        _owed.Should().Equal(Own);
        Pass(30);

        ExpectPassivation();
    }

    [Fact]
    public void News_during_a_load_is_part_of_the_answer_and_is_saved()
    {
        WatchSaves(answer: true);
        var load = Load(Own, out var asker);

        Tell(new UsageSet(Own, States.Used(7, day: 2)), NewsOutcome.Applied);
        load(States.Metered(day: 1, usageDay: 1, used: 1));

        asker.ExpectMsg<CustomerAnswer>().State!.FindFeature("calls")!.Usage.Current.Should().Be(7);
        Settle(_actor);
        LastSaved().Change.Usages.Should().Equal(CallsFeature);
    }

    [Fact]
    public void News_during_a_load_that_finds_nothing_is_part_of_what_the_read_brings()
    {
        var load = Load(Own, out var asker);
        Tell(new UsageSet(Own, States.Used(7, day: 5)), NewsOutcome.Applied);

        load(null);
        End(ExpectRead(Own), States.Metered(day: 1, usageDay: 4, used: 4));

        asker.ExpectMsg<CustomerAnswer>().State!.FindFeature("calls")!.Usage.Current.Should().Be(7);
    }

    [Fact]
    public void What_is_loaded_is_confirmed_by_a_read_behind_the_answer()
    {
        WatchSaves(answer: true);
        OnLoad = load => Snapshot(load, States.Granting("kept"));

        ExpectAnswer(Question(Own), AnswerSource.Redis, "kept");
        _saving.Should().BeEmpty("it is there already");

        End(ExpectRead(Own), "kept", "new");
        Settle(_actor);
        Published(Own).Should().Equal("kept", "new");
        ExpectNoRead();
    }

    [Fact]
    public void Where_a_slow_load_answers_first_the_read_goes_on_behind()
    {
        var load = SlowLoad(Own, out var asker);
        var read = ExpectRead(Own);

        load(States.Granting("kept"));
        ExpectAnswer(asker, AnswerSource.Redis, "kept");
        ExpectNoRead();

        End(read, "read");
        Settle(_actor);
        Published(Own).Should().Contain("read");
    }

    [Fact]
    public void Where_the_cloud_answers_before_a_slow_load_nothing_more_is_asked_of_either()
    {
        var load = SlowLoad(Own, out var asker);
        End(ExpectRead(Own), "read");
        ExpectAnswer(asker, AnswerSource.Upstream, "read");

        load(States.Granting("kept"));

        Published(Own).Should().Equal("read");
        ExpectNoRead();
    }

    [Fact]
    public void A_read_that_fails_during_a_slow_load_leaves_the_question_to_the_load()
    {
        var load = SlowLoad(Own, out var asker);
        Fail(ExpectRead(Own));
        Settle(_actor);
        ExpectSilence(asker);

        load(States.Granting("kept"));

        ExpectAnswer(asker, AnswerSource.Redis, "kept");
    }

    [Fact]
    public void Where_neither_the_load_nor_the_read_comes_the_guard_ends_the_wait()
    {
        SlowLoad(Own, out var asker);
        Fail(ExpectRead(Own));
        Pass(9.6);
        ExpectSilence(asker);

        Pass(0.2);

        ExpectNothingKnown(asker);
    }

    [Fact]
    public void What_is_loaded_with_an_expiry_that_has_passed_waits_for_the_read()
    {
        var expired = States.Granting(Time.GetUtcNow().AddSeconds(-1), "kept");
        OnLoad = load => Snapshot(load, expired);
        var asker = Question(Own);
        var read = ExpectRead(Own);
        Settle(_actor);
        ExpectSilence(asker);

        End(read, "read");
        ExpectAnswer(asker, AnswerSource.Upstream, "read");
    }

    [Fact]
    public void What_is_loaded_with_an_expiry_that_has_passed_is_the_last_known_where_the_read_fails()
    {
        var expired = States.Granting(Time.GetUtcNow().AddSeconds(-1), "kept");
        OnLoad = load => Snapshot(load, expired);
        var asker = Question(Own);

        Fail(ExpectRead(Own));

        ExpectAnswer(asker, AnswerSource.Stale, "kept");
    }

    [Fact]
    public void Who_asks_after_everything_was_invalidated_waits_a_little_for_the_read_that_began_after_it()
    {
        var load = Load(Own, out var before);
        Services.Cache.RaiseNodeEpoch();
        var after = Question(Own);
        Settle(_actor);

        load(States.Granting("kept"));

        ExpectAnswer(before, AnswerSource.Redis, "kept");
        ExpectSilence(after);
        End(ExpectRead(Own), "read");
        ExpectAnswer(after, AnswerSource.Upstream, "read");
    }

    [Fact]
    public void Who_asks_after_everything_was_invalidated_gets_what_is_stored_where_the_read_is_slow()
    {
        var load = Load(Own, out var before);
        Services.Cache.RaiseNodeEpoch();
        var after = Question(Own);
        Settle(_actor);
        load(States.Granting("kept"));
        ExpectAnswer(before, AnswerSource.Redis, "kept");
        ExpectRead(Own);

        Pass(0.25);

        ExpectAnswer(after, AnswerSource.Stale, "kept");
    }

    [Fact]
    public void What_is_loaded_for_a_key_that_was_replaced_meanwhile_gives_way_to_the_first_read()
    {
        var load = Load(Own, out var before);
        Tell(new UsageSet(Own, States.Used(7, day: 9)));
        Services.Cache.ChangeSource();
        load(States.Metered(day: 9, limit: 9));
        var answer = before.ExpectMsg<CustomerAnswer>();
        answer.Source.Should().Be(AnswerSource.Redis);
        answer.State!.FindFeature("calls")!.Usage.Current.Should().Be(0, "news of the source before is not merged with it");

        End(ExpectRead(Own), States.Metered(day: 1, limit: 1));
        Settle(_actor);

        Services.Cache.Find("customer")!.Own!.State.FindFeature("calls")!.UsageLimit.Should().Be(1);
    }

    [Fact]
    public void What_another_program_has_stored_later_is_news()
    {
        Know(Own, States.Metered(day: 1, limit: 1));
        Look(States.Metered(day: 2, limit: 2));

        Limit().Should().Be(2);
    }

    [Fact]
    public void What_is_stored_is_never_merged_with_what_was_known_under_the_key_before()
    {
        Know(Own, States.Metered(day: 1, limit: 1));
        Services.Cache.ChangeSource();
        Look(States.Metered(day: 9, limit: 9));
        Limit().Should().Be(1);

        var asker = Question(Own);
        End(ExpectRead(Own), States.Metered(day: 1, limit: 3));

        asker.ExpectMsg<CustomerAnswer>().State!.FindFeature("calls")!.UsageLimit.Should().Be(3);
        Settle(_actor);
        Limit().Should().Be(3, "what stands in Redis may be of the environment before");
    }

    [Fact]
    public void What_is_stored_later_is_no_news_after_the_key_was_replaced_but_has_the_cloud_asked()
    {
        Know(Own, States.Metered(day: 1, limit: 1));
        Services.Cache.ChangeSource();
        Know(Own, States.Metered(day: 3, limit: 3));
        Look(States.Metered(day: 2, limit: 2));
        Services.Cache.Find("customer")!.Own!.IsInvalidated.Should().BeFalse("it is the older one");

        Look(States.Metered(day: 9, limit: 9));
        Limit().Should().Be(3);
        Services.Cache.Find("customer")!.Own!.IsInvalidated.Should().BeTrue();

        Know(Own, States.Metered(day: 4, limit: 4));
        Limit().Should().Be(4);
    }

    [Fact]
    public void A_look_that_fails_is_told_so_that_it_is_made_again()
    {
        var failed = new List<EntryKey>();
        Services = Services with { Snapshots = new SnapshotServices { Prefix = "local", LookFailed = failed.Add } };
        (_actor, _parent) = Supervised(CustomerActor.Props(Services, _cloud.Ref, _store.Ref), "customer");
        Know(Own, States.Metered(day: 1));
        OnLoad = _ => new LoadSnapshotFailed(new InvalidOperationException("the store is down"));
        Say(new StoredChanged(Own));
        AwaitAssert(() => failed.Should().Equal(Own));

        OnLoad = _ => NothingStored;
        Say(new StoredChanged(Own));
        Settle(_actor);
        Settle(_actor);
        failed.Should().ContainSingle();
    }

    [Fact]
    public void A_resource_that_is_loaded_before_its_customer_is_answered_together_with_it()
    {
        var loads = new Dictionary<string, IActorRef>(StringComparer.Ordinal);
        OnLoad = _ => null;
        var asker = Question(Resource);
        for (var i = 0; i < 2; i++)
        {
            var load = _store.ExpectMsg<LoadSnapshot>();
            loads[load.PersistenceId] = _store.LastSender;
        }

        Answer("local:c_customer:r_resource", "resources");
        ExpectSilence(asker);
        Answer("local:c_customer", "customers");

        var answer = asker.ExpectMsg<CustomerAnswer>();
        answer.Source.Should().Be(AnswerSource.Redis);
        Features(answer.State).Should().Equal("resources");
        Features(answer.Customer).Should().Equal("customers");
        ExpectAnswer(Question(Resource), AnswerSource.Memory, "resources");

        void Answer(string id, string feature)
        {
            loads[id].Tell(new LoadSnapshotResult(
                new SelectedSnapshot(new SnapshotMetadata(id, 1, DateTime.UnixEpoch), States.Snapshot(States.Granting(feature))), long.MaxValue), _store.Ref);
            Settle(_actor);
        }
    }

    [Fact]
    public void A_report_about_an_entry_that_is_stored_and_not_held_is_in_the_next_answer()
    {
        WatchSaves(answer: true);
        OnLoad = load => Snapshot(load, States.Metered(day: 1, usageDay: 1, used: 1));

        Tell(ReportedCalls(7, day: 2), NewsOutcome.Applied);
        _store.ExpectMsg<LoadSnapshot>();
        Settle(_actor);

        LastSaved().Change.Usages.Should().Equal(CallsFeature);
        ExpectNoRead();
        var asker = Question(Own);
        asker.ExpectMsg<CustomerAnswer>().State!.FindFeature("calls")!.Usage.Current.Should().Be(7);
        ExpectRead(Own);
    }

    [Fact]
    public void A_report_about_an_entry_that_is_not_stored_either_is_left_to_the_first_read()
    {
        WatchSaves(answer: true);

        Tell(ReportedCalls(7, day: 2));
        Settle(_actor);

        ExpectNoRead();
        _saving.Should().BeEmpty();
        Know(Own, States.Metered(day: 1, usageDay: 3, used: 8));
        Services.Cache.Find("customer")!.Own!.State.FindFeature("calls")!.Usage.Current.Should().Be(8);
    }

    [Fact]
    public void A_question_that_comes_while_a_report_has_the_entry_loaded_shares_the_load()
    {
        WatchSaves(answer: true);
        OnLoad = _ => null;
        Tell(ReportedCalls(7, day: 2), NewsOutcome.Applied);
        var load = _store.ExpectMsg<LoadSnapshot>();
        var loader = _store.LastSender;
        var asker = Question(Own);
        Settle(_actor);

        loader.Tell(Snapshot(load, States.Metered(day: 1)), _store.Ref);

        asker.ExpectMsg<CustomerAnswer>().State!.FindFeature("calls")!.Usage.Current.Should().Be(7);
        ExpectRead(Own);
    }

    private static UsageSet ReportedCalls(double used, int day)
    {
        var news = States.Used(used, day);
        return new UsageSet(Own, news with { Usage = news.Usage with { Reported = true } });
    }

    // Saves are kept, and end as a spec says or at once; what is owed is kept too.
    private void WatchSaves(bool answer)
    {
        Services = Services with { Snapshots = new SnapshotServices { Prefix = "local", Owed = key => _owed.Add(key), PassedOver = key => _passedOver.Add(key) } };
        (_actor, _parent) = Supervised(CustomerActor.Props(Services, _cloud.Ref, _store.Ref), "customer");
        OnSave = save =>
        {
            _saving.Add(((EntrySnapshot)save.Snapshot, save));
            return answer ? new SaveSnapshotSuccess(save.Metadata) : null;
        };
    }

    private EntrySnapshot LastSaved() => _saving[^1].What;

    private void EndSave(int index, bool isDone)
    {
        var metadata = _saving[index].Save.Metadata;
        Say(isDone ? new SaveSnapshotSuccess(metadata) : new SaveSnapshotFailure(metadata, new InvalidOperationException("the store is down")));
        Settle(_actor);
        Settle(_actor);
    }

    private void Tell(EntryNews news, NewsOutcome? outcome = null)
    {
        var desk = CreateTestProbe();
        _actor.Tell(new TakeNews(news), desk.Ref);
        var taken = desk.ExpectMsg<NewsTaken>();
        if (outcome is not null)
            taken.Outcome.Should().Be(outcome);
        Settle(_actor);
    }

    private double? Limit() => Services.Cache.Find("customer")!.Own!.State.FindFeature("calls")!.UsageLimit;

    // Another program has stored a state, and the actor has looked at it.
    private void Look(EntitlementState stored)
    {
        while (_store.HasMessages)
            _store.ExpectMsg<object>();
        OnLoad = _ => null;
        Say(new StoredChanged(Own));
        var load = _store.FishForMessage<LoadSnapshot>(_ => true);
        var loader = _store.LastSender;
        Settle(_actor);
        loader.Tell(Snapshot(load, stored), _store.Ref);
        Settle(_actor);
    }

    // What takes an entry out is an actor of its own, which the one under test does not wait for.
    private void ExpectDelete(string persistenceId)
    {
        _store.FishForMessage<DeleteSnapshots>(_ => true).PersistenceId.Should().Be(persistenceId);
        Deletes().Should().BeEmpty();
    }

    private string[] Deletes()
    {
        Settle(_actor);
        var deleted = new List<string>();
        while (_store.HasMessages)
        {
            if (_store.ExpectMsg<object>() is DeleteSnapshots delete)
                deleted.Add(delete.PersistenceId);
        }

        return [.. deleted];
    }

    // Asks, and leaves the load to be ended.
    private Action<EntitlementState?> Load(EntryKey key, out TestProbe asker)
    {
        OnLoad = _ => null;
        asker = Question(key);
        var load = _store.ExpectMsg<LoadSnapshot>();
        var loader = _store.LastSender;
        Settle(_actor);
        return state =>
        {
            loader.Tell(state is null ? NothingStored : Snapshot(load, state), _store.Ref);
            Settle(_actor);
        };
    }

    private Action<EntitlementState?> SlowLoad(EntryKey key, out TestProbe asker)
    {
        var load = Load(key, out asker);
        Pass(0.25);
        return load;
    }
}
