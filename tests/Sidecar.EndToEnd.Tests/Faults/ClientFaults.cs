using System.Net;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing.Http2;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>What a client can do to a service that others ask, each from the begin of the fault to its end.</summary>
internal static class ClientFaults
{
    private const int Streams = 10_000;
    private const int Resets = 30_000;
    private const int Unread = 50_000;
    private const int Slow = 100;

    /// <summary>It begins 10,000 calls on one connection, and ends none.</summary>
    public static async Task ManyStreamsAsync(UnderFault it)
    {
        await using var client = await RawHttp2Connection.ConnectAsync(it.It.Service.GrpcAddress);
        await UntilItIsEndedAsync(async () =>
        {
            for (var i = 0; i < Streams; i++)
                await client.OpenAsync(Calls.Path);
        });
        await it.AsksAsync(600);
    }

    /// <summary>It resets each call at once, about customers that are known and about others.</summary>
    public static async Task RapidResetAsync(UnderFault it)
    {
        await using var client = await RawHttp2Connection.ConnectAsync(it.It.Service.GrpcAddress);
        await UntilItIsEndedAsync(async () =>
        {
            for (var i = 0; i < Resets; i++)
                await client.CallAndResetAsync(Calls.Path, Calls.Question(i % 2 == 0 ? Many.Id(i % UnderFault.Known) : $"reset-{i}"));
        });
        await it.AsksAsync(400);
    }

    /// <summary>It asks and never reads an answer.</summary>
    public static async Task NeverReadingAsync(UnderFault it)
    {
        await using var client = await RawHttp2Connection.ConnectAsync(it.It.Service.GrpcAddress, reads: false);
        await UntilItIsEndedAsync(async () =>
        {
            for (var i = 0; i < Unread; i++)
                _ = client.AskAsync(Many.Id(i % UnderFault.Known));
            await it.AsksAsync(600);
        });
    }

    /// <summary>Connections whose requests come byte by byte.</summary>
    public static async Task SlowLorisAsync(UnderFault it)
    {
        await using var way = new FaultProxy(it.It.Service.GrpcAddress) { Mode = ProxyMode.SlowLoris };
        var clients = new List<RawHttp2Connection>();
        try
        {
            for (var i = 0; i < Slow; i++)
            {
                clients.Add(await RawHttp2Connection.ConnectAsync(way.Address));
                _ = clients[^1].AskAsync();
            }

            await it.AsksAsync(600);
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
    }

    /// <summary>Calls that announce messages of 4 MiB, send nearly all of them, and never the rest.</summary>
    /// <param name="it">The service.</param>
    /// <param name="calls">How many calls.</param>
    public static async Task UnendedMessagesAsync(UnderFault it, int calls)
    {
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var gone = new CancellationTokenSource();
        var under = new List<Task>();
        for (var i = 0; i < calls; i++)
        {
            under.Add(client.PostAsync(new Uri(it.It.Service.GrpcAddress, Calls.Path), new UnendedMessage(), gone.Token));
        }

        await it.AsksAsync(800);
        await gone.CancelAsync();
        await Task.WhenAll(under).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    // A service that ends the connection defends itself.
    private static async Task UntilItIsEndedAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has.
        }
    }
}
