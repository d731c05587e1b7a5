using Akka.Persistence;
using Sidecar.Actors.Entries;
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

    private FeatureEntitlement CallsNow => Services.Cache.Find("customer")!.Own!.State.FindFeature("calls")!;

    // Another program has written, and that is looked at.
    private void Stored(EntitlementState state)
    {
        Deletes();
        OnLoad = load => Snapshot(load, state);
        Say(new StoredChanged(Own));
        _store.FishForMessage(message => message is LoadSnapshot);
        // It tells its parent before it ends.
        Watch(_store.LastSender);
        ExpectTerminated(_store.LastSender);
        Settle(_actor);
    }
}
