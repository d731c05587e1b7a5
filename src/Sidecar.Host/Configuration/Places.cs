using System.Globalization;
using System.Net;

namespace Sidecar.Host.Configuration;

/// <summary>Reads lists of places.</summary>
internal static class Places
{
    /// <summary>
    /// The places in a list such as <c>one:26379, two:26379</c>, IPv6 addresses in brackets; null where one of them can't be used.
    /// </summary>
    public static IReadOnlyList<DnsEndPoint>? In(string text)
    {
        var places = new List<DnsEndPoint>();
        foreach (var place in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = place.LastIndexOf(':');
            if (colon <= 0
                || !int.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                || port is < 1 or > IPEndPoint.MaxPort
                || Uri.CheckHostName(place[..colon].Trim('[', ']')) == UriHostNameType.Unknown)
                return null;
            places.Add(new DnsEndPoint(place[..colon].Trim('[', ']'), port));
        }

        return places;
    }
}
