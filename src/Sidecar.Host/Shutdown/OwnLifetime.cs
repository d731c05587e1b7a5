namespace Sidecar.Host.Shutdown;

/// <summary>
/// Takes the place of the framework's lifetime, which would begin to end the host at the first signal: see <see cref="EndSignals"/>.
/// </summary>
internal sealed class OwnLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
