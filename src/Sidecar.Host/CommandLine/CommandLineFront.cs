using System.Reflection;
using Sidecar.Host.Configuration;
using Sidecar.Host.Shutdown;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine;

/// <summary>What can be asked of the program beside running it. None of it opens a port.</summary>
public static class CommandLineFront
{
    /// <summary>Exit code of arguments that are not understood.</summary>
    public const int BadUsage = 64;

    private const string HelpArgument = "--help";
    private const string VersionArgument = "--version";
    private const string CheckArgument = "--check-config";
    private const string Mask = "***";
    private const int LongestValue = 300;

    private const string Usage = $"""
        Usage: sidecar                 runs the service, configured by environment variables
               sidecar {CheckArgument}  shows what is in force, where it comes from, and what can't be used
               sidecar {HelpArgument}          shows this text
               sidecar {VersionArgument}       shows the version
        """;

    private static readonly string Rules = $"""
        An empty value is an unset one. NAME_FILE names a file whose content is the value of NAME, for any of them; NAME itself wins.
        The file of SERVER_API_KEY is watched: a new key is taken over without a restart.

        Exit codes:
          0   ended as it was told to; {CheckArgument}: the service would start
          {OrderlyEnd.EndedByItself}   ended without being told to
          {BadUsage}  an argument that is not understood
          {SidecarApp.BadConfiguration}  a port or an address that can't be used, or a gRPC port that can't be opened; {CheckArgument}: the service would end with it
        """;

    /// <summary>Does what the arguments ask for.</summary>
    /// <param name="arguments">The arguments of the program.</param>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <param name="output">Where answers go.</param>
    /// <param name="error">Where faults go.</param>
    /// <returns>The exit code, or null where there is no argument, so that the service is to run.</returns>
    public static int? Answer(IReadOnlyList<string> arguments, Func<string, string?> variable, TextWriter output, TextWriter error)
    {
        switch (arguments)
        {
            case []:
                return null;
            case [HelpArgument or "-h"]:
                WriteHelp(output);
                return 0;
            case [VersionArgument]:
                output.WriteLine($"sidecar {Version}");
                return 0;
            case [CheckArgument]:
                return Check(new SettingsReader(variable, SettingFile.Read), AvailableMemory.Find(), output, error);
            default:
                var unknown = arguments.FirstOrDefault(argument => argument is not (HelpArgument or "-h" or VersionArgument or CheckArgument));
                error.WriteLine(unknown is null
                    ? $"sidecar: one argument at a time, not {arguments.Count}"
                    : $"sidecar: unknown argument '{Excerpt.Of(unknown)}'");
                error.WriteLine(Usage);
                return BadUsage;
        }
    }

    /// <summary>Shows what is in force, and what can't be used.</summary>
    /// <returns>The exit code: whether the service would start.</returns>
    internal static int Check(SettingsReader reader, long availableMemory, TextWriter output, TextWriter error)
    {
        SidecarOptions.Read(reader, availableMemory);
        foreach (var setting in Settings.All)
            output.WriteLine(Line(reader.InForce(setting)));
        foreach (var fault in reader.Faults)
            error.WriteLine(fault.Text);
        return reader.Faults.Any(fault => fault.EndsProcess) ? SidecarApp.BadConfiguration : 0;
    }

    private static string Version =>
        typeof(CommandLineFront).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

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
        var note = value.Setting.IsPlanned && value.Source != SettingSource.Default ? "; no effect in this release" : "";
        return $"{value.Setting.Name} = {shown} ({source}{note})";
    }

    private static void WriteHelp(TextWriter output)
    {
        output.WriteLine("Sidecar answers questions about entitlements over gRPC.");
        output.WriteLine();
        output.WriteLine(Usage);
        output.WriteLine();
        output.WriteLine("Variables:");
        foreach (var setting in Settings.All)
        {
            output.WriteLine($"  {setting.Name}");
            output.WriteLine($"      {setting.Meaning}{(setting.IsPlanned ? $" {Setting.PlannedNote}" : "")}");
            output.WriteLine($"      default: {setting.Default}; accepted: {setting.Accepted}");
        }

        output.WriteLine();
        output.WriteLine(Rules);
    }
}
