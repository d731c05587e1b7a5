using Sidecar.Actors.Cluster;
using Sidecar.Actors.Entries;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class ShardWatchSpecs
{
    private const int Shard = 7;
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);
    private readonly ShardWatch _shards = new();

    [Fact]
    public void Every_owner_is_asked_at_first_and_no_shard_is_this_nodes_own()
    {
        for (var shard = 0; shard < CustomerShards.Count; shard++)
            (_shards.TurnOf(shard, TimeSpan.Zero), _shards.IsOwned(shard)).Should().Be((ShardTurn.Ask, false));
    }

    [Fact]
    public void An_owner_that_did_not_answer_is_left_alone_for_a_second_and_then_probed_once_a_second()
    {
        _shards.NotAnswered(Shard, Now);

        _shards.TurnOf(Shard, Now + ShardWatch.AwayTime - TimeSpan.FromTicks(1)).Should().Be(ShardTurn.Alone);
        _shards.TurnOf(Shard, Now + ShardWatch.AwayTime).Should().Be(ShardTurn.Probe);
        _shards.TurnOf(Shard, Now + ShardWatch.AwayTime).Should().Be(ShardTurn.Alone, "somebody probes it already");
        _shards.TurnOf(Shard, Now + (2 * ShardWatch.AwayTime)).Should().Be(ShardTurn.Probe);
        _shards.TurnOf(Shard + 1, Now).Should().Be(ShardTurn.Ask, "it is another one");
    }

    [Fact]
    public void Whether_an_owner_is_away_is_told_without_taking_the_turn_to_probe_it()
    {
        _shards.NotAnswered(Shard, Now);

        (_shards.IsAway(Shard), _shards.IsAway(Shard + 1)).Should().Be((true, false));

        _shards.TurnOf(Shard, Now + ShardWatch.AwayTime).Should().Be(ShardTurn.Probe);
        _shards.IsAway(Shard).Should().BeTrue("it has not answered yet");
        _shards.Answered(Shard);
        _shards.IsAway(Shard).Should().BeFalse();
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_one_probes()
    {
        _shards.NotAnswered(Shard, Now);

        var turns = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => _shards.TurnOf(Shard, Now + ShardWatch.AwayTime))));

        turns.Count(turn => turn == ShardTurn.Probe).Should().Be(1);
        turns.Count(turn => turn == ShardTurn.Alone).Should().Be(31);
    }

    [Fact]
    public void An_owner_that_is_heard_of_is_asked_again_at_once()
    {
        _shards.NotAnswered(Shard, Now);

        _shards.Answered(Shard);

        _shards.TurnOf(Shard, Now).Should().Be(ShardTurn.Ask);
    }

    [Fact]
    public void Shards_are_its_own_as_it_was_told_last_and_one_that_is_so_no_longer_is_told_of()
    {
        _shards.Own([1, 2]).Should().BeFalse("none was its own before");
        _shards.Own([1, 2, 3]).Should().BeFalse("it is one more");
        _shards.Own([2, 3, 4]).Should().BeTrue("1 has gone");
        _shards.Own([2, 3, 4]).Should().BeFalse("nothing has changed");
        Enumerable.Range(0, CustomerShards.Count).Where(_shards.IsOwned).Should().Equal(2, 3, 4);
    }
}
