using System.Runtime.CompilerServices;
using Sidecar.Actors.Cache;

namespace Sidecar.Actors.Tests.Cache;

/// <summary>The table of views: what one thread sees of it, and what many do.</summary>
public sealed class CustomerTableSpecs
{
    private readonly CustomerTable _table = [];

    [Fact]
    public void Of_views_of_one_customer_the_first_are_added()
    {
        var first = ViewsOf("customer");

        _table.TryAdd(first).Should().BeTrue();

        _table.TryAdd(ViewsOf("customer")).Should().BeFalse();
        _table.Find("customer").Should().BeSameAs(first);
        _table.Find("Customer").Should().BeNull();
        _table.Find("").Should().BeNull();
    }

    [Fact]
    public void Exactly_the_views_that_are_known_are_replaced()
    {
        var (first, second) = (ViewsOf("customer"), ViewsOf("customer"));
        _table.TryUpdate(second, first).Should().BeFalse("nothing is there");
        _table.TryAdd(first);

        _table.TryUpdate(second, first).Should().BeTrue();

        _table.TryUpdate(ViewsOf("customer"), first).Should().BeFalse("it has been replaced");
        _table.Find("customer").Should().BeSameAs(second);
    }

    [Fact]
    public void Exactly_the_views_that_are_known_are_removed()
    {
        var (first, second) = (ViewsOf("customer"), ViewsOf("customer"));
        _table.TryRemove(first).Should().BeFalse("nothing is there");
        _table.TryAdd(first);
        _table.TryUpdate(second, first);

        _table.TryRemove(first).Should().BeFalse("it has been replaced");
        _table.TryRemove(second).Should().BeTrue();

        _table.TryRemove(second).Should().BeFalse("it is gone");
        _table.Find("customer").Should().BeNull();
        _table.Should().BeEmpty();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, int.MaxValue - 1_000)]
    public void Whatever_is_done_it_holds_what_a_dictionary_does(int seed, int firstNumber)
    {
        CustomerTable table = new(firstNumber);
        var random = new Random(seed);
        var expected = new Dictionary<string, CustomerViews>(StringComparer.Ordinal);
        for (var step = 0; step < 100_000; step++)
        {
            // More are added than removed at first, and then fewer.
            var id = $"customer-{random.Next(10_000)}";
            var known = expected.GetValueOrDefault(id);
            ReferenceEquals(table.Find(id), known).Should().BeTrue();
            if (random.Next(100_000) > step)
            {
                var views = ViewsOf(id);
                (known is null ? table.TryAdd(views) : table.TryUpdate(views, known)).Should().BeTrue();
                expected[id] = views;
            }
            else
            {
                table.TryRemove(known ?? ViewsOf(id)).Should().Be(expected.Remove(id));
            }
        }

        table.ToHashSet().SetEquals(expected.Values).Should().BeTrue();
        table.Count().Should().Be(expected.Count).And.BePositive();
    }

    [Fact]
    public void Who_comes_and_goes_for_ever_takes_no_more_places_than_are_needed_at_once()
    {
        // Each is added before the one that came 1,000 before it goes, as in a cache that is full.
        var all = Enumerable.Range(0, 200_000).Select(i => ViewsOf($"customer-{i}")).ToList();
        for (var i = 0; i < all.Count; i++)
        {
            _table.TryAdd(all[i]).Should().BeTrue();
            if (i >= 1_000)
                _table.TryRemove(all[i - 1_000]).Should().BeTrue();
        }

        _table.Places.Should().BeInRange(1_000, 8_192);
        _table.Should().HaveCount(1_000);
        all[^1_000..].TrueForAll(views => ReferenceEquals(_table.Find(views.CustomerId), views)).Should().BeTrue();
    }

    [Fact]
    public void Places_of_many_who_have_gone_are_given_back()
    {
        var many = Enumerable.Range(0, 100_000).Select(i => ViewsOf($"customer-{i}")).ToList();
        many.ForEach(views => _table.TryAdd(views).Should().BeTrue());
        _table.Places.Should().BeGreaterThan(100_000);

        many[..99_000].ForEach(views => _table.TryRemove(views).Should().BeTrue());

        _table.Places.Should().BeLessThanOrEqualTo(1_000 * 16);
        many[99_000..].TrueForAll(views => ReferenceEquals(_table.Find(views.CustomerId), views)).Should().BeTrue();
        many[..99_000].TrueForAll(views => _table.Find(views.CustomerId) is null).Should().BeTrue();
    }

    [Fact]
    public async Task What_stays_is_found_at_any_time_and_never_as_it_was_before()
    {
        string[] stays = [.. Enumerable.Range(0, 50).Select(i => $"stays-{i}")];
        foreach (var id in stays)
            _table.TryAdd(ViewsOf(id));
        using var ending = new CancellationTokenSource();
        var reads = Enumerable.Range(0, 3).Select(_ =>
        {
            var seen = stays.ToDictionary(id => id, _ => 0L);
            return UntilAsync(_ =>
            {
                foreach (var id in stays)
                {
                    var tick = (_table.Find(id) ?? throw new InvalidOperationException($"{id} is gone")).LastUsed;
                    if (tick < seen[id])
                        throw new InvalidOperationException($"{id} was at {seen[id]} already, and is at {tick}");
                    seen[id] = tick;
                }
            }, ending.Token);
        }).ToList();

        // Others come, in more places each time, and go again: their places are taken by the next ones.
        try
        {
            for (var round = 1; round <= 300; round++)
            {
                var come = Enumerable.Range(0, 20 * round).Select(i => ViewsOf($"comes-{round}-{i}")).ToList();
                foreach (var views in come)
                    _table.TryAdd(views).Should().BeTrue();
                foreach (var id in stays)
                {
                    var next = ViewsOf(id);
                    next.Touch(round);
                    _table.TryUpdate(next, _table.Find(id)!).Should().BeTrue();
                }

                foreach (var views in come)
                    _table.TryRemove(views).Should().BeTrue();
            }
        }
        finally
        {
            await ending.CancelAsync();
        }

        (await Task.WhenAll(reads)).Should().OnlyContain(rounds => rounds > 0);
        _table.Select(views => views.CustomerId).Should().BeEquivalentTo(stays);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(20_000)]
    public async Task What_is_replaced_is_found_while_it_goes_from_among_the_new_to_its_place(int customers)
    {
        // Few are replaced again and again among the new ones; of many, each goes to its place before it is replaced again.
        string[] ids = [.. Enumerable.Range(0, customers).Select(i => $"customer-{i}")];
        foreach (var id in ids)
            _table.TryAdd(ViewsOf(id));
        using var ending = new CancellationTokenSource();
        var finds = UntilAsync(round =>
        {
            var i = (int)(round * 7 % customers);
            var tick = (_table.Find(ids[i]) ?? throw new InvalidOperationException($"{ids[i]} is gone")).LastUsed;
            if (_table.Find(ids[i])!.LastUsed < tick)
                throw new InvalidOperationException($"{ids[i]} was at {tick} already, and is older again");
        }, ending.Token);
        var walks = UntilAsync(_ =>
        {
            if (_table.Select(views => views.CustomerId).ToList() is var met && (met.Count != customers || met.Distinct().Count() != customers))
                throw new InvalidOperationException($"{met.Count} are met, {met.Distinct().Count()} of {customers}");
        }, ending.Token);

        try
        {
            for (var done = 0; done < 2_000_000; done++)
            {
                var known = _table.Find(ids[done % customers])!;
                var next = ViewsOf(known.CustomerId);
                next.Touch(known.LastUsed + 1);
                if (!_table.TryUpdate(next, known))
                    throw new InvalidOperationException($"{known.CustomerId} is not as it was found");
            }
        }
        finally
        {
            await ending.CancelAsync();
        }

        (await Task.WhenAll(finds, walks)).Should().OnlyContain(rounds => rounds > 0);
        ids.Sum(id => _table.Find(id)!.LastUsed).Should().Be(2_000_000);
    }

    [Fact]
    public void Of_what_was_replaced_or_is_gone_nothing_is_kept()
    {
        // More than fit among the new ones, so that some are in their places again, and some are not.
        var gone = Replace(2 * 16 * CustomerTable.MaxNew);

        GC.Collect();

        gone.Count(views => views.TryGetTarget(out _)).Should().Be(0);
        _table.Should().HaveCount(2 * CustomerTable.MaxNew);

        // Apart, so that nothing is left of it on the stack.
        [MethodImpl(MethodImplOptions.NoInlining)]
        List<WeakReference<CustomerViews>> Replace(int customers)
        {
            List<WeakReference<CustomerViews>> all = [];
            for (var i = 0; i < customers; i++)
            {
                var first = ViewsOf($"customer-{i}");
                _table.TryAdd(first);
                all.Add(new WeakReference<CustomerViews>(first));
            }

            for (var i = 0; i < customers; i++)
                _table.TryUpdate(ViewsOf($"customer-{i}"), _table.Find($"customer-{i}")!).Should().BeTrue();
            // So many that places are made anew while some of the others are new.
            for (var i = 0; i < customers; i++)
            {
                if (i % 16 == 0)
                    continue;
                var last = _table.Find($"customer-{i}")!;
                _table.TryRemove(last).Should().BeTrue();
                all.Add(new WeakReference<CustomerViews>(last));
            }

            return all;
        }
    }

    [Fact]
    public async Task Of_many_who_replace_the_same_views_each_sees_what_it_replaced()
    {
        _table.TryAdd(ViewsOf("customer"));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var done = 0; done < 10_000;)
            {
                var known = _table.Find("customer")!;
                var next = ViewsOf("customer");
                next.Touch(known.LastUsed + 1);
                if (_table.TryUpdate(next, known))
                    done++;
            }
        })));

        _table.Find("customer")!.LastUsed.Should().Be(40_000);
    }

    // On a thread of its own, so that it begins at once.
    private static Task<long> UntilAsync(Action<long> step, CancellationToken ending) => Task.Factory.StartNew(
        () =>
        {
            var rounds = 0L;
            for (; !ending.IsCancellationRequested; rounds++)
                step(rounds);
            return rounds;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static CustomerViews ViewsOf(string customerId) => CustomerViews.Empty(customerId);
}
