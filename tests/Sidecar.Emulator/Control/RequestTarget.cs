namespace Sidecar.Emulator.Control;

/// <summary>What a request to the cloud is for, and on which way.</summary>
public enum RequestTarget
{
    /// <summary>Edge: the start-up read that only tells whether the key is valid.</summary>
    Config,

    /// <summary>Edge: the entitlements of a customer or a resource.</summary>
    State,

    /// <summary>GraphQL: the configuration of client libraries, asked for to see whether the key is valid.</summary>
    ApiConfig,

    /// <summary>GraphQL: the entitlements of a customer or a resource.</summary>
    ApiState,

    /// <summary>GraphQL: one measurement.</summary>
    ApiUsage,

    /// <summary>GraphQL: some measurements at once.</summary>
    ApiUsageBulk,

    /// <summary>GraphQL: some events.</summary>
    ApiEvents,
}
