using Akka.Actor;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Updates;

public sealed partial class UpdateStreamSpecs
{
    [Fact]
    public async Task A_connection_that_crashes_is_counted_as_dropped_and_another_one_comes_up()
    {
        Start();
        await ComeUpAsync();
        var (upSince, crashed) = (State.UpSince, Last);

        Child().Tell(Kill.Instance, ActorRefs.NoSender);
        ExpectEnd(UpdateSocketFault.Network);

        State.IsUp.Should().BeFalse();
        State.UpSince.Should().Be(upSince);
        await Eventually.HoldsAsync(() => crashed is { IsAborted: true, IsDisposed: true }, "its socket is gone");
        await ExpectPauseAsync(TimeSpan.FromSeconds(0.5), 1);
        await ComeUpAsync();
        Connections().Should().Equal(("up", 2), ("network", 1));
        Logged.Lines.Select(line => line.Event).Should().Equal(UpLine, DownLine, BackLine);
        Logged.Lines[1].Text.Should().Contain("ActorKilledException");
    }

    [Fact]
    public async Task A_message_at_which_the_decoder_fails_costs_the_connection_and_no_more()
    {
        Start();
        await ComeUpAsync();

        Last.Say("crash");
        ExpectEnd(UpdateSocketFault.Network);

        State.IsUp.Should().BeFalse();
        await ComeUpAsync();
        Services.Counters.Stream.Reconnects.Should().Be(1);
    }

    [Fact]
    public async Task A_socket_that_cannot_be_made_is_tried_again()
    {
        _updates.OnSocket = _ => throw new InvalidOperationException("no socket");
        Start();
        ExpectEnd(UpdateSocketFault.Network);
        _updates.OnSocket = socket => socket.Open();

        await ComeUpAsync();

        Connections().Should().Equal(("up", 1), ("network", 1));
    }

    [Fact]
    public async Task When_it_crashes_itself_it_is_down_at_once_and_comes_up_again_after_a_pause()
    {
        Start();
        await ComeUpAsync();
        Advance(TimeSpan.FromSeconds(5), _stream);
        var (up, former) = (State, Last);

        _stream.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_stream);

        State.IsUp.Should().BeFalse();
        State.UpSince.Should().Be(up.UpSince);
        State.LastSignOfLife.Should().Be(up.LastSignOfLife);
        Services.Counters.Stream.IsUp.Should().BeFalse();
        await Eventually.HoldsAsync(() => former is { IsAborted: true, IsDisposed: true }, "its socket is gone");
        Advance(TimeSpan.FromSeconds(0.499), _stream);
        Tries.Should().Be(1);
        Advance(Moment, _stream);
        await TriesAsync(2);
        await ComeUpAsync();
        Services.Counters.Stream.Reconnects.Should().Be(1);
    }

    [Fact]
    public async Task The_pause_doubles_with_each_crash_until_a_connection_was_up_for_10_seconds()
    {
        Start();
        await ComeUpAsync();
        for (var i = 0; i < 3; i++)
            _stream.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_stream);
        Advance(TimeSpan.FromSeconds(1.999), _stream);
        Tries.Should().Be(1);
        Advance(Moment, _stream);
        await TriesAsync(2);
        await ComeUpAsync();
        Advance(StreamPause.SteadyAfter, _stream);

        _stream.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_stream);
        Advance(TimeSpan.FromSeconds(0.5), _stream);

        await TriesAsync(3);
    }

    [Fact]
    public async Task A_late_message_of_an_older_connection_is_ignored()
    {
        Start();
        await ComeUpAsync();
        var old = NumberOf(Child());
        Last.Drop();
        ExpectEnd(UpdateSocketFault.Network);
        _stream.Tell(new ConnectionUp(old), ActorRefs.NoSender);
        Settle(_stream);
        State.IsUp.Should().BeFalse();
        await ComeUpAsync();

        _stream.Tell(new ConnectionEnded(old, UpdateSocketFault.InvalidKey, "late"), ActorRefs.NoSender);
        Settle(_stream);

        State.IsUp.Should().BeTrue();
        Services.Counters.InvalidApiKeyErrors.Value.Should().Be(0);
    }

    [Fact]
    public async Task When_it_is_stopped_it_is_down_and_its_socket_gone()
    {
        Start();
        await ComeUpAsync();
        Watch(_stream);

        Sys.Stop(_stream);
        ExpectTerminated(_stream, Eventually.Patience);

        State.IsUp.Should().BeFalse();
        Last.IsAborted.Should().BeTrue();
        Last.IsDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task Messages_that_cannot_be_read_are_a_line_a_minute()
    {
        Start();
        await ComeUpAsync();
        Last.Say("bad customer-1");
        await LinesAsync(1);
        for (var i = 0; i < 50; i++)
            Last.Say("bad customer-1");
        Advance(TimeSpan.FromSeconds(10), _stream, Child());
        Logged.Of(UnreadableLine).Should().ContainSingle().Which.Text.Should().StartWith("1 ").And.NotContain("customer-1");

        foreach (var seconds in (int[])[20, 20, 15])
        {
            var taken = Last.Taken;
            Last.Say("pong");
            await Eventually.HoldsAsync(() => Last.Taken > taken && Last.IsWaiting, "the pong is taken");
            Advance(TimeSpan.FromSeconds(seconds), _stream, Child());
        }

        Last.Say("bad");
        await LinesAsync(2);

        Logged.Of(UnreadableLine)[1].Text.Should().StartWith("51 ");
        State.IsUp.Should().BeTrue();
    }

    private Task LinesAsync(int count) => Eventually.HoldsAsync(
        () =>
        {
            if (Logged.Of(UnreadableLine).Count < count)
                Advance(TimeSpan.FromSeconds(0.5), _stream, Child());
            return Logged.Of(UnreadableLine).Count >= count;
        },
        $"{count} lines");
}
