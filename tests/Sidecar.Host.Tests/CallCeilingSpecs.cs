using FluentAssertions;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class CallCeilingSpecs : IDisposable
{
    private readonly ClientConnections _connections = new();
    private readonly ListLogger<CallCeiling> _log = new();
    private readonly List<string> _ended = [];
    private readonly CallCeiling _it;

    public CallCeilingSpecs() => _it = new CallCeiling(_connections, TimeProvider.System, _log);

    public void Dispose() => _it.Dispose();

    [Fact]
    public void As_many_calls_as_there_may_be_are_left_alone()
    {
        Connect("one", calls: CallCeiling.MostCalls - 1);
        Connect("other", calls: 1);

        _it.Look();

        _ended.Should().BeEmpty();
        _log.Lines.Should().BeEmpty();
    }

    [Fact]
    public void One_more_ends_the_connection_with_the_most_of_them()
    {
        Connect("few", calls: 10);
        Connect("most", calls: CallCeiling.MostCalls - 9);

        _it.Look();

        _ended.Should().Equal("most");
        _log.Lines.Should().ContainSingle().Which.Should().Contain($"{CallCeiling.MostCalls + 1} calls").And.Contain($"with {CallCeiling.MostCalls - 9} calls");
    }

    [Fact]
    public void As_many_are_ended_as_it_takes()
    {
        foreach (var name in (string[])["a", "b", "c"])
            Connect(name, calls: CallCeiling.MostCalls);
        Connect("few", calls: 0);

        _it.Look();

        _ended.Should().HaveCount(2).And.NotContain("few");
    }

    [Fact]
    public void Calls_that_last_as_long_as_their_connection_count()
    {
        var connection = Connect("watching", calls: CallCeiling.MostCalls);
        connection.LastingCallStarted();

        _it.Look();
        _ended.Should().BeEmpty("one watches the connection");

        connection.LastingCallStarted();
        _it.Look();
        _ended.Should().Equal("watching");
    }

    [Fact]
    public void Connection_that_was_ended_and_whose_calls_go_on_for_a_moment_costs_no_other_one()
    {
        Connect("most", calls: CallCeiling.MostCalls + 1);
        _it.Look();
        Connect("honest", calls: CallCeiling.MostCalls);

        _it.Look();

        _ended.Should().Equal("most");
        _log.Lines.Should().ContainSingle();
    }

    [Fact]
    public void Calls_that_have_ended_do_not_count()
    {
        var connection = Connect("busy", calls: 2 * CallCeiling.MostCalls);
        for (var i = 0; i < CallCeiling.MostCalls; i++)
            connection.CallFinished();

        _it.Look();

        _ended.Should().BeEmpty();
    }

    private ClientConnection Connect(string name, int calls)
    {
        var connection = new ClientConnection(static () => { }, () => _ended.Add(name));
        for (var i = 0; i < calls; i++)
            connection.CallStarted();
        _connections.Add(connection);
        return connection;
    }
}
