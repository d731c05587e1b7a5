namespace Sidecar.Actors.Tests.Support;

/// <summary>The cloud's end of a connection to the stream of updates, real or not.</summary>
public interface IUpdatePeer : IAsyncDisposable
{
    /// <summary>Sends a message of text.</summary>
    Task SayAsync(string text);

    /// <summary>The next message that comes.</summary>
    Task<string> HearAsync();

    /// <summary>Closes the connection as the protocol has it.</summary>
    Task CloseAsync(int code, string reason);

    /// <summary>Ends the connection without a word.</summary>
    Task BreakAsync();
}
