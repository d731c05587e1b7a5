using Sidecar.Actors.Cloud;

namespace Sidecar.Actors.Tests.Cloud;

public sealed class ReadQueueSpecs
{
    private readonly Dictionary<string, long> _lastUsed = [];
    private readonly ReadQueue<string> _queue;

    public ReadQueueSpecs() => _queue = new ReadQueue<string>(
        capacity: 4, read => read.StartsWith("first", StringComparison.Ordinal), read => _lastUsed.GetValueOrDefault(read));

    [Fact]
    public void First_reads_come_before_re_reads_in_the_order_of_their_coming()
    {
        Add("again-1", "first-1", "again-2", "first-2");

        TakeAll().Should().Equal("first-1", "first-2", "again-1", "again-2");
    }

    [Fact]
    public void Of_re_reads_the_one_used_last_comes_first_and_of_two_alike_the_one_that_came_first()
    {
        (_lastUsed["cold"], _lastUsed["hot"], _lastUsed["hot too"]) = (1, 9, 9);
        Add("cold", "hot", "hot too", "never");

        TakeAll().Should().Equal("hot", "hot too", "cold", "never");
    }

    [Fact]
    public void A_re_read_can_be_put_among_the_first_reads_and_is_taken_once()
    {
        Add("again-1", "again-2", "first-1");

        _queue.PutFirst(read => read == "again-2");
        _queue.PutFirst(read => read == "first-1");
        _queue.PutFirst(read => read == "none");

        _queue.Count.Should().Be(3);
        _queue.Again.Should().Be(1);
        TakeAll().Should().Equal("first-1", "again-2", "again-1");
    }

    [Fact]
    public void Heat_is_looked_at_anew_with_each_tick()
    {
        Add("one", "two", "three");
        Take(tick: 1).Should().Be("one");

        _lastUsed["three"] = 5;

        Take(tick: 1).Should().Be("two");
        Add("four");
        Take(tick: 2).Should().Be("three");
        Take(tick: 2).Should().Be("four");
    }

    [Fact]
    public void Whether_somebody_waits_for_any_of_them_is_known_at_each_moment()
    {
        var queue = new ReadQueue<string>(
            capacity: 3, read => read == "first", _ => 0, read => read.StartsWith("awaited", StringComparison.Ordinal));
        queue.IsUnawaited.Should().BeFalse("there is none");

        queue.TryAdd("one", out _);
        queue.IsUnawaited.Should().BeTrue();
        queue.TryAdd("two", out _);
        queue.TryAdd("awaited", out _);
        queue.IsUnawaited.Should().BeFalse();
        queue.TryAdd("first", out var refused);
        refused.Should().Be("awaited");
        queue.IsUnawaited.Should().BeFalse("one is a first read");
        queue.TryTake(() => 1, out _);
        queue.IsUnawaited.Should().BeTrue();
        queue.TryAdd("awaited", out _);
        queue.TakeAll(read => read == "awaited");
        queue.IsUnawaited.Should().BeTrue();
        queue.TryAdd("awaited", out _);
        for (var i = 0; i < 3; i++)
            queue.TryTake(() => 1, out _).Should().BeTrue();
        queue.TryAdd("one", out _);
        queue.IsUnawaited.Should().BeTrue();
    }

    [Fact]
    public void One_more_than_fits_is_refused()
    {
        Add("a", "b", "c", "d");

        _queue.TryAdd("e", out var refused).Should().BeFalse();

        refused.Should().Be("e");
        TakeAll().Should().Equal("a", "b", "c", "d");
    }

    [Fact]
    public void A_first_read_takes_the_place_of_the_re_read_that_came_last()
    {
        Add("a", "b", "first-1", "c");

        _queue.TryAdd("first-2", out var refused).Should().BeFalse();

        refused.Should().Be("c");
        _queue.Count.Should().Be(4);
        TakeAll().Should().Equal("first-1", "first-2", "a", "b");
    }

    [Fact]
    public void A_first_read_finds_no_place_among_first_reads_alone()
    {
        Add("first-1", "first-2", "first-3", "first-4");

        _queue.TryAdd("first-5", out var refused).Should().BeFalse();

        refused.Should().Be("first-5");
        _queue.Count.Should().Be(4);
    }

    [Fact]
    public void Some_can_be_taken_out_and_the_rest_keeps_its_order()
    {
        Add("first-1", "a", "first-2", "b");

        _queue.TakeAll(read => read is "first-1" or "a").Should().BeEquivalentTo("first-1", "a");

        _queue.Count.Should().Be(2);
        TakeAll().Should().Equal("first-2", "b");
    }

    [Fact]
    public void However_long_first_reads_push_re_reads_out_nothing_is_held_but_what_waits()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _queue.TryAdd($"again-{i}", out _);
            _queue.TryAdd($"first-{i}", out _);
            _queue.TryTake(() => 1, out _).Should().BeTrue();
        }

        _queue.Held.Should().BeLessThan(200);
    }

    [Fact]
    public void However_many_re_reads_are_put_among_first_reads_nothing_is_held_but_what_waits()
    {
        Add("first");
        for (var i = 0; i < 10_000; i++)
        {
            var name = $"again-{i}";
            _queue.TryAdd(name, out _).Should().BeTrue();
            _queue.PutFirst(read => read == name);
            _queue.TryTake(() => 1, out _).Should().BeTrue();
        }

        _queue.Held.Should().BeLessThan(200);
    }

    [Fact]
    public void From_an_empty_one_nothing_is_taken() => _queue.TryTake(() => 1, out _).Should().BeFalse();

    private void Add(params string[] reads)
    {
        foreach (var read in reads)
            _queue.TryAdd(read, out _).Should().BeTrue();
    }

    private string Take(long tick)
    {
        _queue.TryTake(() => tick, out var read).Should().BeTrue();
        return read!;
    }

    private List<string> TakeAll()
    {
        var all = new List<string>();
        while (_queue.TryTake(() => 7, out var read))
            all.Add(read);
        _queue.Count.Should().Be(0);
        return all;
    }
}
