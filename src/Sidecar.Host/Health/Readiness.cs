namespace Sidecar.Host.Health;

/// <summary>Whether the service takes calls: from the opening of its ports until it begins to stop.</summary>
public sealed class Readiness
{
    /// <summary>The reason before the ports are open.</summary>
    public const string Starting = "starting: the gRPC port is not open yet";

    /// <summary>The reason once the process was told to end.</summary>
    public const string Stopping = "stopping";

    private string? _reason = Starting;

    /// <summary>Why the service is not ready, or null.</summary>
    public string? Reason => Volatile.Read(ref _reason);

    /// <summary>Follows the application's life.</summary>
    public void Follow(IHostApplicationLifetime lifetime)
    {
        lifetime.ApplicationStarted.Register(() => Volatile.Write(ref _reason, null));
        lifetime.ApplicationStopping.Register(() => Volatile.Write(ref _reason, Stopping));
    }
}
