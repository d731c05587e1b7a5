using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Shutdown;
using Sidecar.Testing.Timed;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.Host.Tests;

/// <summary>The closing of old connections on a clock that only the spec moves.</summary>
public sealed class ConnectionAgingSpecs(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private readonly FakeTimeProvider _time = new();
    private readonly ClientConnections _connections = new();
    private double _jitter = 0.5;
    private ConnectionAging? _aging;
    private int _closed;
    private int _aborted;

    public void Dispose() => _aging?.Dispose();

    [Theory]
    [InlineData(0, 9)]
    [InlineData(0.5, 10)]
    [InlineData(1, 11)]
    public void Idle_connection_is_closed_at_its_age_and_not_before(double jitter, int seconds)
    {
        _jitter = jitter;
        Connect();

        Pass(TimeSpan.FromSeconds(seconds) - Step);
        _closed.Should().Be(0);
        Pass(TimeSpan.FromMilliseconds(200));
        _closed.Should().Be(1);
    }

    [Fact]
    public void Connections_are_not_old_together()
    {
        var draws = new Random(7);
        Connect();
        for (var i = 0; i < 99; i++)
        {
            _jitter = draws.NextDouble();
            Connect();
        }

        Pass(Age);

        _closed.Should().BeInRange(30, 70);
        Pass(Age / 5);
        _closed.Should().Be(100);
    }

    [Fact]
    public void Connection_in_use_is_closed_in_its_first_gap_of_50_ms()
    {
        var connection = Connect();
        Pass(Age);
        for (var call = 0; call < 20; call++)
        {
            connection.CallStarted().Should().BeFalse();
            Pass(Step);
            connection.CallFinished();
            Pass(3 * Step);
        }

        _closed.Should().Be(0);
        Pass(TimeSpan.FromMilliseconds(70));
        _closed.Should().Be(1);
    }

    [Fact]
    public void Call_that_lasts_is_not_ended_however_long_it_is()
    {
        var connection = Connect();
        connection.CallStarted();

        Pass(Age + TimeSpan.FromMinutes(2));
        (_closed, _aborted).Should().Be((0, 0));
        connection.CallStarted().Should().BeFalse("another call is under way");
        connection.CallFinished();
        connection.CallFinished();

        Pass(TimeSpan.FromSeconds(0.3));
        (_closed, _aborted).Should().Be((1, 0));
    }

    [Fact]
    public void After_three_seconds_without_a_quiet_moment_it_is_closed_at_a_call_that_begins_alone()
    {
        var connection = Connect();
        Pass(Age);
        for (var call = 0; call < 70; call++)
        {
            connection.CallStarted().Should().BeFalse();
            connection.CallFinished();
            Pass(4 * Step);
        }

        Pass(Step);
        var isHandover = false;
        for (var call = 0; call < 30 && !isHandover; call++)
        {
            isHandover = connection.CallStarted();
            if (!isHandover)
                connection.CallFinished();
            Pass(4 * Step);
        }

        isHandover.Should().BeTrue();
        _closed.Should().Be(1);
    }

    [Fact]
    public void Connection_in_constant_use_is_handed_over_at_its_age()
    {
        var connection = Connect();
        PassAsking(connection, Age - Step).Should().BeFalse();

        PassAsking(connection, TimeSpan.FromMilliseconds(200)).Should().BeTrue();
        (_closed, _aborted).Should().Be((1, 0));
    }

    [Fact]
    public void Connection_in_constant_use_that_always_has_a_call_is_handed_over_five_seconds_later()
    {
        var connection = Connect();
        connection.CallStarted();
        PassAsking(connection, Age + ClosingRules.LoneCallPatience - Step).Should().BeFalse();

        PassAsking(connection, TimeSpan.FromMilliseconds(200)).Should().BeTrue();
    }

    [Fact]
    public void Nothing_is_closed_by_its_age_once_the_end_has_begun_and_the_end_closes_it_by_its_own_rules()
    {
        var connection = Connect();
        Pass(Age + Step);
        connection.CallStarted();
        connection.CallFinished();
        Pass(2 * Step);
        _closed.Should().Be(0);

        _aging!.Stop();
        var closer = new ConnectionCloser(_connections, _time, NullLogger<ConnectionCloser>.Instance);
        closer.Watch();
        Pass(TimeSpan.FromSeconds(5));
        _closed.Should().Be(0);
        for (var now = TimeSpan.Zero; now <= TimeSpan.FromMilliseconds(60); now += Step)
            closer.Look(now);

        _closed.Should().Be(1, "what was seen on the other clock counts for nothing");
    }

    [Fact]
    public void Connection_that_is_gone_is_forgotten()
    {
        var connection = Connect();
        Pass(Age - Step);
        _connections.Remove(connection);

        Pass(TimeSpan.FromSeconds(2));

        _closed.Should().Be(0);
    }

    [TimedFact]
    public void Look_at_ten_thousand_connections_that_are_not_old_takes_about_a_millisecond()
    {
        var (each, _) = LookAtTenThousand();

        output.WriteLine($"10,000 connections: {each.TotalMicroseconds:0} µs a look, {each / ConnectionAging.Pace:P2} of a processor");
        each.Should().BeLessThan(TimeSpan.FromMilliseconds(10), "ten looks a second are then less than a tenth of a processor, on whatever machine");
    }

    [Fact]
    public void Look_at_ten_thousand_connections_that_are_not_old_takes_no_memory() => LookAtTenThousand().Allocated.Should().BeLessThan(4096);

    private (TimeSpan Each, long Allocated) LookAtTenThousand()
    {
        const int looks = 40;
        for (var i = 0; i < 10_000; i++)
            Connect();
        for (var i = 1; i <= looks; i++)
            _aging!.Look(ConnectionAging.Pace * i);

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        for (var i = 1; i <= looks; i++)
            _aging!.Look(ConnectionAging.Pace * (looks + i)).Should().Be(ConnectionAging.Pace);
        return (watch.Elapsed / looks, (GC.GetAllocatedBytesForCurrentThread() - allocated) / looks);
    }

    private ClientConnection Connect()
    {
        _aging ??= new ConnectionAging(_connections, Age, _time, () => _jitter, NullLogger<ConnectionAging>.Instance);
        ClientConnection? connection = null;
        connection = new ClientConnection(
            () =>
            {
                _closed++;
                if (connection!.Counts.IsIdle)
                    _connections.Remove(connection);
            },
            () => _aborted++,
            _aging.NextDue());
        _connections.Add(connection);
        return connection;
    }

    private void Pass(TimeSpan time)
    {
        for (var end = time; end > TimeSpan.Zero; end -= Step)
            _time.Advance(Step);
    }

    // Two hundred calls a second; stops at the one that hands over.
    private bool PassAsking(ClientConnection connection, TimeSpan time)
    {
        for (var end = time; end > TimeSpan.Zero; end -= Step)
        {
            for (var call = 0; call < 2; call++)
            {
                if (connection.CallStarted())
                    return true;
                connection.CallFinished();
            }

            _time.Advance(Step);
        }

        return false;
    }
}
