using Akka.Actor.Setup;
using Akka.Persistence;
using Akka.Persistence.Snapshot;
using Sidecar.Actors.Redis;
using Sidecar.Protocol.Persistence;

namespace Sidecar.Actors.Snapshots;

/// <summary>Hands the snapshot store what it works on.</summary>
/// <param name="entries">The entries in Redis.</param>
/// <param name="prefix">The prefix of persistence ids.</param>
public sealed class RedisSnapshotSetup(RedisEntries entries, string prefix) : Setup
{
    /// <summary>The entries in Redis.</summary>
    public RedisEntries Entries => entries;

    /// <summary>The prefix of persistence ids.</summary>
    public string Prefix => prefix;
}

/// <summary>
/// The snapshot store over Redis. A persistence id is the entry's key there; a snapshot is written as the layout has it, so that other
/// programs read it.
/// </summary>
public sealed class RedisSnapshotStore : SnapshotStore
{
    // Nothing waits for a save, and no load is of use after a question's own limit.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly RedisSnapshotSetup _setup = Context.System.Settings.Setup.Get<RedisSnapshotSetup>().Value;

    /// <inheritdoc/>
    protected override async Task<SelectedSnapshot?> LoadAsync(
        string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        if (EntryKeys.EntryOf(_setup.Prefix, persistenceId) is not { } key)
            return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        return await _setup.Entries.LoadAsync(key, limit.Token) is { } state
            ? new SelectedSnapshot(new SnapshotMetadata(persistenceId, 0, DateTime.UnixEpoch), new EntrySnapshot(key, state, StoredChange.None))
            : null;
    }

    /// <inheritdoc/>
    protected override async Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken)
    {
        var entry = (EntrySnapshot)snapshot;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        await _setup.Entries.SaveAsync(entry.Key, entry.State, entry.Change, limit.Token);
    }

    /// <summary>
    /// Does nothing: the base class calls this after a save that failed or took too long, and the key is not that save's alone. It would
    /// take the customer away from every program that shares it.
    /// </summary>
    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task DeleteAsync(
        string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        if (EntryKeys.EntryOf(_setup.Prefix, persistenceId) is not { } key)
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        await _setup.Entries.DeleteAsync(key, limit.Token);
    }
}
