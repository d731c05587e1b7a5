using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Sidecar.Actors;

namespace Sidecar.Host.Diagnostics;

/// <summary>Why a request of the diagnostics is not answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Error">Why, and what is expected.</param>
internal sealed record GateRefusal(int Status, string Error);

/// <summary>
/// Decides who may ask the diagnostics. A page in a browser of the same machine is kept out by its Origin, and by the name that it had to
/// reach this port by; everybody else by a token.
/// </summary>
/// <param name="token">The token, or null.</param>
/// <param name="bind">The address that is listened on.</param>
internal sealed class RequestGate(Secret? token, IPAddress bind)
{
    private const string Scheme = "Bearer ";

    // Of one length, whatever is compared.
    private readonly byte[]? _expected = token is null ? null : Hash(token.Reveal());
    private readonly bool _isOpenToOthers = !IPAddress.IsLoopback(bind);

    private static GateRefusal NoToken => new(
        StatusCodes.Status403Forbidden,
        "no token is set, and customers' data and operations need one; expected DIAGNOSTICS_TOKEN (or DIAGNOSTICS_TOKEN_FILE) among the variables of the service");

    /// <summary>Looks at where a request comes from, before anything else is looked at.</summary>
    /// <param name="request">The request.</param>
    public static GateRefusal? WhyForeign(HttpRequest request)
    {
        if (!IsOwnName(request.Host.Host))
        {
            return new GateRefusal(
                StatusCodes.Status403Forbidden, "the Host header names another host, expected an IP address or localhost");
        }

        return request.Headers.Origin is { Count: > 0 } origin && !IsSame(origin, request)
            ? new GateRefusal(StatusCodes.Status403Forbidden, "the Origin header is that of another page, expected none")
            : null;
    }

    /// <summary>Looks at the token.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isNeeded">Whether what is asked for needs one in any case.</param>
    public GateRefusal? WhyRefused(HttpRequest request, bool isNeeded)
    {
        var given = request.Headers.Authorization;
        if (_expected is null)
            return isNeeded || _isOpenToOthers ? NoToken : null;
        if (given.Count == 0)
        {
            return isNeeded || _isOpenToOthers
                ? new GateRefusal(StatusCodes.Status401Unauthorized, "there is no token, expected 'Authorization: Bearer' with that of DIAGNOSTICS_TOKEN")
                : null;
        }

        // A wrong one is told as such, also where none is needed.
        return IsRight(given) ? null : new GateRefusal(
            StatusCodes.Status401Unauthorized, "the token is wrong, expected 'Authorization: Bearer' with that of DIAGNOSTICS_TOKEN");
    }

    private bool IsRight(StringValues given)
    {
        if (given is not [{ } text] || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        return CryptographicOperations.FixedTimeEquals(Hash(text[Scheme.Length..].Trim(' ')), _expected);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static bool IsOwnName(string? host) => host is not null
        && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.TrimStart('[').TrimEnd(']'), out _));

    private static bool IsSame(StringValues origin, HttpRequest request) =>
        origin is [{ } one] && one.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);
}
