using System.Globalization;
using Akka.Actor;
using Akka.Util;
using Sidecar.Actors.Diagnostics;

namespace Sidecar.Actors.Entries;

/// <summary>
/// The shards of a process by itself, each started with its first message: as many as in a cluster, and a customer is in the same one.
/// </summary>
/// <param name="recipe">The recipe of a customer's actor.</param>
public sealed class CustomerShards(Props recipe) : UntypedActor
{
    /// <summary>The number of shards. Never changed between releases: nodes of both would look for a customer in different places.</summary>
    public const int Count = 100;

    // In front of the id, so that no id is a name with a meaning of its own, such as "..".
    private const string Mark = "c";

    /// <summary>The longest that a process which ends waits for the customers' actors to end: a little less than a phase of the end may take.</summary>
    public static readonly TimeSpan FinishLimit = TimeSpan.FromSeconds(9);

    private readonly Props _shard = ActorRecipe.Of(() => new CustomerShard(recipe));
    private readonly IActorRef?[] _shards = new IActorRef?[Count];
    private IActorRef? _finisher;
    private int _unfinished;

    /// <summary>The number of a customer's shard, from 0.</summary>
    /// <param name="customerId">The customer.</param>
    public static int NumberOf(string customerId) => NumberOfEntity(EntityOf(customerId));

    /// <summary>What a customer's actor is called within its shard, before it is encoded as a name.</summary>
    /// <param name="customerId">The customer.</param>
    internal static string EntityOf(string customerId) => Mark + customerId;

    // One hash has no absolute value of its own size.
    internal static int NumberOfEntity(string entity) => (int)(Math.Abs((long)MurmurHash.StringHash(entity)) % Count);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Describe describe when _shards[NumberOf(describe.Key.CustomerId)] is null:
                Sender.Tell(ActorDescription.None);
                break;
            case CountActors:
                Sender.Tell(new ActorsCounted(Counted()));
                break;
            case ICustomerMessage customer:
                ShardOf(NumberOf(customer.Key.CustomerId)).Forward(message);
                break;
            case CustomerShard.Finish:
                _finisher = Sender;
                // Those that are not there yet, too: they may be asked while the others end.
                _unfinished = _shards.Length;
                for (var number = 0; number < _shards.Length; number++)
                    ShardOf(number).Tell(message);
                break;
            case CustomerShard.Finished:
                if (--_unfinished == 0)
                    _finisher?.Tell(message);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private Dictionary<int, int> Counted()
    {
        var counted = new Dictionary<int, int>();
        for (var number = 0; number < _shards.Length; number++)
        {
            if (_shards[number] is ActorRefWithCell shard)
                counted.Add(number, shard.Children.Count());
        }

        return counted;
    }

    private IActorRef ShardOf(int number) =>
        _shards[number] ??= Context.ActorOf(_shard, number.ToString(CultureInfo.InvariantCulture));
}
