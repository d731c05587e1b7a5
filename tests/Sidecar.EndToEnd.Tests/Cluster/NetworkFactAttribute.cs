using Xunit;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>A fact that needs network namespaces. Where there can be none it is skipped; with <c>CI=true</c> it fails.</summary>
internal sealed class NetworkFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    /// <param name="isLong">Whether it takes its time, and runs with <c>SIDECAR_LONG_SPECS=1</c> alone.</param>
    public NetworkFactAttribute(bool isLong = false) => Skip = ReasonToSkip(isLong);

    /// <summary>Whether what takes its time runs as well.</summary>
    internal static bool IsLong => Environment.GetEnvironmentVariable("SIDECAR_LONG_SPECS") is "1";

    /// <summary>Why a spec can't run here, or need not; or null.</summary>
    internal static string? ReasonToSkip(bool isLong) =>
        isLong && !IsLong ? "it is long, and runs with SIDECAR_LONG_SPECS=1"
        : string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase) ? null
        : CuttableNetwork.Missing;
}

/// <summary>A theory that needs network namespaces. Where there can be none it is skipped; with <c>CI=true</c> it fails.</summary>
internal sealed class NetworkTheoryAttribute : TheoryAttribute
{
    /// <summary>Makes one.</summary>
    public NetworkTheoryAttribute() => Skip = NetworkFactAttribute.ReasonToSkip(isLong: false);
}
