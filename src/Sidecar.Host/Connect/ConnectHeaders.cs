namespace Sidecar.Host.Connect;

/// <summary>Headers and media types of the Connect protocol's unary calls.</summary>
internal static class ConnectHeaders
{
    /// <summary>The protocol's version that a client speaks.</summary>
    public const string ProtocolVersion = "connect-protocol-version";

    /// <summary>How long the caller waits, in milliseconds.</summary>
    public const string TimeoutMs = "connect-timeout-ms";

    /// <summary>Begins the name of a header that stands for a trailer.</summary>
    public const string TrailerPrefix = "trailer-";

    /// <summary>The media types that a call may have.</summary>
    public const string AcceptPost = "Accept-Post";

    /// <summary>Messages in protobuf's JSON.</summary>
    public const string Json = "application/json";

    /// <summary>Messages in protobuf's binary form.</summary>
    public const string Proto = "application/proto";
}
