using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cluster;

/// <summary>What this node has granted.</summary>
public sealed partial class LeaseDesk
{
    private void OnOwnersMessage(object message)
    {
        switch (message)
        {
            case LeaseGranted granted:
                OnGranting(granted);
                break;
            case ViewPublished published:
                OnPublished(published);
                break;
            case LeasePushed pushed:
                _ledger.Acknowledge(pushed.Push, pushed.IsHeld);
                break;
            case Evicted evicted:
                OnEvicted(evicted);
                break;
            case ShardRegionStats stats:
                OnShards(stats);
                break;
            case Ticked:
                OnTick();
                break;
            case Piece:
                _hasMore = false;
                OnPiece();
                break;
            default:
                Unhandled(message);
                return;
        }

        Charge();
    }

    private void OnGranting(LeaseGranted granted)
    {
        _holders[granted.Holder] = granted.Desk;
        var (key, holder, now) = (granted.Key, granted.Holder, _services.Clock.Uptime);
        // News of what is not in the cache reaches nobody. It may have been evicted between the grant and this.
        var isKept = _services.Cache.Find(key.CustomerId)?.Find(key.ResourceId) is not null;
        if (!_ledger.Grant(key, holder, now, granted.Length, granted.View) || !isKept)
            Revoke(_ledger.End(key, holder, now));
    }

    private void OnPublished(ViewPublished published)
    {
        var (key, view, version) = published;
        var now = _services.Clock.Uptime;
        // Nobody knows what is true now: whoever asks is answered by a read.
        if (view.IsInvalidated)
        {
            Revoke(_ledger.End(key, now));
            return;
        }

        var pushes = _ledger.Push(key, now, view);
        if (pushes.Count == 0)
            return;
        var entry = new LeasedEntry(key, view.State, now - view.ReadStartedAt, version, view.IsUnconfirmed);
        foreach (var push in pushes)
        {
            if (_holders.TryGetValue(push.Holder, out var desk))
                desk.Tell(new PushLease(push.Number, _self, entry), Self);
        }
    }

    private void OnEvicted(Evicted evicted)
    {
        var (customerId, now) = (evicted.Views.CustomerId, _services.Clock.Uptime);
        if (evicted.Views.Own is not null)
            Revoke(_ledger.End(new EntryKey(customerId), now));
        foreach (var (resourceId, _) in evicted.Views.Resources)
            Revoke(_ledger.End(new EntryKey(customerId, resourceId), now));
    }

    private void OnTick()
    {
        Revoke(_ledger.Tick(_services.Clock.Uptime));
        // What concerns everybody may have reached this node later than one that asked since.
        var nodeEpoch = _services.Cache.NodeEpoch;
        if (nodeEpoch != _nodeEpoch)
        {
            _nodeEpoch = nodeEpoch;
            _allEnd = EndWhere(static _ => true).GetEnumerator();
            OnPiece();
        }

        _region()?.Tell(GetShardRegionStats.Instance, Self);
    }

    private void OnShards(ShardRegionStats stats)
    {
        var isLess = _views.Shards.Own(stats.Stats.Keys.Select(static shard => int.Parse(shard, CultureInfo.InvariantCulture)));
        // What is left of an incarnation before this one is of shards that may be anywhere by now.
        if (!isLess && _hasSeenShards)
            return;
        _hasSeenShards = true;
        _left = LeaveShards().GetEnumerator();
        OnPiece();
    }

    // Each of these is one of very many, and takes no time by itself.
    private IEnumerable<int> LeaveShards()
    {
        var shards = _views.Shards;
        var done = 0;
        foreach (var views in _services.Cache.All())
        {
            _views.MakeLeftSuspect(views);
            yield return ++done;
        }

        foreach (var one in EndWhere(key => !shards.IsOwned(ShardWatch.Of(key.CustomerId))))
            yield return done + one;
    }

    private IEnumerable<int> EndWhere(Func<EntryKey, bool> isMeant)
    {
        var done = 0;
        foreach (var key in _ledger.Entries)
        {
            if (isMeant(key))
                Revoke(_ledger.End(key, _services.Clock.Uptime));
            yield return ++done;
        }
    }

    // Grants and pushes are not held up meanwhile: whoever waits for them waits for half a second.
    private void OnPiece()
    {
        var hadMore = _hasMore;
        _hasMore = Go(ref _left) | Go(ref _allEnd);
        if (_hasMore && !hadMore)
            Self.Tell(Piece.Instance);

        static bool Go(ref IEnumerator<int>? work)
        {
            for (var i = 0; work is not null && i < PieceSize; i++)
            {
                if (!work.MoveNext())
                    work = null;
            }

            return work is not null;
        }
    }

    private void Revoke(IReadOnlyList<EndedLease> ended)
    {
        foreach (var lease in ended)
            Revoke(lease);
    }

    private void Revoke(EndedLease ended)
    {
        if (_holders.TryGetValue(ended.Holder, out var desk))
            desk.Tell(new RevokeLease(ended.Number, _self, ended.Key), Self);
    }

    private void Charge()
    {
        _metrics.Held.Value = _ledger.Count;
        if (_ledger.Bytes == _charged)
            return;
        _services.Cache.Charge(_ledger.Bytes - _charged);
        _charged = _ledger.Bytes;
    }
}
