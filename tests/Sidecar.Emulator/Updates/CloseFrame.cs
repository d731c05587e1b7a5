using System.Text;

namespace Sidecar.Emulator.Updates;

/// <summary>How a socket is closed.</summary>
internal sealed record CloseFrame
{
    private const int MostReasonBytes = 123;

    private CloseFrame(int code, string reason) => (Code, Reason) = (code, reason);

    public int Code { get; }

    public string Reason { get; }

    /// <summary>The end that a client asked for.</summary>
    public static CloseFrame Usual { get; } = new(1000, string.Empty);

    /// <summary>The client chose another protocol, or none.</summary>
    public static CloseFrame WrongProtocol { get; } = new(4406, "Subprotocol not acceptable");

    public static CloseFrame NoInit { get; } = new(4408, "Connection initialisation timeout");

    public static CloseFrame TooManyInits { get; } = new(4429, "Too many initialisation requests");

    public static CloseFrame Unauthorized { get; } = new(4401, "Unauthorized");

    public static CloseFrame TooBig { get; } = new(1009, "Message too big");

    /// <summary>What the cloud says of a wrong key.</summary>
    public static CloseFrame InvalidKey { get; } = new(4403, "Invalid API key");

    /// <summary>A message that can't be understood.</summary>
    public static CloseFrame BadMessage(string problem) => new(4400, Cut(problem));

    public static CloseFrame IdInUse(string id) => new(4409, Cut($"Subscriber for {id} already exists"));

    /// <summary>Any other.</summary>
    /// <exception cref="ArgumentException">No socket can be closed so.</exception>
    public static CloseFrame Of(int code, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        // 1004 to 1006 and 1015 never go over the wire.
        if (code is < 1000 or > 4999 or 1004 or 1005 or 1006 or 1015)
            throw new ArgumentException("code: must be one that can be sent, from 1000 to 4999", nameof(code));
        return Encoding.UTF8.GetByteCount(reason) <= MostReasonBytes
            ? new CloseFrame(code, reason)
            : throw new ArgumentException($"reason: must have at most {MostReasonBytes} bytes", nameof(reason));
    }

    private static string Cut(string reason)
    {
        while (Encoding.UTF8.GetByteCount(reason) > MostReasonBytes)
            reason = reason[..^(char.IsLowSurrogate(reason[^1]) ? 2 : 1)];
        return reason;
    }
}
