namespace Sidecar.Fuzz.Targets;

/// <summary>Words of the cloud's JSON.</summary>
internal static class CloudWords
{
    /// <summary>Those of an entitlement.</summary>
    public static IReadOnlyList<string> Entitlement { get; } =
    [
        "\"__typename\":", "FeatureEntitlement", "CreditEntitlement", "\"isGranted\":", "\"accessDeniedReason\":", "\"usageLimit\":", "\"hasUnlimitedUsage\":true", "\"hasSoftLimit\":true",
        "\"currentUsage\":", "\"enumValues\":[\"a\"]", "\"entitlementUpdatedAt\":", "\"usageUpdatedAt\":", "\"usagePeriodAnchor\":", "\"usagePeriodStart\":", "\"usagePeriodEnd\":",
        "\"resetPeriod\":\"MONTH\"", "HOUR", "DAY", "WEEK", "YEAR", "\"resetPeriodConfiguration\":", "\"monthlyAccordingTo\":\"StartOfTheMonth\"", "\"weeklyAccordingTo\":\"EverySunday\"",
        "\"yearlyAccordingTo\":", "SubscriptionStart", "\"feature\":", "\"refId\":\"f\"", "\"id\":\"f\"", "\"featureType\":\"NUMBER\"", "BOOLEAN", "ENUM", "\"meterType\":\"Incremental\"", "Fluctuating", "None",
        "\"featureUnits\":", "\"unitTransformation\":{}", "\"creditRate\":{\"amount\":2,\"currencyId\":\"c\"}", "\"validUntil\":", "\"currency\":{\"currencyId\":\"c\"}", "\"additionalMetaData\":{}",
        "\"2026-10-01T09:00:00.000Z\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.999Z\"", "\"2026-10-01T09:00:00+14:00\"", "\"0001-01-01T00:00:00+14:00\"", "1759309200000", "\"1759309200000\"",
        "CustomerNotFound", "BudgetExceeded", "NoActiveSubscription", "Revoked", ",", ":", "null",
    ];

    /// <summary>Those of errors.</summary>
    public static IReadOnlyList<string> Errors { get; } =
    [
        "\"errors\":[{\"message\":\"m\",\"extensions\":{\"code\":\"Unauthenticated\"}}]", "\"errors\":[null]", "\"errors\":", "\"message\":", "\"extensions\":", "\"code\":", "\"traceId\":", "\"data\":",
        "RateLimitExceeded", "FeatureNotFound",
    ];
}
