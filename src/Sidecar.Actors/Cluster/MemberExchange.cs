using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

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
    private readonly HttpClient _client;

    /// <summary>Makes the exchange.</summary>
    /// <param name="settings">The cluster.</param>
    public MemberExchange(ClusterSettings settings)
    {
        _settings = settings;
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
        var scheme = _settings.Tls is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
        var exchange = new IPEndPoint(place.Address, ClusterSettings.ExchangePortOf(place.Port));
        try
        {
            var view = await _client.GetFromJsonAsync(new Uri($"{scheme}://{exchange}{Path}"), MemberViewJson.Default.MemberView, cancellation);
            return view is { System: SidecarActorSystem.Name, Address: not null, Members: not null } ? view : null;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is HttpRequestException or OperationCanceledException or JsonException)
        {
            return null;
        }
    }
}
