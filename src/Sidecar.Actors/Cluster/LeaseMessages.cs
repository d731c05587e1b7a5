using Akka.Actor;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cluster;

/// <summary>Tells this node's <see cref="LeaseDesk"/> that an actor is about to grant a lease.</summary>
/// <param name="Key">The entry.</param>
/// <param name="Holder">To which node.</param>
/// <param name="Desk">The actor that speaks for that node.</param>
/// <param name="Length">For how long.</param>
/// <param name="View">What.</param>
public sealed record LeaseGranted(EntryKey Key, OwnerId Holder, IActorRef Desk, TimeSpan Length, EntitlementView View) : INoSerializationVerificationNeeded;

/// <summary>Tells this node's <see cref="LeaseDesk"/> that an actor has published a view that may be leased.</summary>
/// <param name="Key">The entry.</param>
/// <param name="View">The view.</param>
/// <param name="Version">Its place in this node's order.</param>
public sealed record ViewPublished(EntryKey Key, EntitlementView View, long Version) : INoSerializationVerificationNeeded;

/// <summary>Tells this node's <see cref="LeaseDesk"/> that another node can't be reached, or has left.</summary>
/// <param name="Node">The node.</param>
public sealed record NodeLost(OwnerId Node) : INoSerializationVerificationNeeded;
