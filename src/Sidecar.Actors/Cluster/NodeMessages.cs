using Akka.Actor;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// What nodes say to each other. Each of these has a wire form with a manifest that carries a version; nothing else leaves its node. Times
/// are durations, never dates: clocks of nodes differ.
/// </summary>
public interface INodeMessage : INoSerializationVerificationNeeded;

/// <summary>
/// Asks the owner of an entry what is known of it, and for a lease of it; answered by exactly one <see cref="EntryGranted"/> to the sender,
/// unless the owner is lost.
/// </summary>
/// <param name="Id">The asker's number of this question, which the answer repeats.</param>
/// <param name="Key">The entry.</param>
/// <param name="MaxWait">The longest that the asker waits.</param>
/// <param name="Holder">The node that asks, which may hold the answer for the time of the lease.</param>
public sealed record AskOwner(long Id, EntryKey Key, TimeSpan MaxWait, OwnerId Holder) : ICustomerMessage, INodeMessage;

/// <summary>
/// Tells who sent <see cref="AskOwner"/> or <see cref="ReloadAtOwner"/> that the owner is there and that what was asked waits for a read; the
/// answer follows.
/// </summary>
/// <param name="Id">The number of the question.</param>
public sealed record OwnerReads(long Id) : INodeMessage;

/// <summary>What a node knows of one entry, on its way to another one.</summary>
/// <param name="Key">The entry.</param>
/// <param name="State">What is known.</param>
/// <param name="Age">How long ago the read began that it rests on.</param>
/// <param name="Version">Its place in the owner's order of what it published of any entry: the higher one is the later one.</param>
/// <param name="IsUnconfirmed">Whether it was loaded from the persistent cache and the cloud has not confirmed it yet.</param>
public sealed record LeasedEntry(EntryKey Key, EntitlementState State, TimeSpan Age, long Version, bool IsUnconfirmed);

/// <summary>The answer to <see cref="AskOwner"/>.</summary>
/// <param name="Id">The number of the question.</param>
/// <param name="Owner">The node that answers.</param>
/// <param name="Entry">The entry, or null: nothing is known of it.</param>
/// <param name="Customer">The customer's own entry, where a resource was asked about and it is known.</param>
/// <param name="Source">Where the answer came from, as the owner saw it.</param>
/// <param name="Lease">How long both entries may be held from now on; zero for an answer that may not be held.</param>
public sealed record EntryGranted(long Id, OwnerId Owner, LeasedEntry? Entry, LeasedEntry? Customer, AnswerSource Source, TimeSpan Lease) : INodeMessage;

/// <summary>A newer state of an entry for a node that holds a lease of it; answered by exactly one <see cref="LeasePushed"/>.</summary>
/// <param name="Push">The owner's number of this push, which the answer repeats.</param>
/// <param name="Owner">The node that pushes.</param>
/// <param name="Entry">The entry.</param>
public sealed record PushLease(long Push, OwnerId Owner, LeasedEntry Entry) : INodeMessage;

/// <summary>The answer to <see cref="PushLease"/> and to <see cref="RevokeLease"/>.</summary>
/// <param name="Push">The number of that.</param>
/// <param name="IsHeld">Whether the entry is still held: false ends the lease.</param>
public sealed record LeasePushed(long Push, bool IsHeld) : INodeMessage;

/// <summary>
/// Ends a lease before its time: what is held may be out of date. Answered by exactly one <see cref="LeasePushed"/>, and sent again without.
/// </summary>
/// <param name="Push">The owner's number of this message, which the answer repeats; 0 where the answer does not matter.</param>
/// <param name="Owner">The node that granted it.</param>
/// <param name="Key">The entry.</param>
public sealed record RevokeLease(long Push, OwnerId Owner, EntryKey Key) : INodeMessage;

/// <summary>Brings news of an entry to its owner; answered by exactly one <see cref="NewsBrought"/> to the sender, unless the owner is lost.</summary>
/// <param name="Id">The sender's number of this message, which the answer repeats.</param>
/// <param name="News">The news.</param>
public sealed record BringNews(long Id, EntryNews News) : ICustomerMessage, INodeMessage
{
    /// <inheritdoc/>
    public EntryKey Key => News.Key;
}

/// <summary>The answer to <see cref="BringNews"/>.</summary>
/// <param name="Id">The number of the message.</param>
/// <param name="Outcome">What became of it.</param>
public sealed record NewsBrought(long Id, NewsOutcome Outcome) : INodeMessage;

/// <summary>Tells an entry's owner that what is known of it may be out of date. Not answered.</summary>
/// <param name="Key">The entry.</param>
public sealed record InvalidateAtOwner(EntryKey Key) : ICustomerMessage, INodeMessage;

/// <summary>
/// Has an entry's owner read it from the API and replace what is known; answered by exactly one <see cref="OwnerReloaded"/> to the sender,
/// unless the owner is lost.
/// </summary>
/// <param name="Id">The sender's number of this message, which the answer repeats.</param>
/// <param name="Key">The entry.</param>
public sealed record ReloadAtOwner(long Id, EntryKey Key) : ICustomerMessage, INodeMessage;

/// <summary>The answer to <see cref="ReloadAtOwner"/>.</summary>
/// <param name="Id">The number of the message.</param>
/// <param name="State">What was read, or null where the read failed.</param>
public sealed record OwnerReloaded(long Id, EntitlementState? State) : INodeMessage;
