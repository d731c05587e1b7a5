using Sidecar.Host.Shutdown;

namespace Sidecar.Host.Facade;

/// <summary>What one message takes of a <see cref="MessageBudget"/>, as it comes in.</summary>
/// <param name="budget">The budget.</param>
/// <param name="connection">The connection that it comes by; null where that has no share of its own.</param>
internal sealed class MessageRoom(MessageBudget budget, ClientConnection? connection) : IDisposable
{
    private long _held;

    /// <summary>Takes as much as is needed for so many bytes in all, where there is room.</summary>
    public bool TryHold(long bytes)
    {
        if (bytes <= _held)
            return true;
        if (!budget.TryTake(bytes, connection))
            return false;
        budget.GiveBack(_held, connection);
        _held = bytes;
        return true;
    }

    /// <summary>Gives all of it back.</summary>
    public void Dispose()
    {
        budget.GiveBack(_held, connection);
        _held = 0;
    }
}
