namespace Sidecar.Host.CommandLine;

/// <summary>What the program ends with; a command that has others names them itself.</summary>
public static class ExitCodes
{
    /// <summary>Ended as it was told to.</summary>
    public const int Success = 0;

    /// <summary>Arguments that are not understood.</summary>
    public const int BadUsage = 64;
}
