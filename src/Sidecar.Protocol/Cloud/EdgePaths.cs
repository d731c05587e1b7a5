using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>The addresses of Edge (the upstream contract, "Edge reads").</summary>
public static class EdgePaths
{
    // As it stands: the class would decode an encoded dot, take the path for a relative one and ask for another customer.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The address of an entry's state.</summary>
    /// <param name="edge">The base address, e.g. <c>https://edge.api.stigg.io</c>; a path of its own is kept.</param>
    /// <param name="key">The entry. Its ids may hold any character; each is percent-encoded as UTF-8.</param>
    public static Uri EntitlementsState(Uri edge, EntryKey key)
    {
        var query = key.ResourceId is null ? "" : $"?resourceId={Encode(key.ResourceId)}";
        return new Uri($"{Base(edge)}/v1/c/{Encode(key.CustomerId)}/entitlements-state.json{query}", Verbatim);
    }

    /// <summary>The address that tells whether the key is valid and the network works.</summary>
    public static Uri SdkConfiguration(Uri edge) => new($"{Base(edge)}/v1/config/server-sdk-configuration.json", Verbatim);

    private static string Base(Uri edge) => edge.GetLeftPart(UriPartial.Path).TrimEnd('/');

    // Dots are legal in a segment, but a segment of dots alone would be resolved on the way.
    private static string Encode(string id) =>
        id is "." or ".." ? id.Replace(".", "%2E", StringComparison.Ordinal) : Uri.EscapeDataString(id);
}
