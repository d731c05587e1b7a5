using Sidecar.Host.CommandLine.Probing;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.CommandLine;

/// <summary>Asks the service beside it whether it works.</summary>
public sealed class HealthCommand : ProbeCommand
{
    /// <inheritdoc/>
    public override string Name => "health";

    /// <inheritdoc/>
    public override string Summary => "asks the service on this machine whether it works; for health checks of containers";

    /// <inheritdoc/>
    protected override Setting PathSetting => Settings.HealthEndpointUrl;

    /// <inheritdoc/>
    protected override string PathOf(SidecarOptions options) => options.HealthPath;
}
