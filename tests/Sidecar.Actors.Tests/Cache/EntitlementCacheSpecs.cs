using Sidecar.Actors.Cache;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cache;

/// <summary>What is published, found, removed and noted.</summary>
public sealed partial class EntitlementCacheSpecs
{
    private static readonly EntryKey Own = new("customer");
    private static readonly EntryKey Resource = new("customer", "resource");
    private readonly EntitlementCache _cache = new(EntitlementCache.SmallestMaxBytes);

    [Fact]
    public void What_was_published_is_found()
    {
        var (own, resource) = (ViewOf("a"), ViewOf("b"));

        _cache.Publish(Own, own, 0).Should().BeTrue();
        _cache.Publish(Resource, resource, 0).Should().BeTrue();

        var views = _cache.Find(Own.CustomerId)!;
        views.Find(null).Should().BeSameAs(own);
        views.Find("resource").Should().BeSameAs(resource);
        views.Find("other").Should().BeNull();
        views.CustomerId.Should().Be(Own.CustomerId);
        _cache.Count.Should().Be(1);
    }

    [Fact]
    public void What_was_never_published_is_not_found()
    {
        _cache.Publish(Own, ViewOf("a"), 0);

        _cache.Find("Customer").Should().BeNull();
        _cache.Find("").Should().BeNull();
    }

    [Fact]
    public void A_later_view_takes_the_place_of_the_earlier_one()
    {
        _cache.Publish(Own, ViewOf("a"), 0);
        _cache.Publish(Resource, ViewOf("b"), 0);
        var later = ViewOf("c");

        _cache.Publish(Own, later, 0);

        _cache.Find(Own.CustomerId)!.Own.Should().BeSameAs(later);
        _cache.Find(Own.CustomerId)!.Find("resource")!.State.FindFeature("b").Should().NotBeNull();
    }

    [Fact]
    public void A_customer_is_removed_with_all_its_resources()
    {
        _cache.Publish(Own, ViewOf("a"), 0);
        _cache.Publish(Resource, ViewOf("b"), 0);

        _cache.Remove(_cache.Find(Own.CustomerId)!).Should().BeTrue();

        _cache.Find(Own.CustomerId).Should().BeNull();
        _cache.Bytes.Should().Be(0);
        _cache.Count.Should().Be(0);
    }

    [Fact]
    public void Only_what_was_judged_is_removed()
    {
        _cache.Publish(Own, ViewOf("a"), 0);
        var judged = _cache.Find(Own.CustomerId)!;
        _cache.Publish(Own, ViewOf("b"), 0);
        var charged = _cache.Bytes;

        _cache.Remove(judged).Should().BeFalse();

        _cache.Find(Own.CustomerId)!.Own!.State.FindFeature("b").Should().NotBeNull();
        _cache.Bytes.Should().Be(charged);
    }

    [Fact]
    public void What_was_removed_once_is_not_given_back_twice()
    {
        _cache.Publish(Own, ViewOf("a"), 0);
        _cache.Publish(new EntryKey("other"), ViewOf("a"), 0);
        var judged = _cache.Find(Own.CustomerId)!;
        _cache.Remove(judged);
        var charged = _cache.Bytes;

        _cache.Remove(judged).Should().BeFalse();

        _cache.Bytes.Should().Be(charged);
    }

    [Fact]
    public void Pending_marks_are_counted()
    {
        _cache.MarkPending("customer");
        _cache.MarkPending("customer");
        _cache.UnmarkPending("customer");
        _cache.IsOfInterest(new EntryKey("customer")).Should().BeTrue();

        _cache.UnmarkPending("customer");

        _cache.IsOfInterest(new EntryKey("customer")).Should().BeFalse();
    }

    [Fact]
    public void A_mark_that_is_not_there_can_be_taken_back()
    {
        _cache.UnmarkPending("customer");

        _cache.MarkPending("customer");
        _cache.IsOfInterest(new EntryKey("customer")).Should().BeTrue("no mark is owed");
    }

