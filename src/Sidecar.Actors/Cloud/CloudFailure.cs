using System.Net;

namespace Sidecar.Actors.Cloud;

/// <summary>Why a request to the cloud brought nothing.</summary>
public enum CloudFailureKind
{
    /// <summary>There is no key, so nothing was sent.</summary>
    NoKey,

    /// <summary>The cloud refused the key.</summary>
    InvalidKey,

    /// <summary>No connection, or one that broke.</summary>
    Network,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>A status of 500 and above.</summary>
    ServerError,

    /// <summary>Another status that is no success.</summary>
    Refused,

    /// <summary>The body tells an error.</summary>
    ErrorInBody,

    /// <summary>The body is not what is expected.</summary>
    Unreadable,

    /// <summary>Too many requests, says the cloud.</summary>
    RateLimited,

    /// <summary>Too many reads wait already; nothing was sent.</summary>
    Busy,

    /// <summary>The cloud is in trouble and reads are suspended; nothing was sent.</summary>
    Suspended,

    /// <summary>The service is offline; nothing was sent.</summary>
    Offline,
}

/// <summary>A failed request. Its text holds no secret and no body.</summary>
/// <param name="Kind">The cause.</param>
/// <param name="Detail">What exactly happened, for the log.</param>
/// <param name="Status">The HTTP status, where one came that is no success.</param>
public sealed record CloudFailure(CloudFailureKind Kind, string Detail, int? Status = null)
{
    private const int InternalServerError = 500;

    /// <summary>Whether the cloud gave no answer, and not one that it does not like: what the breaker counts.</summary>
    public bool IsNoAnswer => Kind is CloudFailureKind.Network or CloudFailureKind.Timeout or CloudFailureKind.ServerError;

    /// <summary>Whether the cloud as a whole is out of reach, and not one entry's answer bad.</summary>
    public bool IsOutage => IsNoAnswer || Kind is CloudFailureKind.InvalidKey;

    /// <summary>
    /// Whether another try of a read may help (the upstream contract): on network errors, time-outs and 5xx; of the API also on 429, but
    /// not on 500.
    /// </summary>
    public bool IsWorthRetrying(CloudPath path) => path == CloudPath.Edge
        ? IsNoAnswer
        : (IsNoAnswer && Status != InternalServerError) || Kind == CloudFailureKind.RateLimited;

    /// <summary>Names the failure of a status; null for a success.</summary>
    public static CloudFailure? Of(HttpStatusCode status) => (int)status switch
    {
        >= 200 and < 300 => null,
        401 => new CloudFailure(CloudFailureKind.InvalidKey, "the cloud answered 401: the key is not valid", (int)status),
        429 => new CloudFailure(CloudFailureKind.RateLimited, "the cloud answered 429: too many requests", (int)status),
        >= 500 => new CloudFailure(CloudFailureKind.ServerError, $"the cloud answered {(int)status}", (int)status),
        _ => new CloudFailure(CloudFailureKind.Refused, $"the cloud answered {(int)status}", (int)status),
    };

    /// <summary>Names the failure of an exception that a request ended with.</summary>
    public static CloudFailure Of(Exception exception) => exception switch
    {
        InvalidDataException or InvalidOperationException => new CloudFailure(CloudFailureKind.Unreadable, exception.Message),
        OperationCanceledException => new CloudFailure(CloudFailureKind.Timeout, "no answer in time"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } e =>
            new CloudFailure(CloudFailureKind.Unreadable, e.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } e =>
            new CloudFailure(CloudFailureKind.Network, e.Message),
        HttpRequestException { InnerException: { } inner } e =>
            new CloudFailure(CloudFailureKind.Network, Credentials.Removed($"{e.Message}: {inner.Message}")),
        _ => new CloudFailure(CloudFailureKind.Network, Credentials.Removed(exception.Message)),
    };
}
