using Xunit;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A fact that needs libfaketime. Where that is missing it is skipped; with <c>CI=true</c> it fails.</summary>
internal sealed class ClockFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    public ClockFactAttribute()
    {
        if (!string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Skip = FakeClock.Missing;
    }
}
