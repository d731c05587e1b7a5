namespace Sidecar.Actors.Updates;

/// <summary>
/// One connection to the cloud's stream of updates: whole messages of text, in order. Made for one try: connected once, closed once. One
/// receive and one send may be under way at a time.
/// </summary>
public interface IUpdateSocket : IDisposable
{
    /// <summary>Connects.</summary>
    /// <exception cref="UpdateSocketException">It did not come to a connection.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    Task ConnectAsync(CancellationToken cancellation);

    /// <summary>Sends one message.</summary>
    /// <param name="message">UTF-8 text.</param>
    /// <param name="cancellation">Ends the wait; the connection is of no use afterwards.</param>
    /// <exception cref="UpdateSocketException">The connection is gone.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation);

    /// <summary>Waits for the next message, however many frames it comes in.</summary>
    /// <returns>UTF-8 text, good until the next call; never more than <see cref="UpdateSettings.MaxMessageBytes"/>.</returns>
    /// <exception cref="UpdateSocketException">The connection is gone, was closed, or brought a larger message.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellation);

    /// <summary>Ends the connection at once, whatever is under way; may be called more than once and by any thread.</summary>
    void Abort();
}

/// <summary>Why there is no connection, or no more.</summary>
public enum UpdateSocketFault
{
    /// <summary>No connection, or one that broke.</summary>
    Network = 0,

    /// <summary>The cloud refused the key.</summary>
    InvalidKey,

    /// <summary>The cloud has too many requests: no error.</summary>
    Throttled,

    /// <summary>The cloud refused the connection or closed it, for another reason.</summary>
    Closed,

    /// <summary>A message was larger than any may be.</summary>
    TooLarge,

    /// <summary>Nothing came in time.</summary>
    Timeout,
}

/// <summary>The end of a connection, or of the try to make one.</summary>
/// <param name="fault">Why.</param>
/// <param name="detail">What exactly happened, for the log; holds no secret.</param>
/// <param name="inner">What it came from, or null.</param>
public sealed class UpdateSocketException(UpdateSocketFault fault, string detail, Exception? inner = null) : Exception(detail, inner)
{
    /// <summary>Why.</summary>
    public UpdateSocketFault Fault => fault;

    /// <summary>
    /// Whether the other side ended the connection, and that was seen when it happened: until then it was alive, and all that it sent had
    /// come.
    /// </summary>
    public bool IsByCloud { get; init; }
}
