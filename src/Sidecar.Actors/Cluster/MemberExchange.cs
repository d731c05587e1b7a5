using System.Net;
using System.Text.Json;
using Akka.Actor;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// Asks the other nodes who is a member: by a way of its own, since the actor systems of nodes that have given each other up never speak to
/// one another again.
/// </summary>
public sealed class MemberExchange : IDisposable
{
    /// <summary>The path that is asked.</summary>
    public const string Path = "/members";

    /// <summary>The longest answer that is read, in bytes.</summary>
    public const int MaxAnswerBytes = 256 * 1024;

    /// <summary>The longest that an answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ClusterSettings _settings;
    private readonly Address _self;
    private readonly HttpClient _client;

    /// <summary>Makes the exchange.</summary>
    /// <param name="settings">The cluster.</param>
    public MemberExchange(ClusterSettings settings)
    {
        _settings = settings;
        _self = Address.Parse(settings.Address);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = Patience,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            // A certificate or an authority that was exchanged is seen soon.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            MaxConnectionsPerServer = 2,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        if (settings.Tls is { } tls)
            handler.SslOptions = tls.ForAsking();
        _client = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <summary>Asks all other nodes at once.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What those say that answered.</returns>
    public async Task<IReadOnlyList<MemberView>> AskAllAsync(CancellationToken cancellation)
    {
        var self = new IPEndPoint(_settings.Host, _settings.Port);
        var places = await _settings.Discovery.FindAsync(cancellation);
        var answers = await Task.WhenAll(places.Where(place => !place.Equals(self)).Select(place => AskAsync(place, cancellation)));
        // One node may be found by several names.
        return [.. answers.OfType<MemberView>().Where(view => view.Address != _settings.Address).DistinctBy(static view => (view.Address, view.Uid))];
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<MemberView?> AskAsync(IPEndPoint place, CancellationToken cancellation)
    {
        // Of a name's port there may be no next one.
        if (place.Port >= IPEndPoint.MaxPort)
            return null;
        var scheme = _settings.Tls is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
        var exchange = new IPEndPoint(place.Address, ClusterSettings.ExchangePortOf(place.Port));
        try
        {
            // The whole answer first: whatever ends it early is then a failed request, and its encoding is nobody's choice.
            var answer = await _client.GetByteArrayAsync(new Uri($"{scheme}://{exchange}{Path}"), cancellation);
            return Read(answer, _self);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Reads an answer; null where it is none.</summary>
    /// <param name="answer">Whatever came.</param>
    /// <param name="self">Where the actor system of the node that reads is reached.</param>
    internal static MemberView? Read(ReadOnlySpan<byte> answer, Address self)
    {
        try
        {
            return JsonSerializer.Deserialize(answer, MemberViewJson.Default.MemberView) is { } view && IsWhole(view, self) ? view : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What JSON leaves out is null, whatever the type says. One whose address can't be joined from here would stand in the way of others.
    private static bool IsWhole(MemberView view, Address self) =>
        view is { System: SidecarActorSystem.Name, Address: not null, Members: not null }
        && view.Members.All(static member => member is { Address: not null, Status: not null })
        && Address.TryParse(view.Address, out var address)
        && address.Port is > 0 and <= IPEndPoint.MaxPort
        // Nodes are known by addresses, and compared by how those are written.
        && IPAddress.TryParse(address.Host, out _)
        && address.ToString() == view.Address
        && address.Protocol == self.Protocol
        && address.System == self.System;
}
