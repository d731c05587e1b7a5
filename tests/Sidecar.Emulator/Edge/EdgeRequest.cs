using System.Buffers;
using System.Text;

namespace Sidecar.Emulator.Edge;

/// <summary>
/// What was asked, read from the request target as it came over the wire: a web server's own path has its
/// <c>%2E%2E</c> and <c>%2F</c> already resolved, and then an id that holds them is lost.
/// </summary>
internal abstract record EdgeRequest
{
    private const string ConfigPath = "/v1/config/server-sdk-configuration.json";
    private const string StatePrefix = "/v1/c/";
    private const string StateSuffix = "/entitlements-state.json";
    private const string ListSuffix = "/entitlements.json";
    private const string ResourceParameter = "resourceId";

    // RFC 3986: what may stand unencoded in one segment of a path.
    private static readonly SearchValues<char> InSegment =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@");

    // In a query '&' and '=' divide, and '+' is a blank to some readers and a plus to others: all three have to be encoded.
    private static readonly SearchValues<char> InQueryValue =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*,;:@/?");

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private EdgeRequest()
    {
    }

    /// <summary>The key check.</summary>
    public sealed record Config : EdgeRequest;

    /// <summary>A read of one entry: its state, or, as clients of an older generation ask, the list of its features.</summary>
    public sealed record State(string CustomerId, string? ResourceId, bool IsList = false) : EdgeRequest;

    /// <summary>A read that is wrongly written.</summary>
    public sealed record Malformed(string Problem) : EdgeRequest;

    /// <summary>Nothing that Edge has.</summary>
    public sealed record Unknown : EdgeRequest;

    /// <summary>Reads a request target such as <c>/v1/c/acme%2Feu/entitlements-state.json?resourceId=r1</c>.</summary>
    public static EdgeRequest Parse(string rawTarget)
    {
        var target = WithoutAuthority(rawTarget);
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? target : target[..mark];
        var query = mark < 0 ? null : target[(mark + 1)..];
        if (path == ConfigPath)
            return query is null ? new Config() : new Malformed("this path takes no query");
        if (!path.StartsWith(StatePrefix, StringComparison.Ordinal))
            return new Unknown();
        var isList = path.EndsWith(ListSuffix, StringComparison.Ordinal);
        var suffix = isList ? ListSuffix : StateSuffix;
        // An id whose '/', '?' or '#' was not encoded ends up here too.
        if (!path.EndsWith(suffix, StringComparison.Ordinal) || path.Length < StatePrefix.Length + suffix.Length)
            return new Malformed($"expected {StatePrefix}{{customerId}}{StateSuffix}");
        if (DecodeSegment(path[StatePrefix.Length..^suffix.Length]) is not { } customerId)
            return new Malformed("the customer id is not one percent-encoded path segment in UTF-8");
        return query is null ? new State(customerId, ResourceId: null, isList) : WithResource(customerId, query, isList);
    }

    /// <summary>The id in one segment of a path; nothing where it is not properly encoded.</summary>
    public static string? DecodeSegment(string segment) =>
        // Plain dots are a way to another path, and whoever stands between may take them for it.
        segment is "." or ".." ? null : Decode(segment, InSegment);

    /// <summary>Path and query of a request target, also of one in the absolute form, which a server has to understand as well.</summary>
    public static string WithoutAuthority(string rawTarget)
    {
        const string scheme = "http://";
        if (!rawTarget.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return rawTarget;
        var slash = rawTarget.IndexOf('/', scheme.Length);
        return slash < 0 ? "/" : rawTarget[slash..];
    }

    private static EdgeRequest WithResource(string customerId, string query, bool isList)
    {
        var divider = query.IndexOf('=', StringComparison.Ordinal);
        if (divider < 0 || query[..divider] != ResourceParameter)
            return new Malformed($"the only query parameter is {ResourceParameter}");
        return Decode(query[(divider + 1)..], InQueryValue) is { } resourceId
            ? new State(customerId, resourceId, isList)
            : new Malformed($"{ResourceParameter} is not one percent-encoded value in UTF-8");
    }

    private static string? Decode(string text, SearchValues<char> unencoded)
    {
        if (text.Length is 0)
            return null;
        var bytes = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                    return null;
                bytes[length++] = Convert.FromHexString(text.AsSpan(i + 1, 2))[0];
                i += 2;
            }
            else if (unencoded.Contains(text[i]))
                bytes[length++] = (byte)text[i];
            else
                return null;
        }
        try
        {
            return StrictUtf8.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
