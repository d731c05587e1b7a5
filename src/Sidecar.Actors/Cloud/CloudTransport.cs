using System.Net;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Cloud;

/// <summary>What all requests to the cloud have in common, whoever sends them.</summary>
internal static class CloudTransport
{
    /// <summary>A pooled transport of its own.</summary>
    /// <param name="connections">The most connections to one host.</param>
    public static SocketsHttpHandler NewHandler(int connections) => new()
    {
        // A redirect would carry the key to whatever host it names.
        AllowAutoRedirect = false,
        UseCookies = false,
        // The cloud is told nothing of traces of ours: this takes a layer off the way of each request.
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = CloudSettings.ConnectTimeout,
        MaxConnectionsPerServer = connections,
        // Names are looked up anew from time to time.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    /// <summary>Adds the headers that every request carries.</summary>
    /// <param name="request">The request.</param>
    /// <param name="identity">What this process tells about itself, made once: there is a hash in it.</param>
    /// <param name="key">The key.</param>
    public static void AddHeaders(HttpRequestMessage request, KeyValuePair<string, string>[] identity, Secret key)
    {
        request.Headers.Add(CloudHeaders.ApiKey, key.Reveal());
        foreach (var (name, value) in identity)
            request.Headers.Add(name, value);
    }
}
