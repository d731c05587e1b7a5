using Akka.Persistence;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Entries;

/// <summary>What another program writes to the persistent cache.</summary>
public sealed partial class CustomerActorSpecs
{
    [Fact]
    public void What_another_program_stored_with_a_later_date_is_known_at_once()
    {
        WatchSaves(answer: true);
        Know(Own, States.Metered(day: 1, limit: 1));

        Stored(States.Metered(day: 2, limit: 2, usageDay: 3, used: 3));

        (CallsNow.UsageLimit, CallsNow.Usage.Current).Should().Be((2, 3));
        _saving.Should().HaveCount(1, "nothing of what is stored is older");
    }

    [Fact]
    public void What_another_program_stored_with_an_older_date_is_put_right()
    {
        WatchSaves(answer: true);
        Know(Own, States.Metered(day: 5, limit: 5, usageDay: 5, used: 5));

        Stored(States.Metered(day: 5, limit: 5, usageDay: 4, used: 4));
        LastSaved().Change.Usages.Should().Equal(CallsFeature);

        Stored(States.Metered(day: 4, limit: 4, usageDay: 5, used: 5));
        LastSaved().Change.IsAll.Should().BeTrue();
        (CallsNow.UsageLimit, CallsNow.Usage.Current).Should().Be((5, 5));
    }

