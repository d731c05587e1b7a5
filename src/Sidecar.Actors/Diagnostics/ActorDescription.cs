using Akka.Actor;
using Sidecar.Actors.Entries;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>
/// Asks a customer's actor how it stands; answered by <see cref="ActorDescription"/>. Where there is no actor none is started: its shard
/// answers. It changes nothing, and keeps no actor from ending.
/// </summary>
/// <param name="Key">The entry.</param>
public sealed record Describe(EntryKey Key) : ICustomerMessage, INoSerializationVerificationNeeded;

/// <summary>How a customer's actor stands.</summary>
/// <param name="State">In a word, for people.</param>
/// <param name="Waiting">Questions that wait, of all its entries.</param>
/// <param name="Entries">Entries in its hands.</param>
/// <param name="Saves">Saves under way.</param>
/// <param name="Crashes">Failures of its own in a row.</param>
/// <param name="Entry">The entry that was asked about, where it is in its hands.</param>
public sealed record ActorDescription(
    string State, int Waiting = 0, int Entries = 0, int Saves = 0, int Crashes = 0, EntryDescription? Entry = null)
    : INoSerializationVerificationNeeded
{
    /// <summary>There is none: nobody asks for what memory does not answer.</summary>
    public static readonly ActorDescription None = new("none: nothing is asked or read for this customer now");

    /// <summary>It is ending.</summary>
    public static readonly ActorDescription Ending = new("ending");

    /// <summary>It did not answer in time.</summary>
    public static readonly ActorDescription Silent = new("did not answer in time");

    /// <summary>It is on another node.</summary>
    public static readonly ActorDescription Elsewhere = new("on another node, if there is one");
}

/// <summary>How one entry stands in its actor's hands.</summary>
/// <param name="Reads">Reads under way.</param>
/// <param name="ReadForMs">How long the oldest of them has lasted, in milliseconds.</param>
/// <param name="IsLoading">Whether it is being loaded from the persistent cache.</param>
/// <param name="IsSaving">Whether it is being saved there.</param>
/// <param name="IsUnsaved">Whether something is to be saved after that.</param>
/// <param name="Waiting">Questions that wait for it.</param>
/// <param name="Reloads">Reloads that wait for it.</param>
public sealed record EntryDescription(
    int Reads, long? ReadForMs, bool IsLoading, bool IsSaving, bool IsUnsaved, int Waiting, int Reloads);
