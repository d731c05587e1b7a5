using System.Net;
using Akka.Actor;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Host.Configuration;
using Sidecar.Host.Health;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>The end of a whole service inside the spec's process.</summary>
public sealed class OrderlyEndSpecs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly SidecarOptions Options = new()
    {
        GrpcPort = 0,
        GrpcBind = IPAddress.Loopback,
        TlsPort = SidecarOptions.NoPort,
        MetricsPort = 0,
        MetricsBind = IPAddress.Loopback,
        DiagnosticsPort = SidecarOptions.NoPort,
        ShutdownDrain = TimeSpan.FromMinutes(5),
    };

    [Fact]
    public async Task Actor_system_that_ends_by_itself_ends_the_process_with_1_and_without_a_drain()
    {
        await using var app = SidecarApp.Build(Options);
        using var signals = new EndSignals();
        await app.StartAsync();
        var end = app.Services.GetRequiredService<OrderlyEnd>().RunAsync(app, signals);

        await app.Services.GetRequiredService<ActorSystem>().Terminate();

        (await end.WaitAsync(Patience)).Should().Be(OrderlyEnd.EndedByItself);
    }

    [Fact]
    public async Task First_signal_begins_the_drain_and_the_second_ends_it()
    {
        await using var app = SidecarApp.Build(Options);
        using var signals = new EndSignals();
        await app.StartAsync();
        var readiness = app.Services.GetRequiredService<Readiness>();
        readiness.Open();
        var end = app.Services.GetRequiredService<OrderlyEnd>().RunAsync(app, signals);

        readiness.Look().IsReady.Should().BeTrue();
        signals.Raise();
        readiness.Look().Reasons.Should().Equal(ReadinessRules.Ending);
        end.IsCompleted.Should().BeFalse();
        signals.Raise();

        (await end.WaitAsync(Patience)).Should().Be(0);
    }
}
