using System.Net;
using Akka.Actor;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Tests.Support;
using Sidecar.Testing;

namespace Sidecar.Actors.Tests.Cluster;

/// <summary>A node by itself, with a real actor system.</summary>
public sealed class ClusterKeeperSpecs : ActorSpecs
{
    [Fact]
    public async Task An_actor_system_that_ends_by_itself_is_started_anew_and_counted_as_removed()
    {
        var port = Ports.FreePair(IPAddress.Loopback);
        var settings = new ClusterSettings
        {
            Host = IPAddress.Loopback,
            Port = port,
            Discovery = NamedNodes.Of(new DnsEndPoint(IPAddress.Loopback.ToString(), port)),
            RequiredNodes = 1,
        };
        var services = Services with { Clock = new ProcessClock(TimeProvider.System) };
        using var exchange = new MemberExchange(settings);
        var cloud = CreateTestProbe();
        using var keeper = new ClusterKeeper(
            settings, exchange, services, new LeasedViews(services), _ => Task.FromResult(cloud.Ref), static _ => { }, static () => { });
        await keeper.StartAsync(CancellationToken.None);
        try
        {
            await Eventually.HoldsAsync(() => keeper.Now is not null, "it is in a cluster of its own");
            var before = keeper.Now!;

            await ((ActorRefWithCell)before.Leases).Underlying.System.Terminate();

            await Eventually.HoldsAsync(() => keeper.Now is { } now && now.Self != before.Self, "it is in one again");
            var restarts = services.Counters.Cluster.Restarts.Select(r => (r.Cause, r.Count.Value));
            restarts.Should().Equal(("split", 0), ("pause", 0), ("removed", 1), ("certificate", 0));
        }
        finally
        {
            await keeper.StopAsync(CancellationToken.None);
        }
    }
}
