using Sidecar.Actors.Diagnostics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>How it stands, for people who ask.</summary>
public sealed partial class CustomerActor
{
    private ActorDescription Describe(EntryKey key) => new(
        StateName(), _waiters, _entries.Count, _saves, _pause.Failures, _entries.TryGetValue(key, out var entry) ? Describe(entry) : null);

    private string StateName() =>
        _isStopping ? "ending"
        : _pause.IsOn ? "paused after a failure of its own"
        : _entries.Values.Any(entry => !entry.State.Reads.IsEmpty) ? "reading"
        : _entries.Values.Any(entry => entry.State.Load is not null) ? "loading"
        : _saves > 0 ? "saving"
        : "ready";

    private EntryDescription Describe(Entry entry) => new(
        entry.State.Reads.Length,
        entry.State.Reads.IsEmpty ? null : (long)(_services.Clock.Uptime - entry.State.Reads.Min(read => read.StartedAt)).TotalMilliseconds,
        entry.State.Load is not null || entry.StoredReads.Count > 0,
        entry.SaveNumber is not null,
        !entry.Unsaved.IsNone,
        entry.Waiters.Count,
        entry.Reloaders.Count);
}
