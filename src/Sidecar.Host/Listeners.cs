using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sidecar.Host;

/// <summary>The listeners of this process. A server with a port of its own choice has put that in their place once it has started.</summary>
internal sealed class Listeners
{
    private readonly Dictionary<ListenerKind, ListenOptions> _all = [];

    /// <summary>Adds one.</summary>
    public void Add(ListenerKind kind, ListenOptions listen) => _all.Add(kind, listen);

    /// <summary>Where one listens, or null where there is none of its kind.</summary>
    public string? AddressOf(ListenerKind kind) =>
        _all.GetValueOrDefault(kind) is { } listen ? $"{(kind == ListenerKind.Tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{listen.EndPoint}" : null;
}
