using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sidecar.Host;

/// <summary>
/// Which listener a connection came in by. A connection carries it as a feature, so that nothing a client says, its Host header above
/// all, lets a request of one port reach what belongs to the other.
/// </summary>
/// <param name="Name">The listener.</param>
internal sealed record ListenerKind(string Name)
{
    /// <summary>The gRPC port.</summary>
    public static readonly ListenerKind Grpc = new("gRPC");

    /// <summary>The deprecated TLS port, with the same services.</summary>
    public static readonly ListenerKind Tls = new("TLS");

    /// <summary>The Unix socket, with the same services.</summary>
    public static readonly ListenerKind Socket = new("socket");

    /// <summary>The HTTP port: the same calls, in JSON.</summary>
    public static readonly ListenerKind Http = new("HTTP");

    /// <summary>The port of health and metrics.</summary>
    public static readonly ListenerKind Metrics = new("metrics");

    /// <summary>The port on which nodes of a cluster tell each other who is a member.</summary>
    public static readonly ListenerKind Members = new("members");

    /// <summary>The port of the diagnostics.</summary>
    public static readonly ListenerKind Diagnostics = new("diagnostics");

    /// <summary>Marks a listener's connections.</summary>
    public void Mark(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set(this);
        return next(connection);
    });

    /// <summary>Whether a request came in by this listener.</summary>
    public bool Carries(HttpContext context) => ReferenceEquals(context.Features.Get<ListenerKind>(), this);
}
