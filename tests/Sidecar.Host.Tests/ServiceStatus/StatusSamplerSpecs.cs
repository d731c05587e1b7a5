using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Configuration;
using Sidecar.Host.ServiceStatus;
using Xunit;

namespace Sidecar.Host.Tests.ServiceStatus;

public sealed class StatusSamplerSpecs
{
    [Fact]
    public async Task A_sample_is_kept_every_five_seconds()
    {
        var time = new WatchedTime();
        await using var app = SidecarApp.Build(new SidecarOptions { IsOffline = true, CacheMaxBytes = 1L << 20 });
        var (reader, history) = (app.Services.GetRequiredService<StatusReader>(), new StatusHistory());
        using var sampler = new StatusSampler(reader, history, time, app.Services.GetRequiredService<StatusMetrics>(),
            NullLogger<StatusSampler>.Instance);
        await sampler.StartAsync(CancellationToken.None);
        await time.HasTimer.WaitAsync(TimeSpan.FromSeconds(30));

        for (var count = 1; count <= 3; count++)
        {
            time.Advance(StatusHistory.Pace - TimeSpan.FromTicks(1));
            history.Samples().Should().HaveCount(count - 1);
            time.Advance(TimeSpan.FromTicks(1));
            await ReachesAsync(history, count);
        }

        await sampler.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task To_look_and_to_keep_allocates_little()
    {
        await using var app = SidecarApp.Build(new SidecarOptions { IsOffline = true, CacheMaxBytes = 1L << 20 });
        var (reader, history) = (app.Services.GetRequiredService<StatusReader>(), app.Services.GetRequiredService<StatusHistory>());
        for (var i = 0; i < StatusHistory.Capacity; i++)
            history.Add(reader.Look());

        // What it allocates is the same on any machine, unlike the time that it takes.
        var before = GC.GetAllocatedBytesForCurrentThread();
        history.Add(reader.Look(withMemory: false));

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(64 * 1024);
    }

    private static async Task ReachesAsync(StatusHistory history, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (history.Samples().Count < count)
            await Task.Delay(1, limit.Token);
    }

    // A service's work begins on a thread of its own.
    private sealed class WatchedTime : FakeTimeProvider
    {
        private readonly TaskCompletionSource _hasTimer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasTimer => _hasTimer.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _hasTimer.TrySetResult();
            return timer;
        }
    }
}
