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
public sealed class RedisFailureException(RedisFailureKind kind, string detail) : Exception(detail)
{
    /// <summary>Why.</summary>
    public RedisFailureKind Kind => kind;

    /// <summary>What an exception of the client or the server means; null for one that is a fault of ours.</summary>
    public static RedisFailureException? Of(Exception exception) => exception switch
    {
        RedisFailureException failure => failure,
        RedisServerException server => new RedisFailureException(KindOf(server.Message), server.Message),
        RedisCommandException command => new RedisFailureException(RedisFailureKind.Error, command.Message),
        RedisConnectionException connection when IsOfCredentials(connection) =>
            new RedisFailureException(RedisFailureKind.Denied, connection.Message),
        RedisConnectionException connection => new RedisFailureException(RedisFailureKind.Unreachable, connection.Message),
        RedisTimeoutException or TimeoutException => new RedisFailureException(RedisFailureKind.Timeout, "no answer in time"),
        // The client disposes of what is under way when it is closed.
        ObjectDisposedException or OperationCanceledException => new RedisFailureException(RedisFailureKind.Unreachable, "the connection was closed"),
        RedisException redis => new RedisFailureException(RedisFailureKind.Error, redis.Message),
        _ => null,
    };

    // There is no connection, since the last one was refused: the reason stands within. A failed handshake of TLS is told in the same way.
    private static bool IsOfCredentials(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception.Message.Contains("WRONGPASS", StringComparison.Ordinal) || exception.Message.Contains("NOAUTH", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

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
