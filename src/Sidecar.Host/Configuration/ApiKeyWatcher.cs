using Sidecar.Actors;
using Sidecar.Actors.Cloud;

namespace Sidecar.Host.Configuration;

/// <summary>Takes over a server key whose file has changed.</summary>
/// <param name="path">The key's file.</param>
/// <param name="isTroubleTold">Whether what is wrong with the file now was told at the start already.</param>
/// <param name="holder">Where the key goes.</param>
/// <param name="time">The source of time.</param>
/// <param name="log">The log.</param>
public sealed class ApiKeyWatcher(string path, bool isTroubleTold, ApiKeyHolder holder, TimeProvider time, ILogger<ApiKeyWatcher> log)
    : SecretWatcher(Settings.ServerApiKey, path, isTroubleTold, time, log)
{
    /// <inheritdoc/>
    protected override string Consequence => "; if it belongs to another environment, REDIS_ENVIRONMENT_PREFIX has to be that one's too";

    /// <inheritdoc/>
    protected override bool IsUsable(string value) => SidecarOptions.IsUsableApiKey(value);

    /// <inheritdoc/>
    protected override bool Replace(Secret next) => holder.Replace(next);
}
