using System.Net;
using Grpc.Net.Client;

namespace Sidecar.Host.CommandLine;

/// <summary>The way of commands to a running service.</summary>
internal static class ServiceChannel
{
    private const int MaxAnswerBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    /// <summary>Makes a channel; nothing is sent yet.</summary>
    /// <param name="address">Where the service is, as host:port: plaintext HTTP/2.</param>
    public static GrpcChannel To(string address) => GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
    {
        // A proxy is for the way to the cloud.
        HttpHandler = new SocketsHttpHandler { ConnectTimeout = ConnectPatience, UseProxy = false, AutomaticDecompression = DecompressionMethods.None },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = MaxAnswerBytes,
    });
}
