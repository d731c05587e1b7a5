using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Entitlements;

/// <summary>A period in which usage is counted.</summary>
/// <param name="Start">Its first instant.</param>
/// <param name="End">The first instant after it.</param>
public readonly record struct UsagePeriod(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>
    /// The period that holds an instant: with n the number of complete periods from the anchor, from anchor + n periods to
    /// anchor + (n + 1) periods, in UTC calendar arithmetic on the anchor (31 January + 1 month is the end of February, + 2 months
    /// 31 March).
    /// </summary>
    /// <param name="anchor">The instant from which periods are counted; may lie after <paramref name="now"/>.</param>
    /// <param name="period">The length of a period.</param>
    /// <param name="now">The instant asked about.</param>
    /// <returns>The period; null for a length that this release does not know or a bound outside the calendar (years 1 to 9999).</returns>
    public static UsagePeriod? Holding(DateTimeOffset anchor, EntitlementResetPeriod period, DateTimeOffset now)
    {
        anchor = anchor.ToUniversalTime();
        now = now.ToUniversalTime();
        return period switch
        {
            EntitlementResetPeriod.Hour => OfLength(anchor, TimeSpan.TicksPerHour, now),
            EntitlementResetPeriod.Day => OfLength(anchor, TimeSpan.TicksPerDay, now),
            EntitlementResetPeriod.Week => OfLength(anchor, 7 * TimeSpan.TicksPerDay, now),
            EntitlementResetPeriod.Month => OfMonths(anchor, 1, now),
            EntitlementResetPeriod.Year => OfMonths(anchor, 12, now),
            _ => null,
        };
    }

    private static UsagePeriod? OfLength(DateTimeOffset anchor, long length, DateTimeOffset now)
    {
        var elapsed = now.Ticks - anchor.Ticks;
        var complete = Math.DivRem(elapsed, length, out var rest) - (rest < 0 ? 1 : 0);
        var start = anchor.Ticks + (complete * length);
        var end = start + length;
        return start < DateTimeOffset.MinValue.Ticks || end > DateTimeOffset.MaxValue.Ticks
            ? null
            : new UsagePeriod(new DateTimeOffset(start, TimeSpan.Zero), new DateTimeOffset(end, TimeSpan.Zero));
    }

    private static UsagePeriod? OfMonths(DateTimeOffset anchor, int length, DateTimeOffset now)
    {
        var months = ((now.Year - anchor.Year) * 12) + now.Month - anchor.Month;
        var complete = Math.DivRem(months, length, out var rest) - (rest < 0 ? 1 : 0);
        // The estimate is right to the month; within it the anchor's day and time decide.
        if (AddMonths(anchor, complete * length) is { } estimated && estimated > now)
            complete--;
        return AddMonths(anchor, complete * length) is { } start && AddMonths(anchor, (complete + 1) * length) is { } end
            ? new UsagePeriod(start, end)
            : null;
    }

    private static DateTimeOffset? AddMonths(DateTimeOffset anchor, int months)
    {
        var month = (anchor.Year * 12) + anchor.Month - 1 + months;
        return month is >= 12 and < 120_000 ? anchor.AddMonths(months) : null;
    }
}
