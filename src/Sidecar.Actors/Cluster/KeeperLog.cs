using Microsoft.Extensions.Logging;
using Sidecar.Actors.Metrics;

namespace Sidecar.Actors.Cluster;

/// <summary>What the keeper tells of its cluster. The end of a trouble is told as loud as its beginning.</summary>
/// <param name="log">The log.</param>
internal sealed partial class KeeperLog(ILogger log)
{
    private Exception? _lastFailure;
    private RestartCause? _restarted;

    /// <summary>The actor system could not be started. The same cause is told once.</summary>
    public void NotStarted(Exception failure)
    {
        if (_lastFailure?.Message != failure.Message)
            Log.NotStarted(log, failure);
        _lastFailure = failure;
    }

    public void GivenUp(TimeSpan patience) => Log.GivenUp(log, patience);

    public void Joins(string address) => Log.Joins(log, address);

    public void Forms(string why) => Log.Forms(log, why);

    public void Up(string address, TimeSpan took)
    {
        Log.Up(log, _restarted is null ? LogLevel.Information : LogLevel.Warning, _restarted is null ? "" : " again", address, took);
        (_restarted, _lastFailure) = (null, null);
    }

    public void Sees(string why) => Log.Sees(log, why);

    public void Restarts(RestartCause cause, string why)
    {
        _restarted = cause;
        Log.Restarts(log, why);
    }

    public void Ended(bool leaves, TimeSpan took)
    {
        if (leaves)
            Log.Left(log, took);
        else
            Log.Ended(log, took);
    }

    private static partial class Log
    {
        [LoggerMessage(600, LogLevel.Error, "the actor system of this node's place in the cluster could not be started; it is tried again")]
        public static partial void NotStarted(ILogger logger, Exception failure);

        [LoggerMessage(601, LogLevel.Error,
            "the actor system of this node's place in the cluster could not be started within {Patience}; the process ends, to be started anew")]
        public static partial void GivenUp(ILogger logger, TimeSpan patience);

        [LoggerMessage(602, LogLevel.Information, "this node joins the cluster of {Address}")]
        public static partial void Joins(ILogger logger, string address);

        [LoggerMessage(603, LogLevel.Information, "this node forms a cluster: {Why}")]
        public static partial void Forms(ILogger logger, string why);

        [LoggerMessage(EventId = 604, Message = "this node is{Again} a member of its cluster, as {Address}, after {Took}")]
        public static partial void Up(ILogger logger, LogLevel level, string again, string address, TimeSpan took);

        [LoggerMessage(605, LogLevel.Warning, "the cluster has fallen apart: {Why}")]
        public static partial void Sees(ILogger logger, string why);

        [LoggerMessage(606, LogLevel.Warning, "this node joins its cluster anew: {Why}; meanwhile it answers by itself")]
        public static partial void Restarts(ILogger logger, string why);

        [LoggerMessage(607, LogLevel.Information, "this node has left its cluster within {Took}")]
        public static partial void Left(ILogger logger, TimeSpan took);

        [LoggerMessage(608, LogLevel.Information, "the actor system of this node's place in the cluster ended within {Took}")]
        public static partial void Ended(ILogger logger, TimeSpan took);
    }
}
