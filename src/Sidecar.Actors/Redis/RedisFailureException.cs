using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace Sidecar.Actors.Redis;

/// <summary>Why Redis did not do what it was asked.</summary>
public enum RedisFailureKind
{
    /// <summary>There is no connection.</summary>
    Unreachable = 0,

    /// <summary>It did not answer in time.</summary>
    Timeout,

    /// <summary>It wants another user or password, or the user may not do this.</summary>
    Denied,

    /// <summary>It takes no writes: a replica, or one that can't save to disk.</summary>
    ReadOnly,

    /// <summary>It has no memory left.</summary>
    OutOfMemory,

    /// <summary>It is a cluster, in which a value and its date may stand on different servers.</summary>
    Cluster,

    /// <summary>It answered with another error.</summary>
    Error,

    /// <summary>Too much waits for it already; nothing was sent.</summary>
    Overloaded,

    /// <summary>It has hung for a while, and is not asked for now; nothing was sent.</summary>
    Suspended,

    /// <summary>A setting does not fit the server, which is not used: with it, other data than what is meant might be read and written.</summary>
    Settings,
}

/// <summary>Redis did not do what it was asked.</summary>
/// <param name="kind">Why.</param>
/// <param name="detail">What was said, for the log.</param>
public sealed partial class RedisFailureException(RedisFailureKind kind, string detail) : Exception(detail)
{
    /// <summary>Why.</summary>
    public RedisFailureKind Kind => kind;

    /// <summary>What an exception of the client or the server means; null for one that is a fault of ours.</summary>
    public static RedisFailureException? Of(Exception exception) => exception switch
    {
        RedisFailureException failure => failure,
        RedisServerException server when RefusalIn(server) is { } refusal => new RedisFailureException(RedisFailureKind.Denied, refusal),
        RedisServerException server => new RedisFailureException(KindOf(server.Message), server.Message),
        RedisCommandException command => new RedisFailureException(RedisFailureKind.Error, command.Message),
        RedisConnectionException connection when RefusalIn(connection) is { } refusal => new RedisFailureException(RedisFailureKind.Denied, refusal),
        RedisConnectionException connection => new RedisFailureException(RedisFailureKind.Unreachable, InWords(connection.Message)),
        RedisTimeoutException or TimeoutException => new RedisFailureException(RedisFailureKind.Timeout, "no answer in time"),
        // The client disposes of what is under way when it is closed.
        ObjectDisposedException or OperationCanceledException => new RedisFailureException(RedisFailureKind.Unreachable, "the connection was closed"),
        RedisException redis => new RedisFailureException(RedisFailureKind.Error, redis.Message),
        _ => null,
    };

    /// <summary>A connection that was refused by the server, be it for the user, the password, or a right that it needs itself.</summary>
    internal static RedisFailureException Refused(Exception exception) => new(
        RedisFailureKind.Denied,
        RefusalIn(exception)
        ?? $"the server does not let the user in, expected REDIS_USERNAME and REDIS_PASSWORD to be those of a user with the rights needed ({InWords(exception.Message)})");

    // There is no connection, since the last one was refused: the reason stands within. A failed handshake of TLS is told in the same way.
    private static string? RefusalIn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            foreach (var word in (string[])["WRONGPASS", "NOAUTH"])
            {
                if (exception.Message.Contains(word, StringComparison.Ordinal))
                    return $"the server does not accept the user and the password, expected REDIS_USERNAME and REDIS_PASSWORD to be those of one of its users ({word})";
            }
        }

        return null;
    }

    // What the client says, without what is of use to those who make it only.
    private static string InWords(string message) => ForItsMakers().Replace(message, "")
        .Replace(nameof(ConnectionFailureType.SocketClosed), "the connection was closed", StringComparison.Ordinal)
        .Replace(nameof(ConnectionFailureType.SocketFailure), "the connection broke", StringComparison.Ordinal);

    [GeneratedRegex(@",? \(?v: [\w.+-]+\)?|\.? Attempted command: \w+", RegexOptions.None, 1000)]
    private static partial Regex ForItsMakers();

    // A server's error begins with a word that names it. One of a script carries it within.
    private static RedisFailureKind KindOf(string message)
    {
        return Says("NOAUTH") || Says("WRONGPASS") || Says("NOPERM") || Says("ACL failure") || Says("The user executing the script")
                ? RedisFailureKind.Denied
            : Says("READONLY") || Says("MISCONF") || Says("NOREPLICAS") || Says("MASTERDOWN") ? RedisFailureKind.ReadOnly
            : Says("LOADING") ? RedisFailureKind.Unreachable
            : Says("BUSY") ? RedisFailureKind.Timeout
            : Says("OOM") ? RedisFailureKind.OutOfMemory
            : Says("MOVED") || Says("CROSSSLOT") || Says("CLUSTERDOWN") ? RedisFailureKind.Cluster
            : RedisFailureKind.Error;

        bool Says(string word) => message.Contains(word, StringComparison.Ordinal);
    }
}
