using Xunit;

namespace Sidecar.EndToEnd.Tests.StatusPage;

/// <summary>A fact that needs Chromium, Node and npm. Where one is missing it is skipped; with <c>CI=true</c> it fails.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    public BrowserFactAttribute()
    {
        if (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Skip = Browser.Missing;
    }
}
