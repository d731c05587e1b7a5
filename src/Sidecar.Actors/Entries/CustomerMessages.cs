using Akka.Actor;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>A message to a customer's one actor, which is found by the customer's id.</summary>
public interface ICustomerMessage
{
    /// <summary>The entry that the message is about.</summary>
    EntryKey Key { get; }
}

/// <summary>Asks what is known of an entry; answered by exactly one <see cref="CustomerAnswer"/>.</summary>
/// <param name="Key">The entry.</param>
/// <param name="MaxWait">The longest that the asker waits.</param>
public sealed record Question(EntryKey Key, TimeSpan MaxWait) : ICustomerMessage, INoSerializationVerificationNeeded;

/// <summary>Asks for a re-read behind an answer that was already given. Not answered.</summary>
/// <param name="Key">The entry.</param>
public sealed record Refresh(EntryKey Key) : ICustomerMessage, INoSerializationVerificationNeeded;

/// <summary>Says that what is known of an entry may be out of date, without saying since when. Not answered.</summary>
/// <param name="Key">The entry.</param>
public sealed record Invalidate(EntryKey Key) : ICustomerMessage, INoSerializationVerificationNeeded;

/// <summary>
/// Says that something which its actor had to know did not reach it, so that nothing known of the customer is certain. Not answered.
/// </summary>
/// <param name="CustomerId">The customer.</param>
internal sealed record InvalidateAll(string CustomerId) : ICustomerMessage, INoSerializationVerificationNeeded
{
    /// <inheritdoc/>
    public EntryKey Key => new(CustomerId);
}

/// <summary>
/// Says that another program may have changed an entry in the persistent cache. Not answered. It leaves its node where the customer's shard has
/// just moved.
/// </summary>
/// <param name="Key">The entry.</param>
public sealed record StoredChanged(EntryKey Key) : ICustomerMessage, INodeMessage;

/// <summary>Brings news of an entry; answered by exactly one <see cref="NewsTaken"/>, unless the actor is lost.</summary>
/// <param name="News">The news.</param>
public sealed record TakeNews(EntryNews News) : ICustomerMessage, INoSerializationVerificationNeeded
{
    /// <inheritdoc/>
    public EntryKey Key => News.Key;
}

/// <summary>The answer to <see cref="TakeNews"/>.</summary>
/// <param name="Outcome">What became of it.</param>
public sealed record NewsTaken(NewsOutcome Outcome) : INoSerializationVerificationNeeded
{
    /// <summary>Nobody took it: what is known is not what the news says.</summary>
    public static readonly NewsTaken Refused = new(NewsOutcome.Lost);
}

/// <summary>
/// Has an entry read from the API, and what is known of it replaced; answered by exactly one <see cref="ReloadAnswer"/>, unless the actor
/// is lost.
/// </summary>
/// <param name="Key">The entry.</param>
public sealed record Reload(EntryKey Key) : ICustomerMessage, INoSerializationVerificationNeeded;

/// <summary>The answer to a <see cref="Reload"/>.</summary>
/// <param name="State">What was read, or null where the read failed.</param>
public sealed record ReloadAnswer(EntitlementState? State) : INoSerializationVerificationNeeded
{
    /// <summary>The read failed.</summary>
    public static readonly ReloadAnswer Failed = new((EntitlementState?)null);
}

/// <summary>The answer to a <see cref="Question"/>.</summary>
/// <param name="State">What is known, or null: then the fallbacks answer.</param>
/// <param name="Customer">The customer's own state, where a resource was asked about and it is known.</param>
/// <param name="Source">Where it came from.</param>
public sealed record CustomerAnswer(EntitlementState? State, EntitlementState? Customer, AnswerSource Source)
    : INoSerializationVerificationNeeded
{
    /// <summary>Nothing is known.</summary>
    public static readonly CustomerAnswer NothingKnown = new(null, null, AnswerSource.Default);

    /// <summary>The entry's view, where a node may be granted a lease of it.</summary>
    internal EntitlementView? View { get; init; }

    /// <summary>The customer's own view, likewise.</summary>
    internal EntitlementView? CustomerView { get; init; }
}
