using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class RefusedConnectionsSpecs
{
    [Fact]
    public void Refused_connections_leave_a_line_a_minute_that_counts_the_others()
    {
        var time = new FakeTimeProvider();
        var log = new ListLogger<RefusedConnections>();
        var it = new RefusedConnections(100, time, log);

        for (var i = 0; i < 50; i++)
            it.Add();
        time.Advance(TimeSpan.FromMinutes(1));
        it.Add();

        log.Lines.Should().HaveCount(2);
        log.Lines[0].Should().Contain("100 connections").And.Contain("0 more like it");
        log.Lines[1].Should().Contain("49 more like it");
    }
}
