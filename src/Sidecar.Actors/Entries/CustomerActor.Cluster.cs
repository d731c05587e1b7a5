using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Sidecar.Actors.Cluster;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>What other nodes ask, and what they hold of it.</summary>
public sealed partial class CustomerActor
{
    // A lease that is granted for a question which waits now is over by then.
    private static readonly TimeSpan LongestLease = Cloud.CloudSettings.ReadGuard + Lease.Usual + LeaseLedger.Margin;

    // Until then a view may be leased: this actor can't know what one before it granted.
    private TimeSpan _isLeasedUntil;

    private void SayIdle()
    {
        if (_role is CustomerRole.Owner)
            Passivate(Context.Parent);
        else
            Context.Parent.Tell(Idle.Instance);
    }

    // Apart, so that a process by itself need not load what sharding is made of.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Passivate(IActorRef shard) => shard.Tell(new Passivate(Stop.Instance));

    private void OnAskOwner(AskOwner ask)
    {
        if (_role is not CustomerRole.Owner owner)
        {
            Unhandled(ask);
            return;
        }

        var grant = new Grant(_services, owner, ask, Sender);
        // From here on a crash has it asked again.
        _inHand = new Asked(new Question(ask.Key, ask.MaxWait), new ReplyAddress(Self, grant.Take));
        if (ask.Holder != owner.Self)
            _isLeasedUntil = _services.Clock.Uptime + LongestLease;
        OnQuestion(_inHand);
        if (!grant.IsTaken)
            Sender.Tell(new OwnerReads(ask.Id), owner.Leases);
    }

    private void OnReloadAtOwner(ReloadAtOwner reload)
    {
        if (_role is not CustomerRole.Owner owner)
        {
            Unhandled(reload);
            return;
        }

        var (asker, id) = (Sender, reload.Id);
        asker.Tell(new OwnerReads(id), owner.Leases);
        OnReload(reload.Key, new ReplyAddress(Self, reply =>
        {
            if (reply is ReloadAnswer answer)
                asker.Tell(new OwnerReloaded(id, answer.State), owner.Leases);
        }));
    }

    private void OnBringNews(BringNews news) => Sender.Tell(
        new NewsBrought(news.Id, OnNews(news.News)), _role is CustomerRole.Owner owner ? owner.Leases : Self);

    // A stand-in trusts what it knows no longer than those who read its views.
    private EntitlementView? Shown(EntryState state) => state.View switch
    {
        { } view when _role is CustomerRole.StandIn =>
            view with { Lease = new Lease(null, view.ReadStartedAt, view.ReadStartedAt + Lease.Brief) },
        var view => view,
    };

    // What is published may be what another node granted, or marked as left of a time when this one owned it.
    private bool IsShown(EntryState state, EntitlementView? published) => published is not null && _role switch
    {
        CustomerRole.Owner => published.Lease is null && (!published.IsInvalidated || state.View is { IsInvalidated: true }),
        CustomerRole.StandIn => published.Lease is { Owner: null } && (!published.IsInvalidated || state.View is { IsInvalidated: true }),
        _ => true,
    };

    private void TellHolders(EntryKey key, EntitlementView view)
    {
        if (_role is CustomerRole.Owner owner && _services.Clock.Uptime < _isLeasedUntil)
            owner.Leases.Tell(new ViewPublished(key, view, _services.Cache.NextNumber()));
    }

    private CustomerAnswer WithViews(CustomerAnswer answer, EntryKey key) => _role is not CustomerRole.Owner
        ? answer
        : answer with { View = ViewOf(key), CustomerView = key.ResourceId is null ? null : ViewOf(key.Customer) };

    // Turns an answer into what another node is granted. It outlives a restart of the actor, and is told by it alone.
    private sealed class Grant(ActorServices services, CustomerRole.Owner owner, AskOwner ask, IActorRef asker)
    {
        public bool IsTaken { get; private set; }

        public void Take(object reply)
        {
            if (reply is not CustomerAnswer answer)
                return;
            IsTaken = true;
            var length = answer.View is null || ask.Holder == owner.Self ? TimeSpan.Zero
                : answer.Source == AnswerSource.Stale ? Lease.Brief
                : Lease.Usual;
            asker.Tell(
                new EntryGranted(
                    ask.Id,
                    owner.Self,
                    Entry(ask.Key, answer.View, length),
                    Entry(ask.Key.Customer, answer.CustomerView, length),
                    answer.Source,
                    length),
                owner.Leases);
        }

        // Whoever keeps the leases knows of it before anything newer is published.
        private LeasedEntry? Entry(EntryKey key, EntitlementView? view, TimeSpan length)
        {
            if (view is null)
                return null;
            if (length > TimeSpan.Zero)
                owner.Leases.Tell(new LeaseGranted(key, ask.Holder, asker, length, view));
            return new LeasedEntry(key, view.State, services.Clock.Uptime - view.ReadStartedAt, services.Cache.NextNumber(), view.IsUnconfirmed);
        }
    }
}
