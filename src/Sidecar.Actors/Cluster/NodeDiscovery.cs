using System.Collections.Concurrent;
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

/// <summary>
/// Finds nodes by names that stand for addresses: a list with one entry a node, or one name that stands for all of them. A name that can't be
/// looked up at the moment stands for what it stood for before: who is asked there tells whether it is a node.
/// </summary>
/// <param name="places">Names, or addresses, with the ports of messages.</param>
/// <param name="lookUp">Finds the addresses of a name.</param>
/// <param name="time">The source of time.</param>
public sealed class NamedNodes(
    IReadOnlyList<DnsEndPoint> places, Func<string, Task<IPAddress[]>> lookUp, TimeProvider time) : INodeDiscovery
{
    /// <summary>The most places that are told: all of them are asked at once.</summary>
    public const int MaxPlaces = 1_000;

    /// <summary>The longest that names are waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Name> _names = new(StringComparer.Ordinal);

    /// <summary>Finds nodes by the system's own resolver.</summary>
    /// <param name="places">Names, or addresses, with the ports of messages.</param>
    public static NamedNodes Of(params IReadOnlyList<DnsEndPoint> places) => new(
        places, static name => Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork), TimeProvider.System);

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
        var name = _names.GetOrAdd(place.Host, static _ => new Name());
        try
        {
            await name.LookUpAsync(() => lookUp(place.Host)).WaitAsync(Patience, time, cancellation);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            // What was found before is as good as there is.
        }

        return name.Last.Select(one => new IPEndPoint(one, place.Port));
    }

    private sealed class Name
    {
        private readonly Lock _lock = new();
        private Task? _underWay;

        // What was found last, also by a look-up that nobody waited for to its end.
        public volatile IPAddress[] Last = [];

        // One at a time: the resolver may take far longer than anybody waits, and all that it is asked for the same name waits behind that.
        public Task LookUpAsync(Func<Task<IPAddress[]>> begin)
        {
            lock (_lock)
                return _underWay is { IsCompleted: false } underWay ? underWay : _underWay = KeepAsync(begin);
        }

        private async Task KeepAsync(Func<Task<IPAddress[]>> begin) => Last = await begin();
    }
}