    [Fact]
    public void A_set_that_another_program_stored_over_an_empty_one_is_read_at_once_and_stays_until_the_read_has_told()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);

        Stored(States.Metered(day: 2, limit: 2));
        CallsNow.UsageLimit.Should().Be(2);
        Deletes().Should().BeEmpty();
        _saving.Should().HaveCount(1);

        End(ExpectRead(Own), States.Metered(day: 2, limit: 2));
        Settle(_actor);
        LastSaved().State.IsEmpty.Should().BeFalse();
        Deletes().Should().BeEmpty();
    }

    [Fact]
    public void An_empty_set_that_stands_there_while_one_is_undecided_decides_nothing_and_a_read_that_began_later_does()
    {
        WatchSaves(answer: true);
        Know(Own, States.Denied);
        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 2)));
        var read = ExpectRead(Own);

        Stored(States.Denied);
        CallsNow.UsageLimit.Should().Be(2, "it may be the one that was saved before");
        Services.Cache.Find("customer")!.Own!.IsUndecided.Should().BeTrue();

        End(read, States.Metered(day: 2, limit: 2));
        Settle(_actor);
        _saving.Should().HaveCount(1, "another program may have stored it since that read began");
        End(ExpectRead(Own), States.Metered(day: 2, limit: 2));
        Settle(_actor);
        Services.Cache.Find("customer")!.Own!.IsUndecided.Should().BeFalse();
        LastSaved().State.IsEmpty.Should().BeFalse();
        ExpectNoRead();
    }

    [Fact]
    public void What_is_undecided_is_not_read_unasked_where_another_program_has_the_word()
    {
        MaintainedElsewhere();
        Know(Own, States.Denied);

        Tell(new EntitlementsReplaced(Own, States.Metered(day: 2, limit: 2)));
        Deletes().Should().BeEmpty();
        ExpectNoRead();

        Stored(States.Metered(day: 2, limit: 3));
        Services.Cache.Find("customer")!.Own!.IsUndecided.Should().BeFalse();
        CallsNow.UsageLimit.Should().Be(3);
    }

    [Fact]
    public void A_date_that_is_finer_than_the_stored_milliseconds_is_not_put_right_over_and_over()
    {
        WatchSaves(answer: true);
        var (fine, coarse) = (States.Day(5).AddMicroseconds(123_456), States.Day(5).AddMilliseconds(123));
        Know(Own, Dated(fine));

        Stored(Dated(coarse));

        _saving.Should().HaveCount(1, "two that put each other right would never end");
        CallsNow.Usage.UpdatedAt.Should().Be(fine);

        static EntitlementState Dated(DateTimeOffset date) => EntitlementState.Create(
            null, States.Metered(day: 5).All().Select(e => e with { UpdatedAt = date, Usage = e.Usage with { UpdatedAt = date } }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_set_that_the_cloud_has_replaced_by_an_older_one_does_not_come_back_from_the_store(bool isStartedAnew)
    {
        WatchSaves(answer: true);
        Know(Own, States.Metered(day: 9, limit: 9));
        Say(new Invalidate(Own));
        Know(Own, States.Metered(day: 8, limit: 8));
        if (isStartedAnew)
            (_actor, _parent) = Supervised(CustomerActor.Props(Services, _cloud.Ref, _store.Ref), "customer");

        // No writer may put the older one in its place; what is used goes on.
        Stored(States.Metered(day: 9, limit: 9, usageDay: 10, used: 10));

        (CallsNow.UsageLimit, CallsNow.Usage.Current).Should().Be((8, 10));
        Stored(States.Metered(day: 10, limit: 10));
        CallsNow.UsageLimit.Should().Be(10, "a later one is another");
    }

    [Fact]
    public void A_change_that_leaves_nothing_to_read_has_the_cloud_read_a_few_times_a_minute_however_often_it_is_told()
    {
        MaintainedElsewhere();
        Know(Own, States.Metered(day: 1));
        var reads = 0;

        // Each read is saved, and each save told as a change.
        for (var i = 0; i < 600; i++)
        {
            Say(new StoredChanged(Own));
            Pass(0.1);
            while (_cloud.HasMessages)
            {
                reads++;
                End(_cloud.ExpectMsg<ReadEntry>(), States.Metered(day: 1));
            }
        }

        reads.Should().BeInRange(2, 7);
    }

    [Fact]
    public void What_another_program_keeps_is_known_at_once_also_while_the_cloud_is_not_read_again()
    {
        MaintainedElsewhere();
        Know(Own, States.Metered(day: 1, limit: 1));
        for (var i = 0; i < 3; i++)
            ChangedToNothing();
        EndReads(States.Metered(day: 1, limit: 1));

        Stored(States.Metered(day: 2, limit: 2, usageDay: 3, used: 3));

        (CallsNow.UsageLimit, CallsNow.Usage.Current).Should().Be((2, 3));
        ExpectNoRead();
    }

    [Fact]
    public void The_last_change_that_leaves_nothing_to_read_is_read_from_the_cloud_once_its_time_has_come()
    {
        MaintainedElsewhere();
        Know(Own, States.Metered(day: 1, limit: 1));
        ChangedToNothing();
        EndReads(States.Metered(day: 1, limit: 1)).Should().Be(1);

        ChangedToNothing();
        ExpectNoRead();
        Pass(RereadFloor.First.TotalSeconds - 0.001);
        ExpectNoRead();
        Pass(0.002);

        AwaitAssert(() => _cloud.HasMessages.Should().BeTrue());
        EndReads(States.Metered(day: 1, limit: 2)).Should().Be(1);
        CallsNow.UsageLimit.Should().Be(2);
        Pass(130);
        ExpectNoRead();
    }

    [Fact]
    public void An_actor_that_puts_off_a_read_does_not_end_before_it_is_sure_that_none_comes()
    {
        MaintainedElsewhere();
        Know(Own, States.Metered(day: 1));
        for (var i = 0; i < 5; i++)
        {
            ChangedToNothing();
            Pass(RereadFloor.First.TotalSeconds * Math.Pow(2, i));
            EndReads(States.Metered(day: 1));
        }

        Say(CustomerActor.StopIfIdle.Instance);
        _parent.FishForMessage(message => message is CustomerActor.Busy);
        Pass(CustomerActor.IdleTime.TotalSeconds + 1);
        _parent.HasMessages.Should().BeFalse("what it knows of how often it read would be lost");
        Pass(2 * RereadFloor.Longest.TotalSeconds);
        ExpectPassivation();
    }

    [Fact]
    public void An_empty_set_that_stays_there_does_not_have_the_cloud_read_over_and_over()
    {
        WatchSaves(answer: true);
        Know(Own, States.Metered(day: 1));
        OnLoad = load => Snapshot(load, EntitlementState.Create(null, []));
        var reads = 0;

        for (var i = 0; i < 600; i++)
        {
            Say(new StoredChanged(Own));
            Pass(0.1);
            Question(Own, TimeSpan.Zero);
            Settle(_actor);
            while (_cloud.HasMessages)
            {
                reads++;
                End(_cloud.ExpectMsg<ReadEntry>(), States.Metered(day: 1));
            }
        }

        reads.Should().BeInRange(2, 9);
    }

    private void MaintainedElsewhere()
    {
        Services = Services with { Snapshots = new SnapshotServices { Prefix = "local", IsMaintainedElsewhere = true } };
        (_actor, _parent) = Supervised(CustomerActor.Props(Services, _cloud.Ref, _store.Ref), "customer");
    }

    private void ChangedToNothing()
    {
        Deletes();
        OnLoad = _ => NothingStored;
        Say(new StoredChanged(Own));
        _store.FishForMessage(message => message is LoadSnapshot);
        Settle(_actor);
    }

    private int EndReads(EntitlementState state)
    {
        var reads = 0;
        for (; _cloud.HasMessages; reads++)
        {
            End(_cloud.ExpectMsg<ReadEntry>(), state);
            Settle(_actor);
        }

        return reads;
    }

    private FeatureEntitlement CallsNow => Services.Cache.Find("customer")!.Own!.State.FindFeature("calls")!;

    // Another program has written, and that is looked at.
    private void Stored(EntitlementState state)
    {
        Deletes();
        OnLoad = load => Snapshot(load, state);
        Say(new StoredChanged(Own));
        _store.FishForMessage(message => message is LoadSnapshot);
        Settle(_actor);
    }
}
