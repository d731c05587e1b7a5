namespace Sidecar.Emulator.Updates;

/// <summary>New usage of one entitlement, as it is told; the data need not know of any of it.</summary>
public sealed record UsageUpdate
{
    /// <summary>The customer.</summary>
    public required string CustomerId { get; init; }

    /// <summary>The resource; none: the customer's own usage.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The feature, or the currency where the usage is <see cref="OfCredits"/>.</summary>
    public required string EntitlementId { get; init; }

    /// <summary>Whether it is the usage of credits.</summary>
    public bool OfCredits { get; init; }

    /// <summary>The amount.</summary>
    public required double CurrentUsage { get; init; }

    /// <summary>When it last changed; null is told as it is.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>Start of the period.</summary>
    public DateTimeOffset? PeriodStart { get; init; }

    /// <summary>End of the period.</summary>
    public DateTimeOffset? PeriodEnd { get; init; }
}

/// <summary>To whom a published package applies.</summary>
public enum PackageMigration
{
    /// <summary><c>ALL_CUSTOMERS</c>.</summary>
    AllCustomers,

    /// <summary><c>NEW_CUSTOMERS</c>.</summary>
    NewCustomers,
}

/// <summary>A package that was published.</summary>
public sealed record PackagePublication
{
    /// <summary>To whom it applies.</summary>
    public PackageMigration Migration { get; init; }

    /// <summary>The kind of package.</summary>
    public string PackageType { get; init; } = "Plan";

    /// <summary>Its id.</summary>
    public string PackageRefId { get; init; } = "pro";

    /// <summary>Its version.</summary>
    public int PackageVersion { get; init; } = 2;

    /// <summary>The account.</summary>
    public string AccountId { get; init; } = "account-emulated";

    /// <summary>The environment.</summary>
    public string EnvironmentId { get; init; } = "environment-emulated";
}
