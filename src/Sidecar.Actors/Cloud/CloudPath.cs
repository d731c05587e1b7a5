namespace Sidecar.Actors.Cloud;

/// <summary>A way to the cloud. Each has its own addresses, its own rules of retry and its own breaker.</summary>
public enum CloudPath
{
    /// <summary>Edge: plain GET.</summary>
    Edge = 0,

    /// <summary>The API: GraphQL over HTTP.</summary>
    Api,
}
