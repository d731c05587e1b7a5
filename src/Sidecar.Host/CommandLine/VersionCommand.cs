using System.Reflection;

namespace Sidecar.Host.CommandLine;

/// <summary>Shows the version.</summary>
public sealed class VersionCommand : Command
{
    /// <inheritdoc/>
    public override string Name => "--version";

    /// <inheritdoc/>
    public override string Summary => "shows the version";

    /// <inheritdoc/>
    public override string Details => "Exit code: 0";

    private static string Version =>
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <inheritdoc/>
    public override Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        RequireNone(arguments);
        context.Output.WriteLine($"sidecar {Version}");
        return Task.FromResult(ExitCodes.Success);
    }
}
