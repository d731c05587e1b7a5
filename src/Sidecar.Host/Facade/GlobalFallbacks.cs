using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Facade;

/// <summary>The global fallbacks in force, for any thread. They are replaced as a whole.</summary>
/// <param name="table">Those of the start.</param>
public sealed class GlobalFallbacks(FallbackTable table)
{
    private volatile FallbackTable _table = table;

    /// <summary>The fallbacks.</summary>
    public FallbackTable Table
    {
        get => _table;
        set => _table = value;
    }
}
