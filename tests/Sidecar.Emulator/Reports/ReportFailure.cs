namespace Sidecar.Emulator.Reports;

/// <summary>The codes by which the API tells why it failed, in the <c>extensions</c> of a GraphQL error.</summary>
public static class ApiErrorCode
{
    /// <summary>The key is wrong.</summary>
    public const string Unauthenticated = "Unauthenticated";

    /// <summary>There is no such customer, or it is archived.</summary>
    public const string CustomerNotFound = "CustomerNotFound";

    /// <summary>The customer has no such resource.</summary>
    public const string CustomerResourceNotFound = "CustomerResourceNotFound";

    /// <summary>There is no such feature.</summary>
    public const string FeatureNotFound = "FeatureNotFound";

    /// <summary>What was sent can't be used.</summary>
    public const string BadUserInput = "BadUserInput";

    /// <summary>Too many requests. Nothing brings it about but a fault.</summary>
    public const string RateLimitExceeded = "RateLimitExceeded";

    /// <summary>The usage of this feature is counted from events, and is not reported.</summary>
    public const string CannotReportUsageForEntitlementWithMeterError = "CannotReportUsageForEntitlementWithMeterError";

    /// <summary>The limit of the entitlement is passed. Nothing brings it about but a fault: usage beyond a limit is counted.</summary>
    public const string EntitlementLimitExceededError = "EntitlementLimitExceededError";

    /// <summary>The usage was set to a value that no usage can have.</summary>
    public const string EntitlementUsageOutOfRangeError = "EntitlementUsageOutOfRangeError";

    /// <summary>The difference leads to a value that no usage can have.</summary>
    public const string UsageMeasurementDiffOutOfRangeError = "UsageMeasurementDiffOutOfRangeError";

    /// <summary>Anything else. Nothing brings it about but a fault.</summary>
    public const string UnexpectedError = "UnexpectedError";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Unauthenticated, CustomerNotFound, CustomerResourceNotFound, FeatureNotFound, BadUserInput, RateLimitExceeded,
        CannotReportUsageForEntitlementWithMeterError, EntitlementLimitExceededError, EntitlementUsageOutOfRangeError,
        UsageMeasurementDiffOutOfRangeError, UnexpectedError,
    ];
}

/// <summary>A report that is refused as a whole; nothing of it is counted.</summary>
internal sealed class ReportRefusalException(string code, string message) : Exception(message)
{
    /// <summary>One of <see cref="ApiErrorCode"/>.</summary>
    public string Code => code;

    /// <summary>What was sent can't be used.</summary>
    public static ReportRefusalException BadInput(string message) => new(ApiErrorCode.BadUserInput, message);

    /// <summary>The same about one item of a list.</summary>
    public ReportRefusalException At(string place) => new(code, $"{place}: {Message}");
}
