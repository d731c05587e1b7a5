using Sidecar.Actors.Diagnostics;
using Sidecar.Host.CommandLine;
using Sidecar.Host.Configuration;
using Sidecar.Protocol;

namespace Sidecar.Host.Diagnostics;

/// <summary>What is in force of the configuration, read once more from where this process has it from, as <c>--check-config</c> shows it.</summary>
internal static class ConfigSource
{
    private const string Mask = "***";
    private const int LongestValue = 300;

    /// <summary>Reads that of this process.</summary>
    public static ConfigReport Read() => Read(CommandContext.OfProcess().Settings(), AvailableMemory.Find());

    /// <summary>Reads.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="availableMemory">Memory available to the process, in bytes.</param>
    public static ConfigReport Read(SettingsReader reader, long availableMemory)
    {
        SidecarOptions.Read(reader, availableMemory);
        return new ConfigReport([.. Settings.All.Select(setting => Shown(reader.InForce(setting)))], [.. reader.Faults.Select(fault => fault.Text)]);
    }

    private static SettingReport Shown(SettingValue value) => new(
        value.Setting.Name,
        value is { Setting.IsSecret: true, Source: SettingSource.Variable or SettingSource.File } ? Mask : Excerpt.Of(value.Text, LongestValue),
        value.Source switch
        {
            SettingSource.Variable => "variable",
            SettingSource.File => $"file {Excerpt.Of(value.Path ?? "")}",
            SettingSource.Fault => "because of a fault",
            _ => "default",
        });
}
