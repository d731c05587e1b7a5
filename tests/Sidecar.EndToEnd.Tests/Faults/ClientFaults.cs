using System.Net;
using FluentAssertions;
using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing.Http2;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>What a client can do to a service that others ask, each from the begin of the fault to its end.</summary>
internal static class ClientFaults
{
    private const int Streams = 10_000;
    private const int Resets = 30_000;
    private const int Unread = 20_000;
    private const int Slow = 100;
    private const int IdBytes = 1_024;
    private const int MessageBytes = 4 * 1024 * 1024;
    private const int HeaderBytes = 32 * 1024;

    /// <summary>It begins 10,000 calls on each of some connections, and ends none.</summary>
    /// <param name="it">The service.</param>
    /// <param name="connections">How many connections.</param>
    public static Task ManyStreamsAsync(UnderFault it, int connections) => OnEachAsync(it, connections, reads: true, async client =>
    {
        for (var i = 0; i < Streams; i++)
            await client.OpenAsync(Calls.Path);
    });

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

    /// <summary>It asks on some connections and never reads an answer.</summary>
    /// <param name="it">The service.</param>
    /// <param name="connections">How many connections.</param>
    public static Task NeverReadingAsync(UnderFault it, int connections) => OnEachAsync(it, connections, reads: false, async client =>
    {
        for (var i = 0; i < Unread; i++)
            await client.PostAsync(Calls.Path, Calls.Question(Many.Id(i % UnderFault.Known)));
    });

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

    /// <summary>It sends ids, messages and headers that are longer than any may be, and is told so each time.</summary>
    public static async Task OversizedAsync(UnderFault it)
    {
        using var channel = it.It.Service.Connect();
        var client = new SidecarService.SidecarServiceClient(channel);
        var asking = it.AsksAsync(600);
        while (!asking.IsCompleted)
        {
            (await StatusOfAsync(client, IdBytes + 1)).Should().Be(StatusCode.InvalidArgument);
            (await StatusOfAsync(client, MessageBytes)).Should().Be(StatusCode.ResourceExhausted);
            (await StatusOfAsync(client, 1, new Metadata { { "x-long", new string('x', HeaderBytes) } })).Should().NotBe(StatusCode.OK);
        }

        await asking;
    }

    private static async Task<StatusCode> StatusOfAsync(SidecarService.SidecarServiceClient client, int idLength, Metadata? headers = null)
    {
        try
        {
            await client.GetMeteredEntitlementAsync(new() { CustomerId = new string('x', idLength), FeatureId = Trouble.Feature }, headers);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static async Task OnEachAsync(UnderFault it, int connections, bool reads, Func<RawHttp2Connection, Task> work)
    {
        var clients = new List<RawHttp2Connection>();
        try
        {
            for (var i = 0; i < connections; i++)
                clients.Add(await RawHttp2Connection.ConnectAsync(it.It.Service.GrpcAddress, reads: reads));
            var working = Task.WhenAll(clients.Select(client => UntilItIsEndedAsync(() => work(client))));
            await it.AsksAsync(600);
            // One that never reads may wait for the service to read on, for ever.
            clients.ForEach(static client => client.Drop());
            await working;
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
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
