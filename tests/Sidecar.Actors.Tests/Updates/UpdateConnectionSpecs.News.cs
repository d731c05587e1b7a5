using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Updates;

public sealed partial class UpdateConnectionSpecs
{
    [Fact]
    public async Task News_comes_to_the_desk_in_order_and_is_not_waited_for_one_by_one()
    {
        await StartUpAsync();
        _updates.Desk.AppliesAtOnce = false;

        Socket.Say("news a", "news b", "news c");
        await BroughtAsync(3);

        _updates.Desk.Brought.Should().Equal("a", "b", "c");
        Services.Counters.Stream.Messages.Value.Should().Be(5);
        Services.Counters.Stream.LastMessage.Should().Be(Services.Clock.Now.Utc.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_counted_and_what_it_is_about_told_and_the_stream_goes_on()
    {
        await StartUpAsync();

        await HearAsync("bad");
        await HearAsync("bad a");
        await HearAsync("news b");

        _updates.Desk.Brought.Should().Equal("a", "b");
        Services.Counters.News[NewsKind.Unknown, NewsOutcome.Unreadable].Value.Should().Be(1);
        Services.Counters.News[NewsKind.Usage, NewsOutcome.Unreadable].Value.Should().Be(1);
        Advance(TimeSpan.FromSeconds(1), _connection);
        _owner.ExpectMsg<MessagesUnreadable>().Should().Be(new MessagesUnreadable(2, "no date"));
        _owner.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task Messages_that_cannot_be_read_are_told_once_a_second_however_many_they_are()
    {
        await StartUpAsync();
        for (var i = 0; i < 5_000; i++)
            Socket.Say("bad");
        await Eventually.HoldsAsync(() => Socket.Taken == 5_002 && Socket.IsWaiting, "all are taken");
        await HearAsync("pong");

        Advance(TimeSpan.FromSeconds(1), _connection);

        _owner.ExpectMsg<MessagesUnreadable>().Count.Should().Be(5_000);
        _owner.HasMessages.Should().BeFalse();
    }

    [Fact]
    public async Task While_nothing_is_applied_no_more_is_received_than_may_be_under_way()
    {
        const int Constant = 20;
        await StartUpAsync();
        _updates.Desk.AppliesAtOnce = false;
        var before = Socket.Taken;

        for (var i = 0; i < 10_000; i++)
            Socket.Say("news a");
        await BroughtAsync(UpdateSettings.MaxNewsUnderWay);
        // Longer than a dead peer is waited for: one that is not listened to is not dead. It goes on sending pings, each by another thread.
        for (var i = 1; i <= 12; i++)
        {
            Advance(UpdateSettings.PingInterval, _connection);
            await SentAsync(Opening + i);
            Settle(_connection);
        }

        _updates.Desk.Brought.Should().HaveCount(UpdateSettings.MaxNewsUnderWay);
        (Socket.Taken - before).Should().BeLessThanOrEqualTo(UpdateSettings.MaxNewsUnderWay + Constant);
        _owner.HasMessages.Should().BeFalse();

        _updates.Desk.AppliesAtOnce = true;
        for (var i = 0; i < UpdateSettings.MaxNewsUnderWay; i++)
            _updates.Desk.Apply(i);
        await BroughtAsync(10_000);
    }

    [Fact]
    public async Task News_that_is_not_applied_and_what_came_after_it_is_no_sign_of_life()
    {
        await StartUpAsync();
        await HearAsync("news a");
        var applied = _life.Last;
        _updates.Desk.AppliesAtOnce = false;
        Advance(TimeSpan.FromSeconds(1), _connection);
        Socket.Say("news b", "pong");
        await BroughtAsync(2);

        Advance(TimeSpan.FromSeconds(1), _connection);
        Socket.Drop();
        ExpectEnd(UpdateSocketFault.Network);
        _updates.Desk.Apply(1);

        _life.Last.Should().Be(applied);
    }

    [Fact]
    public async Task News_counts_as_a_sign_of_life_from_when_it_came()
    {
        await StartUpAsync();
        _updates.Desk.AppliesAtOnce = false;
        var came = Services.Clock.Uptime;
        Socket.Say("news a");
        await BroughtAsync(1);

        Advance(TimeSpan.FromSeconds(5), _connection);
        _life.Last.Should().BeLessThan(came);
        _updates.Desk.Apply(0);

        await Eventually.HoldsAsync(() => _life.Last == came, "the news is a sign of life");
    }

    [Fact]
    public async Task A_decoder_that_fails_ends_the_connection()
    {
        await StartUpAsync();

        Socket.Say("crash");

        ExpectEnd(UpdateSocketFault.Network).Should().Contain("InvalidOperationException");
    }

    [Fact]
    public async Task A_desk_that_fails_ends_the_connection()
    {
        await StartUpAsync();
        _updates.Desk.IsBroken = true;

        Socket.Say("news a");

        ExpectEnd(UpdateSocketFault.Network).Should().Contain("InvalidOperationException");
    }

    private Task BroughtAsync(int count) => Eventually.HoldsAsync(() => _updates.Desk.Brought.Count >= count, $"{count} news are brought");
}
