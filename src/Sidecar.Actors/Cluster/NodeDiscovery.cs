using System.Net;
using System.Net.Sockets;

namespace Sidecar.Actors.Cluster;

/// <summary>Tells where nodes may be.</summary>
public interface INodeDiscovery
{
    /// <summary>Looks where nodes may be, oneself among them: the ports of their messages. What can't be found out is left out.</summary>
    /// <param name="cancellation">Ends the look.</param>
    Task<IReadOnlyList<IPEndPoint>> FindAsync(CancellationToken cancellation);
}

/// <summary>Finds nodes by names that stand for addresses: a list with one entry a node, or one name that stands for all of them.</summary>
/// <param name="places">Names, or addresses, with the ports of messages.</param>
/// <param name="lookUp">Finds the addresses of a name.</param>
/// <param name="time">The source of time.</param>
public sealed class NamedNodes(
    IReadOnlyList<DnsEndPoint> places, Func<string, CancellationToken, Task<IPAddress[]>> lookUp, TimeProvider time) : INodeDiscovery
{
    /// <summary>The most places that are told: all of them are asked at once.</summary>
    public const int MaxPlaces = 1_000;

    /// <summary>The longest that names are waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Finds nodes by the system's own resolver.</summary>
    /// <param name="places">Names, or addresses, with the ports of messages.</param>
    public static NamedNodes Of(params IReadOnlyList<DnsEndPoint> places) => new(
        places, static (name, cancellation) => Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork, cancellation), TimeProvider.System);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IPEndPoint>> FindAsync(CancellationToken cancellation)
    {
        var found = await Task.WhenAll(places.Select(place => FindAsync(place, cancellation)));
        return [.. found.SelectMany(static one => one).Distinct().Take(MaxPlaces)];
    }

    private async Task<IEnumerable<IPEndPoint>> FindAsync(DnsEndPoint place, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(place.Host, out var address))
            return [new IPEndPoint(address, place.Port)];
        try
        {
            // The resolver itself may not listen to the token.
            var addresses = await lookUp(place.Host, cancellation).WaitAsync(Patience, time, cancellation);
            return addresses.Select(one => new IPEndPoint(one, place.Port));
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return [];
        }
    }
}
