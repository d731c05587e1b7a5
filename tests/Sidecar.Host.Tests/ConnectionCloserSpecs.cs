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
    public async Task Nothing_open_is_nothing_to_wait_for() => await _closer.CloseAllAsync().WaitAsync(TimeSpan.FromSeconds(5));

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
    public void After_three_seconds_the_end_of_the_last_call_will_do()
    {
        var connection = Connect();
        connection.CallStarted();
        Pass(ClosingRules.QuietPatience + Step);

        connection.CallStarted();
        connection.CallFinished();
        _closed.Should().Be(0, "one of two calls is still under way");
        connection.CallFinished();
        _closed.Should().Be(1);
    }

    [Fact]
    public async Task What_is_busy_for_ten_seconds_is_ended()
    {
        Connect().CallStarted();
        var closing = _closer.CloseAllAsync();

        _time.Advance(ClosingRules.HardEnd - Step);
        await Task.Delay(50);
        (_closed, _aborted, closing.IsCompleted).Should().Be((0, 0, false));
        _time.Advance(Step);
        await closing.WaitAsync(TimeSpan.FromSeconds(5));
        (_closed, _aborted).Should().Be((0, 1));
    }

    [Fact]
    public void Connection_is_closed_once()
    {
        var connection = Connect();

        connection.CloseWhenIdle();
        connection.CloseWhenIdle();
        connection.CallStarted();
        connection.CallFinished();

        _closed.Should().Be(1);
    }

    private ClientConnection Connect()
    {
        ClientConnection? connection = null;
        connection = new ClientConnection(
            () =>
            {
                _closed++;
                _connections.Remove(connection!);
            },
            () => _aborted++);
        _connections.Add(connection);
        return connection;
    }

    // A look at each step, as the closer does.
    private void Pass(TimeSpan time)
    {
        for (var end = _now + time; _now < end; _now += Step)
            _closer.Look(_now);
    }
}
