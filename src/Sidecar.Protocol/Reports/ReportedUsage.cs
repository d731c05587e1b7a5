using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Reports;

/// <summary>What became of the usage by one measurement, as the cloud tells it.</summary>
/// <param name="MeasurementId">The measurement's id.</param>
/// <param name="Key">Whose usage.</param>
/// <param name="FeatureId">The feature.</param>
public sealed record ReportedUsage(string MeasurementId, EntryKey Key, string FeatureId)
{
    /// <summary>The usage now, or null where the cloud does not tell.</summary>
    public double? CurrentUsage { get; init; }

    /// <summary>Start of the period that the usage belongs to, or null.</summary>
    public DateTimeOffset? PeriodStart { get; init; }

    /// <summary>Its end, or null.</summary>
    public DateTimeOffset? PeriodEnd { get; init; }

    /// <summary>The usage's date, which decides what is newer; or null.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The credits that paid for it, or null.</summary>
    public ReportedCredit? Credit { get; init; }

    /// <summary>
    /// What this is to the entry that holds the usage. Where the cloud does not tell the usage or its date, all that is known is that
    /// something changed: then only a read tells what is true.
    /// </summary>
    public ImmutableArray<EntryNews> News()
    {
        var news = ImmutableArray.CreateBuilder<EntryNews>(2);
        news.Add(CurrentUsage is { } used && Timestamp is { } date
            ? new UsageSet(Key, new UsageNews(
                new EntitlementReference(FeatureId, IsCredit: false), new Usage(used, PeriodStart, PeriodEnd, date, Reported: true)))
            : new EntryChanged(Key, NewsKind.Usage));
        if (Credit is { } credit)
        {
            news.Add(credit.CurrentUsage is { } spent && credit.Timestamp is { } spentAt
                ? new UsageSet(Key, new UsageNews(
                    new EntitlementReference(credit.CurrencyId, IsCredit: true),
                    new Usage(spent, PeriodStart: null, credit.PeriodEnd, spentAt, Reported: true)))
                : new EntryChanged(Key, NewsKind.CreditUsage));
        }

        return news.ToImmutable();
    }
}

/// <summary>What became of the credits by one measurement.</summary>
/// <param name="CurrencyId">The currency.</param>
public sealed record ReportedCredit(string CurrencyId)
{
    /// <summary>The credits used now, or null where the cloud does not tell.</summary>
    public double? CurrentUsage { get; init; }

    /// <summary>End of the period that they belong to, or null.</summary>
    public DateTimeOffset? PeriodEnd { get; init; }

    /// <summary>Their date, or null.</summary>
    public DateTimeOffset? Timestamp { get; init; }
}
