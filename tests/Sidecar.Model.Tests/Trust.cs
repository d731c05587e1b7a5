namespace Sidecar.Model.Tests;

/// <summary>What a question has to wait for.</summary>
internal enum Trust
{
    /// <summary>Nothing.</summary>
    Fresh,

    /// <summary>Nothing; the entry is read again behind the answer.</summary>
    Revalidate,

    /// <summary>A quarter of a second at most.</summary>
    Suspect,

    /// <summary>As long as for a first read.</summary>
    Expired,
}
