namespace Sidecar.Testing;

/// <summary>Where things are in the repository that this assembly was built from.</summary>
public static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder below which the proto files are.</summary>
    public static string Protos => At("src", "Sidecar.Protocol", "Protos");

    /// <summary>A file or folder in it.</summary>
    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sidecar.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"there is no Sidecar.sln above {AppContext.BaseDirectory}");
    }
}
