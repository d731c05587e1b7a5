using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cluster;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class NamedNodesSpecs
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task One_name_stands_for_all_its_addresses()
    {
        var nodes = Of([new("peers", 5054)], static _ => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")]));

        (await nodes.FindAsync(CancellationToken.None)).Should().Equal(IPEndPoint.Parse("10.0.0.1:5054"), IPEndPoint.Parse("10.0.0.2:5054"));
    }

    [Fact]
    public async Task Addresses_are_looked_up_nowhere_and_named_once()
    {
        var nodes = Of([new("10.0.0.1", 1), new("10.0.0.1", 2), new("10.0.0.1", 1)], static _ => throw new InvalidOperationException());

        (await nodes.FindAsync(CancellationToken.None)).Should().Equal(IPEndPoint.Parse("10.0.0.1:1"), IPEndPoint.Parse("10.0.0.1:2"));
    }

    [Fact]
    public async Task Name_that_is_not_known_hides_no_other_one()
    {
        var nodes = Of([new("dead", 1), new("10.0.0.1", 2)], static _ => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)));

        (await nodes.FindAsync(CancellationToken.None)).Should().Equal(IPEndPoint.Parse("10.0.0.1:2"));
    }

    [Fact]
    public async Task Resolver_that_hangs_is_waited_for_a_second()
    {
        var nodes = Of([new("hangs", 1), new("10.0.0.1", 2)], static _ => new TaskCompletionSource<IPAddress[]>().Task);

        var found = nodes.FindAsync(CancellationToken.None);
        found.IsCompleted.Should().BeFalse();
        _time.Advance(NamedNodes.Patience);

        (await found).Should().Equal(IPEndPoint.Parse("10.0.0.1:2"));
    }

    [Theory]
    [InlineData(NamedNodes.MaxPlaces)]
    [InlineData(NamedNodes.MaxPlaces + 1)]
    public async Task Name_with_very_many_addresses_has_so_many_asked_and_no_more(int count)
    {
        var nodes = Of(
            [new("peers", 5054)], _ => Task.FromResult<IPAddress[]>([.. Enumerable.Range(0, count).Select(i => new IPAddress([10, 0, (byte)(i / 256), (byte)i]))]));

        (await nodes.FindAsync(CancellationToken.None)).Should().HaveCount(NamedNodes.MaxPlaces);
    }

    [Fact]
    public async Task Resolver_that_hangs_is_not_asked_once_more_for_the_same_name()
    {
        var (asked, hangs) = (0, new TaskCompletionSource<IPAddress[]>());
        var nodes = Of([new("hangs", 1)], _ =>
        {
            asked++;
            return hangs.Task;
        });

        for (var i = 0; i < 3; i++)
        {
            var found = nodes.FindAsync(CancellationToken.None);
            _time.Advance(NamedNodes.Patience);
            (await found).Should().BeEmpty();
        }

        asked.Should().Be(1);
        hangs.SetResult([IPAddress.Parse("10.0.0.1")]);
        (await nodes.FindAsync(CancellationToken.None)).Should().Equal(IPEndPoint.Parse("10.0.0.1:1"));
    }

    [Fact]
    public async Task What_a_slow_resolver_finds_when_nobody_waits_any_more_is_not_lost()
    {
        var (asked, slow) = (0, new TaskCompletionSource<IPAddress[]>());
        var nodes = Of([new("slow", 1)], _ => asked++ == 0 ? slow.Task : new TaskCompletionSource<IPAddress[]>().Task);
        var found = nodes.FindAsync(CancellationToken.None);
        _time.Advance(NamedNodes.Patience);
        (await found).Should().BeEmpty();

        slow.SetResult([IPAddress.Parse("10.0.0.1")]);
        found = nodes.FindAsync(CancellationToken.None);
        _time.Advance(NamedNodes.Patience);

        (await found).Should().Equal(IPEndPoint.Parse("10.0.0.1:1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Name_that_can_not_be_looked_up_any_more_stands_for_what_it_stood_for(bool hangs)
    {
        Task<IPAddress[]> told = Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1")]);
        var nodes = Of([new("peers", 1)], _ => told);
        await nodes.FindAsync(CancellationToken.None);

        told = hangs ? new TaskCompletionSource<IPAddress[]>().Task : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.TryAgain));
        var found = nodes.FindAsync(CancellationToken.None);
        _time.Advance(NamedNodes.Patience);

        (await found).Should().Equal(IPEndPoint.Parse("10.0.0.1:1"));
    }

    private NamedNodes Of(IReadOnlyList<DnsEndPoint> places, Func<string, Task<IPAddress[]>> lookUp) => new(places, lookUp, _time);
}
