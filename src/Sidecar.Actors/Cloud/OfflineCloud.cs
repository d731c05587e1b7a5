using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Stands in the cloud's place when the service is offline (<c>OFFLINE</c>): nothing is sent anywhere. Reads are answered from a file's
/// data where there is one; without it they bring nothing, and fallbacks answer.
/// </summary>
public sealed class OfflineCloud : ICloudReader
{
    private static readonly CloudFailure NoData = new(CloudFailureKind.Offline, "the service is offline");
    private static readonly CloudRead NoRead = new(null, NoData);
    private OfflineData? _data;

    /// <summary>Never raised: there is no breaker.</summary>
    public event EventHandler? SuspensionChanged
    {
        add { }
        remove { }
    }

    /// <summary>What answers; may be replaced at any time.</summary>
    public OfflineData? Data
    {
        get => Volatile.Read(ref _data);
        set => Volatile.Write(ref _data, value);
    }

    /// <inheritdoc/>
    public CloudPath ReadPath => CloudPath.Edge;

    /// <inheritdoc/>
    public bool IsSuspended => false;

    /// <inheritdoc/>
    public bool IsOffline => true;

    /// <inheritdoc/>
    public ApiKeyHolder ApiKey { get; } = new(null);

    /// <inheritdoc/>
    public bool IsOpen(CloudPath path) => false;

    /// <inheritdoc/>
    public bool TryTakeTurn(out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        return true;
    }

    /// <inheritdoc/>
    public Task<CloudRead> ReadStateAsync(EntryKey key, TimeSpan limit, CloudPath path) =>
        Task.FromResult(Data is { } data ? new CloudRead(data.Find(key), null) : NoRead);

    /// <inheritdoc/>
    public Task<CloudFailure?> CheckKeyAsync() => Task.FromResult<CloudFailure?>(NoData);

    /// <inheritdoc/>
    public Task<CloudFailure?> ProbeAsync(CloudPath path, EntryKey? other) => Task.FromResult<CloudFailure?>(NoData);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
