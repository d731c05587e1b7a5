using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Updates;

/// <summary>What became of news.</summary>
public enum NewsOutcome
{
    /// <summary>What is known was changed by it, or is to be read again because of it.</summary>
    Applied = 0,

    /// <summary>What is known is newer.</summary>
    Older,

    /// <summary>This node neither holds nor reads what it is about.</summary>
    NotHeld,

    /// <summary>It could not be read.</summary>
    Unreadable,

    /// <summary>It could not be applied in time: what it is about was made suspect instead, so that it is read again.</summary>
    Lost,
}

/// <summary>Takes news in.</summary>
public interface INewsDesk
{
    /// <summary>
    /// Brings news to whom it concerns. Ends when it has been applied, so that whoever waits for that is slowed down to what can be
    /// applied; never fails. News of one entry is applied in the order of the calls, which need not wait for one another. Counts what became
    /// of it.
    /// </summary>
    Task<NewsOutcome> BringAsync(News news);
}
