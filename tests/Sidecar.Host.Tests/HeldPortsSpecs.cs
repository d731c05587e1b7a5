using System.Net;
using FluentAssertions;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>A port that is held is nobody else's until it is handed over or let go.</summary>
public sealed class HeldPortsSpecs : IDisposable
{
    private readonly HeldPorts _held = new();
    private readonly int _port = Ports.Free();

    public void Dispose() => _held.Dispose();

    [Fact]
    public void Held_port_can_not_be_opened_by_anybody_else()
    {
        using var other = new HeldPorts();

        _held.TryHold(IPAddress.Loopback, _port).Should().BeNull();

        other.TryHold(IPAddress.Loopback, _port).Should().NotBeNull();
        HeldPorts.WhyClosed(IPAddress.Loopback, _port).Should().NotBeNull();
    }

    [Fact]
    public void It_is_handed_over_once()
    {
        _held.TryHold(IPAddress.Loopback, _port);

        using var socket = _held.Take(new IPEndPoint(IPAddress.Loopback, _port));

        socket.Should().NotBeNull();
        _held.Take(new IPEndPoint(IPAddress.Loopback, _port)).Should().BeNull();
        _held.Take(new IPEndPoint(IPAddress.IPv6Any, _port)).Should().BeNull();
    }

    [Fact]
    public void What_was_not_handed_over_is_let_go_at_the_end()
    {
        _held.TryHold(IPAddress.Loopback, _port);

        _held.Dispose();

        HeldPorts.WhyClosed(IPAddress.Loopback, _port).Should().BeNull();
    }

    [Fact]
    public void To_try_out_leaves_the_port_free()
    {
        HeldPorts.WhyClosed(IPAddress.Loopback, _port).Should().BeNull();
        HeldPorts.WhyClosed(IPAddress.Loopback, _port).Should().BeNull();
    }
}
