namespace Sidecar.Actors.Cloud;

/// <summary>What is known of the API key.</summary>
public enum KeyState
{
    /// <summary>The cloud has not said yet.</summary>
    Unknown = 0,

    /// <summary>There is none.</summary>
    Missing,

    /// <summary>The cloud accepted it.</summary>
    Valid,

    /// <summary>The cloud refused it.</summary>
    Invalid,
}

/// <summary>What the supervisor last knew of the cloud; replaced as a whole, for anybody to read.</summary>
/// <param name="Key">The key's state.</param>
/// <param name="WasAsked">Whether a request about it, or with it, has ended, whatever with.</param>
/// <param name="KeySince">When the key came into force, on the monotonic clock.</param>
public sealed record CloudStatus(KeyState Key, bool WasAsked = false, TimeSpan KeySince = default)
{
    /// <summary>Nothing known yet.</summary>
    public static readonly CloudStatus Initial = new(KeyState.Unknown);
}

/// <summary>Where the supervisor shows its status.</summary>
public sealed class CloudStatusBoard
{
    private CloudStatus _status = CloudStatus.Initial;

    /// <summary>The last status.</summary>
    public CloudStatus Status
    {
        get => Volatile.Read(ref _status);
        internal set => Volatile.Write(ref _status, value);
    }
}
