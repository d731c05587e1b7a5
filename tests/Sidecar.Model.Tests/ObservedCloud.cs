using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>The real client, and a note of each read's begin and end.</summary>
internal sealed class ObservedCloud(CloudClient client, Action<Observation> note) : ICloudReader
{
    private static readonly AsyncLocal<bool> Probing = new();
    private int _number;

    public event EventHandler? SuspensionChanged
    {
        add => client.SuspensionChanged += value;
        remove => client.SuspensionChanged -= value;
    }

    /// <summary>Whether what runs here is the breaker's own try.</summary>
    public static bool IsProbe => Probing.Value;

    public CloudPath ReadPath => client.ReadPath;

    public bool IsSuspended => client.IsSuspended;

    public bool IsOffline => client.IsOffline;

    public ApiKeyHolder ApiKey => client.ApiKey;

    public bool IsOpen(CloudPath path) => client.IsOpen(path);

    public bool TryTakeTurn(out TimeSpan wait) => client.TryTakeTurn(out wait);

    public async Task<CloudRead> ReadStateAsync(EntryKey key, TimeSpan limit, CloudPath path)
    {
        var number = Interlocked.Increment(ref _number);
        note(new ReadBegan(number, key, path == CloudPath.Api));
        var read = await client.ReadStateAsync(key, limit, path);
        note(new ReadEnded(number, read.State is null ? null : Seen.Of(read.State)));
        return read;
    }

    public Task<CloudFailure?> CheckKeyAsync() => client.CheckKeyAsync();

    public async Task<CloudFailure?> ProbeAsync(CloudPath path, EntryKey? other)
    {
        Probing.Value = true;
        return await client.ProbeAsync(path, other);
    }

    public void Dispose() => client.Dispose();
}
