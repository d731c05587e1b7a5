using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>
/// The cloud, but for the time of an <see cref="Isolation"/>: then all reads are suspended, as in an outage, so that nobody waits for one.
/// </summary>
public sealed class IsolatedCloud : ICloudReader
{
    private readonly ICloudReader _cloud;
    private readonly Isolation _isolation;

    /// <summary>Stands before the cloud.</summary>
    /// <param name="cloud">The cloud.</param>
    /// <param name="isolation">Whether it is to be reached.</param>
    public IsolatedCloud(ICloudReader cloud, Isolation isolation)
    {
        _cloud = cloud;
        _isolation = isolation;
        _cloud.SuspensionChanged += TellChange;
        _isolation.Changed += TellChange;
    }

    /// <inheritdoc/>
    public event EventHandler? SuspensionChanged;

    /// <inheritdoc/>
    public CloudPath ReadPath => _cloud.ReadPath;

    /// <inheritdoc/>
    public bool IsSuspended => _isolation.IsOn || _cloud.IsSuspended;

    /// <inheritdoc/>
    public bool IsOffline => _cloud.IsOffline;

    /// <inheritdoc/>
    public ApiKeyHolder ApiKey => _cloud.ApiKey;

    /// <inheritdoc/>
    public bool IsOpen(CloudPath path) => _isolation.IsOn || _cloud.IsOpen(path);

    /// <inheritdoc/>
    public bool TryTakeTurn(out TimeSpan wait) => _cloud.TryTakeTurn(out wait);

    /// <inheritdoc/>
    public Task<CloudRead> ReadStateAsync(EntryKey key, TimeSpan limit, CloudPath path) =>
        _isolation.IsOn ? Task.FromResult(CloudRead.Suspended) : _cloud.ReadStateAsync(key, limit, path);

    /// <inheritdoc/>
    public Task<CloudFailure?> CheckKeyAsync() => _isolation.IsOn ? Task.FromResult(CloudRead.Suspended.Failure) : _cloud.CheckKeyAsync();

    /// <inheritdoc/>
    public Task<CloudFailure?> ProbeAsync(CloudPath path, EntryKey? other) =>
        _isolation.IsOn ? Task.FromResult(CloudRead.Suspended.Failure) : _cloud.ProbeAsync(path, other);

    /// <inheritdoc/>
    public void Dispose()
    {
        _cloud.SuspensionChanged -= TellChange;
        _isolation.Changed -= TellChange;
        _cloud.Dispose();
    }

    private void TellChange(object? sender, EventArgs e) => SuspensionChanged?.Invoke(this, e);
}
