using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sidecar.Protocol.Cloud;

/// <summary>What this process tells the cloud about itself with each request. Holds no secret.</summary>
/// <param name="InstanceId">A UUID of this process.</param>
/// <param name="Hostname">The host's name.</param>
/// <param name="ProcessId">The process id.</param>
/// <param name="StartedAt">The process's start.</param>
public sealed record ClientIdentity(Guid InstanceId, string Hostname, int ProcessId, DateTimeOffset StartedAt)
{
    /// <summary>The headers, by name.</summary>
    public IEnumerable<KeyValuePair<string, string>> Headers()
    {
        var processId = ProcessId.ToString(CultureInfo.InvariantCulture);
        var timestamp = StartedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', Hostname, processId, timestamp)));
        yield return new(CloudHeaders.Source, CloudHeaders.SourceValue);
        yield return new(CloudHeaders.InstanceId, InstanceId.ToString());
        yield return new(CloudHeaders.Hostname, Hostname);
        yield return new(CloudHeaders.ProcessId, processId);
        yield return new(CloudHeaders.ProcessTimestamp, timestamp);
        yield return new(CloudHeaders.ProcessFingerprint, Convert.ToHexStringLower(hash));
    }
}
