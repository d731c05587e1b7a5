using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit.Xunit2;
using Sidecar.Actors.Snapshots;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Snapshots;

public sealed class ForgetfulSnapshotStoreSpecs() : TestKit($"""
    akka.loglevel = OFF
    akka.stdout-loglevel = OFF
    {ForgetfulSnapshotStore.PluginId}.class = "{typeof(ForgetfulSnapshotStore).AssemblyQualifiedName}"
    """)
{
    private readonly SnapshotMetadata _metadata = new("local:c_customer", 1, DateTime.UnixEpoch);

    private IActorRef Store => Persistence.Instance.Apply(Sys).SnapshotStoreFor(ForgetfulSnapshotStore.PluginId);

    [Fact]
    public void A_save_succeeds()
    {
        Save();

        ExpectMsg<SaveSnapshotSuccess>().Metadata.Should().Be(_metadata);
    }

    [Fact]
    public void What_was_saved_is_not_found()
    {
        Save();
        ExpectMsg<SaveSnapshotSuccess>();

        Store.Tell(new LoadSnapshot("local:c_customer", SnapshotSelectionCriteria.Latest, long.MaxValue), TestActor);

        ExpectMsg<LoadSnapshotResult>().Snapshot.Should().BeNull();
    }

    [Fact]
    public void Deletes_succeed()
    {
        Store.Tell(new DeleteSnapshot(_metadata), TestActor);
        Store.Tell(new DeleteSnapshots("local:c_customer", SnapshotSelectionCriteria.Latest), TestActor);

        ExpectMsg<DeleteSnapshotSuccess>();
        ExpectMsg<DeleteSnapshotsSuccess>();
    }

    private void Save() => Store.Tell(new SaveSnapshot(_metadata, States.Snapshot(States.Granting("feature"))), TestActor);
}
