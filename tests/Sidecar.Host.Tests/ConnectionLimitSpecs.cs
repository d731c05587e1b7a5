using FluentAssertions;
using Microsoft.AspNetCore.Connections;
using Sidecar.Host.Cluster;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class ConnectionLimitSpecs
{
    [Fact]
    public async Task Connection_beyond_the_limit_is_closed_until_another_one_has_ended()
    {
        var end = new TaskCompletionSource();
        var (begun, refused) = (0, 0);
        var it = new ConnectionLimit(2, () => refused++).Before(_ =>
        {
            begun++;
            return end.Task;
        });
        var first = new[] { it(new DefaultConnectionContext()), it(new DefaultConnectionContext()) };

        var third = new DefaultConnectionContext();
        var closed = new TaskCompletionSource();
        await using var registration = third.ConnectionClosed.Register(closed.SetResult);
        await it(third);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        (begun, refused).Should().Be((2, 1));

        end.SetResult();
        await Task.WhenAll(first);
        await it(new DefaultConnectionContext());
        (begun, refused).Should().Be((3, 1));
    }
}
