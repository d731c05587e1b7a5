using Xunit;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A fact that needs a disk of its own. Where none can be mounted it is skipped; with <c>CI=true</c> it fails.</summary>
internal sealed class DiskFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    public DiskFactAttribute()
    {
        if (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Skip = SmallDisk.Missing;
    }
}
