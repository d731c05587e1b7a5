using System.Globalization;
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
            default:
                Unhandled(message);
                return;
        }

        Charge();
    }

    private void OnGranting(LeaseGranted granted)
    {
        _holders[granted.Holder] = granted.Desk;
        // News of what is not in the cache reaches nobody. It may have been evicted between the grant and this.
        var isKept = _services.Cache.Find(granted.Key.CustomerId)?.Find(granted.Key.ResourceId) is not null;
        if (isKept && _ledger.Grant(granted.Key, granted.Holder, _services.Clock.Uptime, granted.Length))
            return;
        _ledger.End(granted.Key, granted.Holder);
        Revoke(new EndedLease(granted.Key, granted.Holder));
    }

    private void OnPublished(ViewPublished published)
    {
        var (key, view, version) = published;
        // Nobody knows what is true now: whoever asks is answered by a read.
        if (view.IsInvalidated)
        {
            Revoke(_ledger.End(key));
            return;
        }

        var now = _services.Clock.Uptime;
        var pushes = _ledger.Push(key, now);
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
        var customerId = evicted.Views.CustomerId;
        if (evicted.Views.Own is not null)
            Revoke(_ledger.End(new EntryKey(customerId)));
        foreach (var (resourceId, _) in evicted.Views.Resources)
            Revoke(_ledger.End(new EntryKey(customerId, resourceId)));
    }

    private void OnTick()
    {
        Revoke(_ledger.Tick(_services.Clock.Uptime));
        // What concerns everybody may have reached this node later than one that asked since.
        var nodeEpoch = _services.Cache.NodeEpoch;
        if (nodeEpoch != _nodeEpoch)
        {
            _nodeEpoch = nodeEpoch;
            Revoke(_ledger.EndWhere(static _ => true));
        }

        _region()?.Tell(GetShardRegionStats.Instance, Self);
    }

    private void OnShards(ShardRegionStats stats)
    {
        var shards = _views.Shards;
        var isLess = shards.Own(stats.Stats.Keys.Select(static shard => int.Parse(shard, CultureInfo.InvariantCulture)));
        // What is left of an incarnation before this one is of shards that may be anywhere by now.
        if (!isLess && _hasSeenShards)
            return;
        _hasSeenShards = true;
        _views.MakeLeftSuspect();
        Revoke(_ledger.EndWhere(key => !shards.IsOwned(ShardWatch.Of(key.CustomerId))));
    }

    private void Revoke(IReadOnlyList<EndedLease> ended)
    {
        foreach (var lease in ended)
            Revoke(lease);
    }

    private void Revoke(EndedLease ended)
    {
        if (_holders.TryGetValue(ended.Holder, out var desk))
            desk.Tell(new RevokeLease(_self, ended.Key), Self);
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
