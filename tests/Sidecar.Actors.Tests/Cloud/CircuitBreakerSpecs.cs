using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Cloud;

/// <summary>When a cloud is in trouble, and when only an entry is.</summary>
public sealed class CircuitBreakerSpecs
{
    private readonly CircuitBreaker _breaker = new();
    private int _changes;

    public CircuitBreakerSpecs() => _breaker.Changed += (_, _) => _changes++;

    [Fact]
    public void Three_distinct_entries_that_fail_open_it()
    {
        Fail("a");
        Fail("b");
        _breaker.IsOpen.Should().BeFalse();

        Fail("c");

        _breaker.IsOpen.Should().BeTrue();
        _changes.Should().Be(1);
    }

    [Fact]
    public void Three_failures_in_a_row_open_it_where_fewer_entries_are_asked_for()
    {
        Fail("a");
        Fail("b");
        Fail("a");

        _breaker.IsOpen.Should().BeTrue();
    }

    [Fact]
    public void One_entry_that_goes_on_failing_does_not_open_it_while_two_more_are_asked_for()
    {
        var (b, c) = (_breaker.Began(new("b")), _breaker.Began(new("c")));
        for (var i = 0; i < 10; i++)
            Fail("a");
        _breaker.IsOpen.Should().BeFalse();

        _breaker.Ended(new("b"), b, hasFailed: false);
        _breaker.Ended(new("c"), c, hasFailed: false);
        Fail("a");
        Fail("a");
        _breaker.IsOpen.Should().BeFalse();
    }

    [Fact]
    public void Two_requests_about_one_other_entry_are_one_entry_asked_for()
    {
        _breaker.Began(new("b"));
        _breaker.Began(new("b"));
        for (var i = 0; i < 3; i++)
            Fail("a");

        _breaker.IsOpen.Should().BeTrue();
    }

    [Fact]
    public void Any_answer_ends_the_row()
    {
        Fail("a");
        Fail("b");
        Answer("x");
        Fail("c");
        Fail("d");

        _breaker.IsOpen.Should().BeFalse();
        _changes.Should().Be(0);
    }

    [Fact]
    public void What_was_sent_before_the_last_answer_does_not_count()
    {
        var (a, b, c) = (_breaker.Began(new("a")), _breaker.Began(new("b")), _breaker.Began(new("c")));
        Answer("x");

        _breaker.Ended(new("a"), a, hasFailed: true);
        _breaker.Ended(new("b"), b, hasFailed: true);
        _breaker.Ended(new("c"), c, hasFailed: true);

        _breaker.IsOpen.Should().BeFalse();
    }

    [Fact]
    public void A_request_that_ended_too_early_to_tell_counts_as_nothing()
    {
        Fail("a");
        Fail("b");
        _breaker.Ended(new("c"), _breaker.Began(new("c")), hasFailed: null);
        _breaker.IsOpen.Should().BeFalse();

        Fail("d");

        _breaker.IsOpen.Should().BeTrue("it did not end the row either");
    }

    [Fact]
    public void Open_it_closes_with_the_first_answer_and_begins_anew()
    {
        Open();
        Answer("a");

        _breaker.IsOpen.Should().BeFalse();
        _changes.Should().Be(2);
        Fail("a");
        Fail("b");
        _breaker.IsOpen.Should().BeFalse();
        Fail("c");
        _breaker.IsOpen.Should().BeTrue();
    }

    [Fact]
    public void Open_it_tells_further_failures_to_nobody()
    {
        Open();
        Fail("d");
        Fail("e");

        _changes.Should().Be(1);
    }

    [Fact]
    public void An_answer_about_no_entry_closes_it_too()
    {
        Open();
        _breaker.Answered();

        _breaker.IsOpen.Should().BeFalse();
    }

    [Fact]
    public void Probes_ask_for_another_entry_and_for_those_that_failed_in_turn()
    {
        Open();

        Enumerable.Range(0, 8).Select(_ => _breaker.NextProbe(new EntryKey("x"))!.Value.CustomerId)
            .Should().Equal("x", "a", "x", "b", "x", "c", "x", "a");
    }

    [Fact]
    public void Without_another_entry_they_ask_for_those_that_failed()
    {
        Open();

        Enumerable.Range(0, 6).Select(_ => _breaker.NextProbe(null)!.Value.CustomerId).Should().Equal("a", "a", "b", "b", "c", "c");
        _breaker.NextProbe(new EntryKey("b"))!.Value.CustomerId.Should().Be("a", "b is one of them");
    }

    [Fact]
    public void Where_too_few_entries_failed_the_probe_asks_for_none()
    {
        for (var i = 0; i < 3; i++)
            Fail("a");

        _breaker.IsOpen.Should().BeTrue();
        _breaker.NextProbe(new EntryKey("x")).Should().BeNull();
    }

    [Fact]
    public async Task Many_threads_at_once_leave_nothing_under_way()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 2_000; i++)
                _breaker.Ended(new($"{i % 5}"), _breaker.Began(new($"{i % 5}")), hasFailed: (i + thread) % 3 > 0);
        })));
        Answer("x");

        // With anything left under way, one entry alone would not open it.
        for (var i = 0; i < 3; i++)
            Fail("a");
        _breaker.IsOpen.Should().BeTrue();
    }

    private void Open()
    {
        Fail("a");
        Fail("b");
        Fail("c");
        _breaker.IsOpen.Should().BeTrue();
    }

    private void Fail(string customer) => End(customer, hasFailed: true);

    private void Answer(string customer) => End(customer, hasFailed: false);

    private void End(string customer, bool hasFailed) =>
        _breaker.Ended(new EntryKey(customer), _breaker.Began(new EntryKey(customer)), hasFailed);
}
