using Sidecar.Host.Configuration;
using Sidecar.Host.Shutdown;

namespace Sidecar.Host.CommandLine;

/// <summary>Shows the commands and the variables.</summary>
public sealed class HelpCommand : Command
{
    /// <summary>The argument that asks for help.</summary>
    internal const string Argument = "--help";

    /// <summary>The same for those in a hurry.</summary>
    internal const string ShortArgument = "-h";

    /// <inheritdoc/>
    public override string Name => Argument;

    /// <inheritdoc/>
    public override string Summary => "shows the commands, the variables and the exit codes";

    /// <inheritdoc/>
    public override string Details => "Exit code: 0";

    /// <inheritdoc/>
    public override Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        RequireNone(arguments);
        var output = context.Output;
        output.WriteLine("Sidecar answers questions about entitlements over gRPC.");
        output.WriteLine();
        CommandHelp.WriteUsage(output);
        output.WriteLine();
        output.WriteLine("Variables:");
        foreach (var setting in Settings.All)
        {
            output.WriteLine($"  {setting.Name}");
            output.WriteLine($"      {setting.Meaning}");
            output.WriteLine($"      default: {setting.Default}; accepted: {setting.Accepted}");
        }

        output.WriteLine();
        output.WriteLine($"""
            An empty value is an unset one. NAME_FILE names a file whose content is the value of NAME, for any of them; NAME itself wins.
            The file of SERVER_API_KEY is watched: a new key is taken over without a restart.

            Exit codes of the service; those of the commands stand in their own help:
              {ExitCodes.Success}   ended as it was told to
              {OrderlyEnd.EndedByItself}   ended without being told to
              {ExitCodes.BadUsage}  an argument that is not understood
              {SidecarApp.BadConfiguration}  a port or an address that can't be used, or a gRPC port, or an only way in, that can't be opened
            """);
        return Task.FromResult(ExitCodes.Success);
    }
}