    [Fact]
    public void A_customer_is_marked_alone_by_one_at_a_time_and_where_nobody_else_has_marked_it()
    {
        _cache.MarkPending("waiting");

        _cache.TryMarkAlone("customer").Should().BeTrue();

        _cache.TryMarkAlone("customer").Should().BeFalse();
        _cache.TryMarkAlone("waiting").Should().BeFalse();
        _cache.IsOfInterest(new EntryKey("customer")).Should().BeTrue();
        _cache.TryUnmarkAlone("customer").Should().BeTrue();
        _cache.IsOfInterest(new EntryKey("customer")).Should().BeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_marked_it_alone_learns_of_another_mark_though_it_was_taken_back(bool isTakenBack)
    {
        _cache.TryMarkAlone("customer");
        _cache.MarkPending("customer");
        if (isTakenBack)
            _cache.UnmarkPending("customer");

        _cache.TryUnmarkAlone("customer").Should().BeFalse();

        _cache.UnmarkPending("customer");
        _cache.IsOfInterest(new EntryKey("customer")).Should().Be(!isTakenBack);
    }

    [Fact]
    public void News_counts_for_who_has_a_view_or_waits_for_one()
    {
        _cache.Publish(Own, ViewOf("feature"), 0);
        _cache.MarkPending("waiting");

        _cache.IsOfInterest(Own).Should().BeTrue();
        _cache.IsOfInterest(new EntryKey("waiting")).Should().BeTrue();
        _cache.IsOfInterest(new EntryKey("neither")).Should().BeFalse();
    }

    [Fact]
    public async Task No_mark_of_many_tasks_is_lost_or_left_over()
    {
        _cache.MarkPending("customer");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                _cache.MarkPending("customer");
                _cache.UnmarkPending("customer");
            }
        })));

        _cache.IsOfInterest(new EntryKey("customer")).Should().BeTrue();
        _cache.UnmarkPending("customer");
        _cache.IsOfInterest(new EntryKey("customer")).Should().BeFalse();
    }

    [Fact]
    public void The_nodes_epoch_only_rises()
    {
        _cache.NodeEpoch.Should().Be(0);
        _cache.RaiseNodeEpoch();
        _cache.RaiseNodeEpoch();

        _cache.NodeEpoch.Should().Be(2);
    }

    [Fact]
    public async Task Numbers_are_given_out_once_and_in_order()
    {
        var numbers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Enumerable.Range(0, 5_000).Select(_ => _cache.NextNumber()).ToList())));

        numbers.Should().AllSatisfy(own => own.Should().BeInAscendingOrder());
        numbers.SelectMany(own => own).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void The_streams_state_is_shown_as_it_was_set()
    {
        _cache.Stream.Should().Be(StreamState.Off);
        var up = new StreamState(IsUp: true, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _cache.Stream = up;

        _cache.Stream.Should().Be(up);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(99, 0)]
    [InlineData(100, 1)]
    [InlineData(1_250, 12)]
    public void Last_uses_are_told_apart_by_tenths_of_a_second(int milliseconds, long tick) =>
        EntitlementCache.TickOf(TimeSpan.FromMilliseconds(milliseconds)).Should().Be(tick);

    [Fact]
    public void A_use_is_noted_and_replacing_a_view_is_one()
    {
        _cache.Publish(Own, ViewOf("a"), 3);
        var before = _cache.Find(Own.CustomerId)!;
        before.LastUsed.Should().Be(3);
        before.Touch(7);
        before.LastUsed.Should().Be(7);

        _cache.Publish(Resource, ViewOf("b"), 8);

        _cache.Find(Own.CustomerId)!.LastUsed.Should().Be(8, "both are of one customer");
    }

    [Fact]
    public async Task Who_removes_all_leaves_nothing_to_whoever_replaces_it_meanwhile()
    {
        var view = ViewOf("a");
        var replaced = 0L;
        using var ending = new CancellationTokenSource();
        var replacing = Task.Factory.StartNew(() =>
        {
            while (!ending.IsCancellationRequested)
            {
                if (_cache.Change(Own, held => held is null ? null : view))
                    Interlocked.Increment(ref replaced);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        try
        {
            for (var i = 0; i < 2_000; i++)
            {
                var before = Interlocked.Read(ref replaced);
                _cache.Publish(Own, view, 0);
                SpinWait.SpinUntil(() => Interlocked.Read(ref replaced) > before, Eventually.Patience).Should().BeTrue();

                _cache.RemoveAll(Own.CustomerId);

                _cache.Find(Own.CustomerId).Should().BeNull();
            }
        }
        finally
        {
            await ending.CancelAsync();
        }

        await replacing;
        _cache.Count.Should().Be(0);
    }

    [Fact]
    public async Task Who_waits_and_then_has_a_view_is_of_interest_all_the_time()
    {
        // Odd while the customer is marked, or a view of it stands.
        var round = 0;
        var view = ViewOf("a");
        using var ending = new CancellationTokenSource();
        using var begun = new ManualResetEventSlim();
        var asking = Task.Factory.StartNew(() =>
        {
            var (asked, missed) = (0, 0);
            begun.Set();
            while (!ending.IsCancellationRequested)
            {
                var before = Volatile.Read(ref round);
                var isOfInterest = _cache.IsOfInterest(Own);
                if (before % 2 == 0 || Volatile.Read(ref round) != before)
                    continue;
                asked++;
                missed += isOfInterest ? 0 : 1;
            }

            return (asked, missed);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        begun.Wait(Eventually.Patience).Should().BeTrue();
        for (var i = 0; i < 100_000; i++)
        {
            _cache.MarkPending(Own.CustomerId);
            Volatile.Write(ref round, round + 1);
            Thread.SpinWait(i % 16);
            _cache.Publish(Own, view, 0);
            _cache.UnmarkPending(Own.CustomerId);
            Thread.SpinWait(i % 16);
            Volatile.Write(ref round, round + 1);
            _cache.RemoveAll(Own.CustomerId);
        }

        await ending.CancelAsync();
        var (asked, missed) = await asking;
        asked.Should().BePositive();
        missed.Should().Be(0);
    }

    private static EntitlementView ViewOf(params string[] features) => States.ViewOf(States.Granting(features));
}
