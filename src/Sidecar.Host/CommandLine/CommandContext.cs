using Sidecar.Host.Configuration;

namespace Sidecar.Host.CommandLine;

/// <summary>What a command sees of the world.</summary>
/// <param name="variable">The value of an environment variable, or null.</param>
/// <param name="file">The content of a file that holds a variable's value; throws where it can't be read.</param>
/// <param name="output">Where answers go. Asked for when there is one: opening the console takes time.</param>
/// <param name="error">Where faults go.</param>
public sealed class CommandContext(
    Func<string, string?> variable, Func<string, string> file, Func<TextWriter> output, Func<TextWriter> error)
{
    /// <summary>Where answers go.</summary>
    public TextWriter Output => output();

    /// <summary>Where faults go.</summary>
    public TextWriter Error => error();

    /// <summary>That of this process.</summary>
    public static CommandContext OfProcess() =>
        new(Environment.GetEnvironmentVariable, SettingFile.Read, static () => Console.Out, static () => Console.Error);

    /// <summary>A reader of the variables.</summary>
    public SettingsReader Settings() => new(variable, file);
}
