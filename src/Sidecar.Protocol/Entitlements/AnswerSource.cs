namespace Sidecar.Protocol.Entitlements;

/// <summary>Where an answer came from.</summary>
public enum AnswerSource
{
    /// <summary>A view in this process's memory.</summary>
    Memory = 0,

    /// <summary>The persistent cache.</summary>
    Redis,

    /// <summary>A read from the cloud that the question waited for.</summary>
    Upstream,

    /// <summary>The last known state, although it may be out of date.</summary>
    Stale,

    /// <summary>The fallback that came with the question.</summary>
    RequestFallback,

    /// <summary>The fallback of <c>ENTITLEMENTS_FALLBACK</c>.</summary>
    GlobalFallback,

    /// <summary>The built-in fallback: no access.</summary>
    Default,
}
