namespace Sidecar.Host.Configuration;

/// <summary>What has to be true once before the service calls itself ready (<c>READY_WHEN</c>).</summary>
public enum ReadyWhen
{
    /// <summary>The gRPC port is open: a question is answered by whatever there is.</summary>
    Serving = 0,

    /// <summary>There is something to answer from.</summary>
    Data,

    /// <summary>The cloud accepted the key and, where enabled, the stream has been up.</summary>
    Cloud,
}
