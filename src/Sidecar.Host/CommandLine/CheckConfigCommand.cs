using Sidecar.Host.Configuration;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine;

/// <summary>Shows what is in force of the configuration, where it comes from, and what can't be used. It opens no port.</summary>
public sealed class CheckConfigCommand : Command
{
    private const string Mask = "***";
    private const int LongestValue = 300;

    /// <inheritdoc/>
    public override string Name => "--check-config";

    /// <inheritdoc/>
    public override string Summary => "the same as config";

    /// <inheritdoc/>
    public override string Details => $"""
        What can't be used goes to standard error.

        Exit codes:
          {ExitCodes.Success}   the service would start
          {SidecarApp.BadConfiguration}  the service would end with it
        """;

    /// <inheritdoc/>
    public override Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        RequireNone(arguments);
        return Task.FromResult(Check(context.Settings(), AvailableMemory.Find(), context.Output, context.Error));
    }

    /// <summary>Shows what is in force, and what can't be used.</summary>
    /// <returns>The exit code: whether the service would start.</returns>
    internal static int Check(SettingsReader reader, long availableMemory, TextWriter output, TextWriter error, bool isChangedOnly = false)
    {
        SidecarOptions.Read(reader, availableMemory);
        foreach (var value in Settings.All.Select(reader.InForce).Where(value => !isChangedOnly || value.Source != SettingSource.Default))
            output.WriteLine(Line(value));
        foreach (var fault in reader.Faults)
            error.WriteLine(fault.Text);
        return reader.Faults.Any(fault => fault.EndsProcess) ? SidecarApp.BadConfiguration : ExitCodes.Success;
    }

    private static string Line(SettingValue value)
    {
        var shown = value is { Setting.IsSecret: true, Source: SettingSource.Variable or SettingSource.File } ? Mask : Excerpt.Of(value.Text, LongestValue);
        var source = value.Source switch
        {
            SettingSource.Variable => "variable",
            SettingSource.File => $"file {Excerpt.Of(value.Path ?? "")}",
            SettingSource.Fault => "because of a fault",
            _ => "default",
        };
        return $"{value.Setting.Name} = {shown} ({source})";
    }
}
