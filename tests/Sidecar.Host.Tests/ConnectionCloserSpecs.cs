using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>The closing of connections on a clock that only the spec moves.</summary>
public sealed class ConnectionCloserSpecs
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private readonly FakeTimeProvider _time = new();
    private readonly ClientConnections _connections = new();
    private readonly ConnectionCloser _closer;
    private TimeSpan _now;
    private int _closed;
    private int _aborted;

    public ConnectionCloserSpecs() => _closer = new ConnectionCloser(_connections, _time, NullLogger<ConnectionCloser>.Instance);

    [Fact]
    public async Task Nothing_open_is_nothing_to_wait_for() => await _closer.CloseAllAsync().WaitAsync(TimeSpan.FromSeconds(30));

    [Fact]
    public void Idle_connection_is_closed_after_50_ms()
    {
        Connect();

        Pass(TimeSpan.FromMilliseconds(50));
        _closed.Should().Be(0);
        Pass(Step);
        _closed.Should().Be(1);
    }

    [Fact]
    public void Connection_in_use_is_closed_in_its_first_gap_of_50_ms()
    {
        var connection = Connect();
        for (var call = 0; call < 50; call++)
        {
            connection.CallStarted();
            Pass(Step);
            connection.CallFinished();
            Pass(TimeSpan.FromMilliseconds(40));
        }

        _closed.Should().Be(0);
        Pass(TimeSpan.FromMilliseconds(60));
        _closed.Should().Be(1);
    }

    [Fact]
    public void Connection_whose_calls_come_one_after_another_is_closed_with_the_answer_under_way()
    {
        var connection = Connect(isSequential: true);
        connection.CallStarted();

        _closer.Look(TimeSpan.Zero);

        _closed.Should().Be(1);
    }

    [Fact]
    public void After_three_seconds_it_is_closed_at_the_next_call_that_begins_alone()
    {
        var connection = Connect();
        connection.CallStarted();
        Pass(ClosingRules.QuietPatience + Step);

        connection.CallStarted().Should().BeFalse("another call is under way");
        connection.CallFinished();
        connection.CallFinished();
        _closed.Should().Be(0);
        connection.CallStarted().Should().BeTrue();
        _closed.Should().Be(1);
        connection.CallStarted().Should().BeFalse("one call hands over");
    }

    [Fact]
    public void After_three_seconds_a_quiet_time_will_still_do()
    {
        var connection = Connect();
        connection.CallStarted();
        Pass(ClosingRules.QuietPatience + Step);
        connection.CallFinished();

        Pass(TimeSpan.FromMilliseconds(60));
        _closed.Should().Be(1);
    }

    [Fact]
    public void After_five_seconds_any_call_will_do()
    {
        var connection = Connect();
        connection.CallStarted();
        Pass(ClosingRules.LoneCallPatience);

        connection.CallStarted().Should().BeFalse();
        Pass(Step);
        connection.CallStarted().Should().BeTrue();
        _closed.Should().Be(1);
    }

    [Fact]
    public void Connection_in_constant_use_is_closed_at_its_next_call_and_not_in_a_gap()
    {
        var (busy, calm) = (Connect(), Connect());
        _closer.Watch();
        for (var call = 0; call < 100; call++)
            Ask(busy);
        Ask(calm);

        _closer.HandOverConstantlyUsed(TimeSpan.FromSeconds(1));
        Pass(TimeSpan.FromMilliseconds(200));
        (busy.IsCloseRequested, calm.IsCloseRequested).Should().Be((false, true));
        busy.CallStarted().Should().BeTrue();
        busy.IsCloseRequested.Should().BeTrue();
    }

    [Fact]
    public void Connection_that_was_in_constant_use_and_asks_no_more_is_closed_in_the_end()
    {
        var connection = Connect();
        for (var call = 0; call < 100; call++)
            Ask(connection);
        _closer.HandOverConstantlyUsed(TimeSpan.FromSeconds(1));

        Pass(ClosingRules.LongQuietTime - Step);
        connection.IsCloseRequested.Should().BeFalse("its client may be held up");
        Pass(3 * Step);
        connection.IsCloseRequested.Should().BeTrue();
    }

    [Fact]
    public async Task What_is_busy_for_ten_seconds_is_ended()
    {
        Connect().CallStarted();
        var closing = _closer.CloseAllAsync();

        _time.Advance(ClosingRules.HardEnd - Step);
        await Task.Delay(50);
        (_aborted, closing.IsCompleted).Should().Be((0, false));
        _time.Advance(Step);
        await closing.WaitAsync(TimeSpan.FromSeconds(30));
        _aborted.Should().Be(1);
    }

    [Fact]
    public void Connection_is_closed_once()
    {
        var connection = Connect();

        connection.HandOver(alone: false);
        connection.CallStarted();
        connection.CallStarted();
        connection.CallFinished();
        connection.CallFinished();
        Pass(TimeSpan.FromSeconds(1));

        _closed.Should().Be(1);
    }

    private ClientConnection Connect(bool isSequential = false)
    {
        ClientConnection? connection = null;
        connection = new ClientConnection(
            () =>
            {
                _closed++;
                if (connection!.Counts.IsIdle)
                    _connections.Remove(connection);
            },
            () => _aborted++)
        {
            IsSequential = isSequential,
        };
        _connections.Add(connection);
        return connection;
    }

    private static void Ask(ClientConnection connection)
    {
        connection.CallStarted();
        connection.CallFinished();
    }

    // A look at each step, as the closer does.
    private void Pass(TimeSpan time)
    {
        for (var end = _now + time; _now < end; _now += Step)
            _closer.Look(_now);
    }
}
