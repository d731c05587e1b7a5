using Sidecar.Host.Configuration;

namespace Sidecar.Host.CommandLine;

/// <summary>Shows what is in force of the configuration; the same as <see cref="CheckConfigCommand"/>, which has the original's way of names.</summary>
public sealed class ConfigCommand : Command
{
    private const string Changed = "--changed";

    /// <inheritdoc/>
    public override string Name => "config";

    /// <inheritdoc/>
    public override string Arguments => $"[{Changed}]";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Options => [Changed];

    /// <inheritdoc/>
    public override string Summary => "shows what is in force, where it comes from, and what can't be used";

    /// <inheritdoc/>
    public override string Details => $"""
        It reads the variables as the service would that is started with them now; sidecar diag config asks a running one. Secrets are shown
        as ***. What can't be used goes to standard error. It opens no port.

          {Changed}   only what is not the default

        Exit codes:
          {ExitCodes.Success}   the service would start
          {ExitCodes.BadUsage}  an argument that is not understood
          {SidecarApp.BadConfiguration}  the service would end with it
        """;

    /// <inheritdoc/>
    public override Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        var given = CommandArguments.Parse(arguments, [], [Changed]);
        return Task.FromResult(CheckConfigCommand.Check(
            context.Settings(), AvailableMemory.Find(), context.Output, context.Error, given.Has(Changed)));
    }
}
