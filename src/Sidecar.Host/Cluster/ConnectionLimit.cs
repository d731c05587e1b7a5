using Microsoft.AspNetCore.Connections;

namespace Sidecar.Host.Cluster;

/// <summary>Closes the connections of a listener beyond a limit, so that it takes no more from those of the others.</summary>
/// <param name="max">The most that are open at once.</param>
/// <param name="onRefused">Called for each that is closed, or null.</param>
internal sealed class ConnectionLimit(int max, Action? onRefused = null)
{
    private int _open;

    /// <summary>What a connection goes through.</summary>
    /// <param name="next">What comes after.</param>
    public ConnectionDelegate Before(ConnectionDelegate next) => async connection =>
    {
        try
        {
            if (Interlocked.Increment(ref _open) <= max)
            {
                await next(connection);
                return;
            }

            connection.Abort();
            onRefused?.Invoke();
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    };
}
