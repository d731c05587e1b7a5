using Akka.Persistence;
using Akka.Persistence.Snapshot;

namespace Sidecar.Actors.Snapshots;

/// <summary>
/// The snapshot store that stands where no persistent cache is configured: it keeps nothing, so every load finds nothing and every
/// save succeeds.
/// </summary>
public sealed class ForgetfulSnapshotStore : SnapshotStore
{
    /// <summary>The plugin's id: the one under which the Redis store is configured.</summary>
    public const string PluginId = "akka.persistence.snapshot-store.redis";

    /// <inheritdoc/>
    protected override Task<SelectedSnapshot?> LoadAsync(
        string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        Task.FromResult<SelectedSnapshot?>(null);

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task DeleteAsync(
        string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) => Task.CompletedTask;
}
