using Sidecar.Actors;
using Sidecar.Actors.Redis;

namespace Sidecar.Host.Configuration;

/// <summary>Takes over a password of Redis whose file has changed.</summary>
/// <param name="path">The password's file.</param>
/// <param name="isTroubleTold">Whether what is wrong with the file now was told at the start already.</param>
/// <param name="password">Where the password goes.</param>
/// <param name="time">The source of time.</param>
/// <param name="log">The log.</param>
public sealed class RedisPasswordWatcher(
    string path, bool isTroubleTold, RedisPassword password, TimeProvider time, ILogger<RedisPasswordWatcher> log)
    : SecretWatcher(Settings.RedisPassword, path, isTroubleTold, time, log)
{
    /// <inheritdoc/>
    protected override string Consequence => "; new connections to Redis use it";

    /// <inheritdoc/>
    protected override bool IsUsable(string value) => value.Length > 0;

    /// <inheritdoc/>
    protected override bool Replace(Secret next) => password.Replace(next);
}
