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

    /// <summary>Whether the caller told when it was used.</summary>
    public bool IsDatedByCaller { get; init; }

    /// <summary>The same without what the cloud tells of it.</summary>
    public ReportedUsage Untold => new(MeasurementId, Key, FeatureId);

    /// <summary>
    /// What this is to the entries that hold the usage and the credits. Where the cloud does not tell the usage or its date, all that is
    /// known is that something changed: then only a read tells what is true.
    /// </summary>
    /// <param name="known">What is known of an entry, or null.</param>
    public ImmutableArray<EntryNews> News(Func<EntryKey, EntitlementState?> known)
    {
        var news = ImmutableArray.CreateBuilder<EntryNews>(3);
        news.Add(CurrentUsage is { } used && Timestamp is { } date
            ? new UsageSet(Key, new UsageNews(
                new EntitlementReference(FeatureId, IsCredit: false), new Usage(used, PeriodStart, PeriodEnd, date, Reported: true)))
            : new EntryChanged(Key, NewsKind.Usage));
        // Dated back, its answer may be older than what is known; it counts all the same, and what it makes of the usage a read tells.
        if (IsDatedByCaller && known(Key)?.FindFeature(FeatureId) is { } entitlement && entitlement.Usage.UpdatedAt > Timestamp)
            news.Add(new EntryChanged(Key, NewsKind.Usage));
        if (Credit is { } credit)
            AddCredit(news, credit, known);
        return news.ToImmutable();
    }

    // A resource's usage is paid for with credits of its own or, where it has none of that currency, with the customer's: the answers look
    // for them in the same order.
    private void AddCredit(ImmutableArray<EntryNews>.Builder news, ReportedCredit credit, Func<EntryKey, EntitlementState?> known)
    {
        if (Key.ResourceId is null || IsIn(Key))
        {
            news.Add(credit.News(Key));
        }
        else if (known(Key) is not null && IsIn(Key.Customer))
        {
            news.Add(credit.News(Key.Customer));
        }
        else
        {
            // The set that tells it may be on its way to either: kept for the resource's own, and the customer's is read.
            news.Add(credit.News(Key));
            news.Add(new EntryChanged(Key.Customer, NewsKind.CreditUsage));
        }

        bool IsIn(EntryKey key) => known(key)?.FindCredit(credit.CurrencyId) is not null;
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

    /// <summary>What this is to the entry that holds the credits.</summary>
    public EntryNews News(EntryKey holder) => CurrentUsage is { } spent && Timestamp is { } date
        ? new UsageSet(holder, new UsageNews(
            new EntitlementReference(CurrencyId, IsCredit: true), new Usage(spent, PeriodStart: null, PeriodEnd, date, Reported: true)))
        : new EntryChanged(holder, NewsKind.CreditUsage);
}
