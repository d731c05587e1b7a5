using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Cloud;

namespace Sidecar.Actors.Tests.Support;

/// <summary>The cloud as the specs know it.</summary>
internal static class TestCloud
{
    /// <summary>The key. Nothing that is logged or counted may show it.</summary>
    public const string Key = "server-key-7d41f3";

    /// <summary>Requests a second, so many that no spec meets the bound but one that sets its own.</summary>
    public const int NoBoundThatMatters = 100_000;

    /// <summary>This process, as the cloud is told.</summary>
    public static readonly ClientIdentity Identity = new(
        new Guid("0b9c1d8e-3f2a-4c5d-8e7f-1a2b3c4d5e6f"), "host-1", 4711, DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123));

    /// <summary>How it is reached.</summary>
    public static CloudSettings Settings(string? key = Key, string edge = "http://edge.test") => new()
    {
        ApiKey = new ApiKeyHolder(key is null ? null : new Secret(key)),
        EdgeUrl = new Uri(edge),
        ApiUrl = new Uri("http://api.test"),
        Identity = Identity,
        MaxRequestsPerSecond = NoBoundThatMatters,
    };
}
