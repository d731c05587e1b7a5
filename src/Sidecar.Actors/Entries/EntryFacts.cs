using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>How old what memory has of an entry is, and how far it can be trusted.</summary>
/// <param name="Age">The time since the read began that it rests on; what the stream of updates has brought since does not count.</param>
/// <param name="Freshness">What the rules of freshness say of it.</param>
public readonly record struct EntryFacts(TimeSpan Age, Freshness Freshness);
