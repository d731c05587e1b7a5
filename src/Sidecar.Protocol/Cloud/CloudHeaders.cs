namespace Sidecar.Protocol.Cloud;

/// <summary>Names of the headers that every request to the cloud carries (the upstream contract, "Headers").</summary>
public static class CloudHeaders
{
    /// <summary>The environment's server key. A secret.</summary>
    public const string ApiKey = "X-API-KEY";

    /// <summary>The kind of client.</summary>
    public const string Source = "source";

    /// <summary>A UUID of this process.</summary>
    public const string InstanceId = "X-SDK-INSTANCE-ID";

    /// <summary>The host's name.</summary>
    public const string Hostname = "X-SDK-OS-PROCESS-HOSTNAME";

    /// <summary>The process id.</summary>
    public const string ProcessId = "X-SDK-OS-PROCESS-ID";

    /// <summary>The process's start, epoch milliseconds.</summary>
    public const string ProcessTimestamp = "X-SDK-OS-PROCESS-TIMESTAMP";

    /// <summary>A hash of host name, process id and start.</summary>
    public const string ProcessFingerprint = "X-SDK-OS-PROCESS-FINGERPRINT";

    /// <summary>The version of Edge's API; on Edge requests only.</summary>
    public const string ApiVersion = "X-API-VERSION";

    /// <summary>The name of the operation; on GraphQL requests only.</summary>
    public const string OperationName = "x-graphql-operation-name";

    /// <summary>The value of <see cref="ApiVersion"/>.</summary>
    public const string EdgeApiVersion = "1";

    /// <summary>The value of <see cref="Source"/>.</summary>
    public const string SourceValue = "sidecar";
}
