using Google.Protobuf;
using Grpc.Net.Client;
using Stigg.Sidecar.V1;

namespace Sidecar.Bench;

/// <summary>Starts the servers and loads them in turn.</summary>
internal static class Rounds
{
    /// <summary>The names of the servers that the service is compared with.</summary>
    public const string Bare = "bare";

    /// <inheritdoc cref="Bare"/>
    public const string Node = "node";

    // For the runtimes to compile what is called often; on a busy machine that takes its time.
    private const int WarmUpSeconds = 10;

    private const string Proto = "src/Sidecar.Protocol/Protos/stigg/sidecar/v1/sidecar.proto";

    // A customer whose entries are all known, and a feature whose reply has all that a reply can have.
    private static readonly GetMeteredEntitlementRequest Question =
        new() { CustomerId = "customer-demo", FeatureId = "feature-api-calls", Options = new() { RequestedUsage = 1 } };

    /// <summary>Measures.</summary>
    /// <param name="options">How.</param>
    /// <param name="progress">Takes a line on how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>All loads, one list for each round.</returns>
    public static async Task<IReadOnlyList<IReadOnlyList<Measurement>>> MeasureAsync(
        BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        await using var sidecar = await SidecarServer.StartAsync(Path.Combine(options.Programs, "sidecar", "sidecar"), cancellation);
        var reply = await AskAsync(sidecar, cancellation);
        if (reply.IsFallback || !reply.HasAccess)
            throw new BenchException($"the service answered {reply}, expected an entitlement of the cloud");
        var encoded = reply.ToByteString().ToBase64();
        await using var bare = await PlainServer.StartAsync(
            Bare, Path.Combine(options.Programs, "bare", "sidecar-bench-bare"), [encoded], cancellation);
        await using var node = options.Node
            ? await PlainServer.StartAsync(
                Node,
                "node",
                [Path.Combine(options.Programs, "node", "server.js"), Proto, Question.CustomerId, Question.FeatureId, encoded],
                cancellation)
            : null;
        IBenchServer[] servers = node is null ? [sidecar, bare] : [sidecar, bare, node];
        var load = new LoadTool(options.Programs, Question, options.Seconds);

        await CheckAsync(servers, reply, cancellation);
        progress($"Warming up, then {options.Pairs} rounds of {options.Seconds} s a server ...");
        for (var seconds = 0; seconds < WarmUpSeconds; seconds += options.Seconds)
            await RoundAsync(load, servers, reply, cancellation);
        var rounds = new List<IReadOnlyList<Measurement>>();
        while (rounds.Count < options.Pairs)
        {
            // Forwards and backwards: who comes first in one round comes last in the next.
            rounds.Add(await RoundAsync(load, rounds.Count % 2 == 0 ? servers : servers.Reverse(), reply, cancellation));
            var told = rounds[^1].Select(one => $"{one.Server} {one.RequestsPerSecond:N0}/s {one.CpuMicroseconds:0.0} us");
            progress($"  {rounds.Count}: {string.Join(", ", told)}");
        }

        await CheckAsync(servers, reply, cancellation);
        return rounds;
    }

    private static async Task<IReadOnlyList<Measurement>> RoundAsync(
        LoadTool load, IEnumerable<IBenchServer> servers, GetMeteredEntitlementResponse reply, CancellationToken cancellation)
    {
        var round = new List<Measurement>();
        foreach (var server in servers)
            round.Add(await load.RunAsync(server, reply, cancellation));
        return round;
    }

    private static async Task CheckAsync(
        IEnumerable<IBenchServer> servers, GetMeteredEntitlementResponse reply, CancellationToken cancellation)
    {
        foreach (var server in servers)
            if (await AskAsync(server, cancellation) is var given && !given.Equals(reply))
                throw new BenchException($"{server.Name} answered {given}, expected {reply}");
    }

    private static async Task<GetMeteredEntitlementResponse> AskAsync(IBenchServer server, CancellationToken cancellation)
    {
        using var channel = GrpcChannel.ForAddress(server.Address);
        return await new SidecarService.SidecarServiceClient(channel).GetMeteredEntitlementAsync(Question, cancellationToken: cancellation);
    }
}
