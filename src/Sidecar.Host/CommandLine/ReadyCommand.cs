using Sidecar.Host.CommandLine.Probing;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.CommandLine;

/// <summary>Asks the service beside it whether it is ready.</summary>
public sealed class ReadyCommand : ProbeCommand
{
    /// <inheritdoc/>
    public override string Name => "ready";

    /// <inheritdoc/>
    public override string Summary => "asks the service on this machine whether it is ready";

    /// <inheritdoc/>
    protected override Setting PathSetting => Settings.ReadyEndpointUrl;

    /// <inheritdoc/>
    protected override string PathOf(SidecarOptions options) => options.ReadyPath;
}
