namespace Sidecar.Deploy.Tests;

/// <summary>Where things are in the repository that this assembly was built from.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of the charts.</summary>
    public static string Charts => At("deploy", "helm");

    /// <summary>The chart.</summary>
    public static string Chart => At("deploy", "helm", "sidecar");

    /// <summary>A file or folder in it.</summary>
    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>A file of this project.</summary>
    public static string Here(params ReadOnlySpan<string> parts) => Path.Combine([At("tests", "Sidecar.Deploy.Tests"), .. parts]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sidecar.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"there is no Sidecar.sln above {AppContext.BaseDirectory}");
    }
}
