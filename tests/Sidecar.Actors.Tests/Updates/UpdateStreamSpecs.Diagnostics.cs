using Sidecar.Actors.Diagnostics;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Updates;

public sealed partial class UpdateStreamSpecs
{
    [Fact]
    public async Task Isolation_closes_the_stream_and_keeps_it_closed_until_its_end()
    {
        var isolation = await StartWithIsolationAsync();
        var socket = Last;

        isolation.Begin(TimeSpan.FromMinutes(1));
        Settle(_stream);

        State.IsUp.Should().BeFalse();
        await Eventually.HoldsAsync(() => socket.IsAborted, "its connection is ended");
        Advance(TimeSpan.FromSeconds(59), _stream);
        Tries.Should().Be(1);
        Advance(TimeSpan.FromSeconds(1), _stream);
        isolation.IsOn.Should().BeFalse();
        await TriesAsync(2);
    }

    [Fact]
    public async Task Reconnection_makes_another_connection_at_once()
    {
        await StartWithIsolationAsync();
        var socket = Last;

        Ask<ReconnectAnswer>(ReconnectStream.Instance).Refusal.Should().BeNull();

        State.IsUp.Should().BeFalse();
        await TriesAsync(2);
        await Eventually.HoldsAsync(() => socket.IsAborted, "the former connection is ended");
        await ComeUpAsync();
    }

    [Fact]
    public async Task Reconnection_is_refused_while_the_process_is_isolated()
    {
        var isolation = await StartWithIsolationAsync();
        isolation.Begin(TimeSpan.FromMinutes(1));
        Settle(_stream);

        Ask<ReconnectAnswer>(ReconnectStream.Instance).Refusal.Should().Contain("cut off from the cloud on purpose");

        Tries.Should().Be(1);
    }

    [Fact]
    public async Task Description_tells_why_it_ended_last()
    {
        await StartWithIsolationAsync();
        Ask<StreamDescription>(DescribeStream.Instance).Should().Be(StreamDescription.None);

        Last.Drop();
        ExpectEnd(UpdateSocketFault.Network);

        var told = Ask<StreamDescription>(DescribeStream.Instance);
        (told.FailuresInARow, told.Fault).Should().Be((1, UpdateSocketFault.Network));
        told.EndedAt.Should().BeCloseTo(Time.GetUtcNow(), TimeSpan.FromSeconds(1));
    }

    private T Ask<T>(object message)
    {
        var asker = CreateTestProbe();
        _stream.Tell(message, asker.Ref);
        return asker.ExpectMsg<T>();
    }

    private async Task<Isolation> StartWithIsolationAsync()
    {
        var services = NewServices(ScriptedHandler.Hanging());
        var isolation = new Isolation(services.Clock, Logged);
        Services = services with { Isolation = isolation };
        (_stream, _parent) = Supervised(UpdateStream.Props(Services, _updates.Services), "stream");
        Settle(_stream);
        await ComeUpAsync();
        return isolation;
    }
}
