namespace Sidecar.Host.Configuration;

/// <summary>Where the value in force comes from.</summary>
public enum SettingSource
{
    /// <summary>Nothing was set, or nothing that can be used.</summary>
    Default = 0,

    /// <summary>The variable itself.</summary>
    Variable,

    /// <summary>The file that <c>NAME_FILE</c> names.</summary>
    File,

    /// <summary>Neither what was set nor the default can be used.</summary>
    Fault,
}

/// <summary>What is in force of one setting.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Text">Its value as it was given, or as the default is written.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Path">The file that it was read from, or null.</param>
public sealed record SettingValue(Setting Setting, string Text, SettingSource Source, string? Path = null);
