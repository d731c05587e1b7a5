using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>What the cloud says over the stream of updates (protocol <c>graphql-transport-ws</c>).</summary>
public abstract record StreamMessage
{
    private StreamMessage()
    {
    }

    /// <summary><c>connection_ack</c>: the key is accepted, subscriptions may begin.</summary>
    public sealed record Acknowledged : StreamMessage;

    /// <summary><c>ping</c>: a pong is due.</summary>
    public sealed record Ping : StreamMessage;

    /// <summary><c>pong</c>: a sign of life.</summary>
    public sealed record Pong : StreamMessage;

    /// <summary><c>next</c>: news.</summary>
    /// <param name="News">The news.</param>
    public sealed record Told(News News) : StreamMessage;

    /// <summary>
    /// <c>error</c> or <c>complete</c>: a subscription is no more, and with it the promise that nothing is missed. Or <c>next</c> with the
    /// error that the key is not accepted.
    /// </summary>
    /// <param name="Subscription">Which, by the name of its operation; "unknown" where its id is none of ours.</param>
    /// <param name="Error">The error that the cloud tells, or null.</param>
    public sealed record Ended(string Subscription, CloudError? Error) : StreamMessage;

    /// <summary>A message that can't be read. It never ends the stream.</summary>
    /// <param name="Fault">What is wrong with it, for the log: no part of the message.</param>
    /// <param name="Kind">What it is about, where that can be told.</param>
    /// <param name="Changed">Of which entry, or of all, what is known may be wrong now; null where nothing tells that anything is.</param>
    public sealed record Unreadable(string Fault, NewsKind Kind = NewsKind.Unknown, News? Changed = null) : StreamMessage;
}
