using Sidecar.Host.Configuration;
using Sidecar.Host.Runtime;
using Sidecar.Host.Shutdown;

namespace Sidecar.Host.CommandLine;

/// <summary>Runs the service.</summary>
public sealed class ServeCommand : Command
{
    /// <inheritdoc/>
    public override string Name => "serve";

    /// <inheritdoc/>
    public override string Summary => "runs the service, configured by environment variables; so it does without a command";

    /// <inheritdoc/>
    public override string Details => $"""
        Exit codes:
          {ExitCodes.Success}   ended as it was told to
          {OrderlyEnd.EndedByItself}   ended without being told to
          {SidecarApp.BadConfiguration}  a port or an address that can't be used, or a gRPC port, or an only way in, that can't be opened
        """;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        RequireNone(arguments);
        ServerCollector.TurnOnWhereItHelps();

        // Before anything else: until then a signal ends the process as if it had crashed.
        using var signals = EndSignals.Listen();
        var reader = context.Settings();
        var options = SidecarOptions.Read(reader, AvailableMemory.Find());
        return await SidecarApp.RunAsync(options, reader.Faults, signals);
    }
}
