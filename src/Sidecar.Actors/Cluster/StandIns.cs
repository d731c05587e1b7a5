using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using Akka.Persistence;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Snapshots;

namespace Sidecar.Actors.Cluster;

/// <summary>The customers' actors of this node alone, for those whose one actor in the cluster does not answer.</summary>
/// <param name="recipe">The recipe of a stand-in.</param>
public sealed class StandIns(Props recipe) : CustomerShard(recipe)
{
    private long _started;

    /// <inheritdoc/>
    // What only takes trust away from views is for the customer's one actor; InvalidateAll is about those that a stand-in published itself.
    protected override bool Starts(ICustomerMessage message) => message is not (Invalidate or StoredChanged);

    /// <inheritdoc/>
    protected override string NameOf(string customerId) => (++_started).ToString(CultureInfo.InvariantCulture);
}

/// <summary>Wiring of <see cref="StandIns"/>.</summary>
public static class StandInsSetup
{
    /// <summary>Starts the stand-ins' parent at <c>/user/stand-ins</c>. After the cloud's supervisor, whom they ask.</summary>
    public static AkkaConfigurationBuilder AddStandIns(this AkkaConfigurationBuilder builder, ActorServices services) =>
        builder.WithActors((system, registry) =>
        {
            var store = Persistence.Instance.Apply(system).SnapshotStoreFor(ForgetfulSnapshotStore.PluginId);
            var recipe = CustomerActor.Props(services, registry.Get<CloudSupervisor>(), store, new CustomerRole.StandIn());
            registry.Register<StandIns>(system.ActorOf(ActorRecipe.Of(() => new StandIns(recipe)), "stand-ins"));
        });
}
