using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class OfflineDataWatcherSpecs : IDisposable
{
    private readonly OfflineCloud _cloud = new();
    private readonly EntitlementCache _cache = new(EntitlementCache.SmallestMaxBytes);
    private readonly SidecarCounters _counters = new();
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"sidecar-{Guid.NewGuid():N}.json");
    private readonly OfflineDataWatcher _watcher;

    public OfflineDataWatcherSpecs() => _watcher = new OfflineDataWatcher(
        _path, _cloud, _cache, _counters, TimeProvider.System, NullLogger<OfflineDataWatcher>.Instance);

    public void Dispose()
    {
        _watcher.Dispose();
        _cloud.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Sound_content_is_in_force_and_makes_what_was_answered_before_suspect()
    {
        Take("""{"customers": {"a": {"entitlementsState": {"entitlementsV2": []}}}}""").Should().BeTrue();

        _cloud.Data!.Customers.Should().Be(1);
        _cache.NodeEpoch.Should().Be(1);
    }

    [Fact]
    public void Content_with_a_mistake_and_a_file_that_is_gone_leave_what_is_in_force()
    {
        Take("""{"customers": {"a": {"entitlementsState": {"entitlementsV2": []}}}}""");

        Take("{").Should().BeFalse();
        _watcher.Take(new FileNews(null, FileTrouble.Missing)).Should().BeFalse();

        _cloud.Data!.Customers.Should().Be(1);
        _cache.NodeEpoch.Should().Be(1);
    }

    [Fact]
    public async Task Before_the_start_is_over_the_file_is_in_force()
    {
        await File.WriteAllTextAsync(_path, """{"customers": {}}""");

        await _watcher.StartAsync(CancellationToken.None);

        _cloud.Data.Should().NotBeNull();
        _counters.InitializationErrors.Value.Should().Be(0);
        await _watcher.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task File_that_can_not_be_used_at_the_start_is_one_start_up_error()
    {
        await _watcher.StartAsync(CancellationToken.None);
        await _watcher.StopAsync(CancellationToken.None);

        _cloud.Data.Should().BeNull();
        _counters.InitializationErrors.Value.Should().Be(1);
    }

    private bool Take(string json) => _watcher.Take(new FileNews(Encoding.UTF8.GetBytes(json), null));
}
