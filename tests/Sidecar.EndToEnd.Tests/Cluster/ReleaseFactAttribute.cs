using Xunit;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>A fact that needs the previous release. Where the history does not have it, as in a shallow clone, it is skipped.</summary>
public sealed class ReleaseFactAttribute : FactAttribute
{
    /// <summary>Makes one.</summary>
    public ReleaseFactAttribute() => Skip = PreviousRelease.Missing;
}
