namespace Sidecar.Protocol.Reports;

/// <summary>How a report ended.</summary>
public enum ReportEnd
{
    /// <summary>The cloud counted it.</summary>
    Acknowledged = 0,

    /// <summary>The cloud refused the key. Nothing was counted.</summary>
    InvalidKey,

    /// <summary>There is no such customer, resource or feature. Nothing was counted.</summary>
    NotFound,

    /// <summary>The cloud can't use what was reported, or it leads out of the range of the usage. Nothing was counted.</summary>
    BadInput,

    /// <summary>The entitlement's limit or its meter forbids it. Nothing was counted.</summary>
    Forbidden,

    /// <summary>The cloud has too many requests. Nothing was counted.</summary>
    RateLimited,

    /// <summary>The cloud refused it without a word that is known here. Nothing was counted.</summary>
    Refused,

    /// <summary>There is no key, so it was not sent.</summary>
    NoKey,

    /// <summary>Too many reports wait already, so it was not sent.</summary>
    QueueFull,

    /// <summary>The cloud was out of reach, or there was no turn in time, so it was not sent.</summary>
    NotSent,

    /// <summary>The caller had gone before it was sent, so it was not.</summary>
    Withdrawn,

    /// <summary>It was sent, and no answer came in time: it may have been counted.</summary>
    TimedOut,

    /// <summary>It was sent, and no answer came that tells whether it was counted.</summary>
    Unclear,
}

/// <summary>What the cloud's words for a failed report mean: the one place to read that.</summary>
public static class ReportEnds
{
    /// <summary>What a code in a GraphQL error means; <see cref="ReportEnd.Unclear"/> for one that is not known.</summary>
    public static ReportEnd OfCode(string? code) => code switch
    {
        "Unauthenticated" => ReportEnd.InvalidKey,
        "CustomerNotFound" or "CustomerResourceNotFound" or "FeatureNotFound" => ReportEnd.NotFound,
        "BadUserInput" or "EntitlementUsageOutOfRangeError" or "UsageMeasurementDiffOutOfRangeError" => ReportEnd.BadInput,
        "EntitlementLimitExceededError" or "CannotReportUsageForEntitlementWithMeterError" => ReportEnd.Forbidden,
        "RateLimitExceeded" => ReportEnd.RateLimited,
        _ => ReportEnd.Unclear,
    };

    /// <summary>What an HTTP status means that comes without such a code; null for a success.</summary>
    public static ReportEnd? OfStatus(int status) => status switch
    {
        >= 200 and < 300 => null,
        401 => ReportEnd.InvalidKey,
        400 or 413 or 422 => ReportEnd.BadInput,
        429 => ReportEnd.RateLimited,
        // Whoever gave up waiting does not know what became of it.
        408 or >= 500 => ReportEnd.Unclear,
        _ => ReportEnd.Refused,
    };

    /// <summary>Whether it is certain that nothing was counted.</summary>
    public static bool IsNotCounted(this ReportEnd end) =>
        end is not (ReportEnd.Acknowledged or ReportEnd.TimedOut or ReportEnd.Unclear);

    /// <summary>Whether the cloud, or the way to it, is in trouble; otherwise it is the report or the caller.</summary>
    public static bool IsTrouble(this ReportEnd end) =>
        end is ReportEnd.RateLimited or ReportEnd.Refused or ReportEnd.QueueFull or ReportEnd.NotSent or ReportEnd.TimedOut or ReportEnd.Unclear;

    /// <summary>Whether the cloud answered, and understood what it was asked, whatever it says: then there is no trouble with it.</summary>
    public static bool IsAnswer(this ReportEnd end) =>
        end is ReportEnd.Acknowledged or ReportEnd.InvalidKey or ReportEnd.NotFound or ReportEnd.BadInput or ReportEnd.Forbidden;
}
