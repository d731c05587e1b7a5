using Xunit;

namespace Sidecar.EndToEnd.Tests.Image;

/// <summary>A fact that needs bubblewrap. Where that is missing it is skipped; with <c>CI=true</c> it fails.</summary>
public sealed class BubbleFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    public BubbleFactAttribute()
    {
        if (!File.Exists("/usr/bin/bwrap") && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Skip = "bubblewrap is not installed";
    }
}
