using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Entries;

/// <summary>
/// The way to a customer: to its one actor, wherever that is, or with news to what is published, where none has it in hand. Safe for any thread.
/// </summary>
public interface ICustomerRoad
{
    /// <summary>Asks what is known of an entry.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="maxWait">The longest that the actor lets the question wait.</param>
    /// <param name="patience">The longest that this waits.</param>
    /// <param name="cancellation">Ends the wait: the caller is gone.</param>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    /// <exception cref="OperationCanceledException">The caller is gone.</exception>
    Task<CustomerAnswer> AskAsync(EntryKey key, TimeSpan maxWait, TimeSpan patience, CancellationToken cancellation);

    /// <summary>Has an entry read from the API, and what is known replaced.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="patience">The longest that this waits.</param>
    /// <param name="cancellation">Ends the wait: the caller is gone.</param>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    /// <exception cref="OperationCanceledException">The caller is gone.</exception>
    Task<ReloadAnswer> ReloadAsync(EntryKey key, TimeSpan patience, CancellationToken cancellation);

    /// <summary>Brings news, and ends when it was taken.</summary>
    /// <param name="news">The news.</param>
    /// <param name="patience">The longest that this waits.</param>
    /// <exception cref="TimeoutException">Nobody took it in time.</exception>
    Task<NewsOutcome> BringAsync(EntryNews news, TimeSpan patience);

    /// <summary>Has an entry read again behind an answer.</summary>
    /// <param name="key">The entry.</param>
    void Refresh(EntryKey key);

    /// <summary>Says that what is known of an entry may be out of date.</summary>
    /// <param name="key">The entry.</param>
    void Invalidate(EntryKey key);

    /// <summary>Says that another program may have changed an entry in the persistent cache.</summary>
    /// <param name="key">The entry.</param>
    void TellStoredChanged(EntryKey key);
}
