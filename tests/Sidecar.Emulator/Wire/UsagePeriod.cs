using Sidecar.Emulator.Data;

namespace Sidecar.Emulator.Wire;

/// <summary>A period of usage: from its start, until just before its end.</summary>
internal readonly record struct UsagePeriod(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>The period that <paramref name="now"/> falls into, or the first one where all lie ahead.</summary>
    /// <remarks>
    /// Counted from the anchor each time, not from one period to the next: 31 January is followed by 28 February and that by 31 March.
    /// </remarks>
    public static UsagePeriod Containing(DateTimeOffset now, DateTimeOffset anchor, ResetPeriod length)
    {
        var n = Math.Max(0, Guess(now, anchor, length));
        while (n > 0 && After(anchor, n, length) > now)
            n--;
        return new UsagePeriod(After(anchor, n, length), After(anchor, n + 1, length));
    }

    /// <summary>What periods are counted from: the start of the subscription, or the day or month it falls into.</summary>
    public static DateTimeOffset Anchor(DateTimeOffset subscribedAt, string accordingTo)
    {
        var utc = subscribedAt.ToUniversalTime();
        var midnight = new DateTimeOffset(utc.Date, TimeSpan.Zero);
        if (accordingTo == Words.StartOfTheMonth)
            return midnight.AddDays(1 - midnight.Day);
        if (accordingTo.StartsWith(Words.Every, StringComparison.Ordinal)
            && Enum.TryParse<DayOfWeek>(accordingTo[Words.Every.Length..], out var day))
            return midnight.AddDays(-(((int)midnight.DayOfWeek - (int)day + 7) % 7));
        return utc;
    }

    /// <summary>At least as many complete periods as there are.</summary>
    private static int Guess(DateTimeOffset now, DateTimeOffset anchor, ResetPeriod length)
    {
        var (from, to) = (anchor.UtcDateTime, now.UtcDateTime);
        return length switch
        {
            ResetPeriod.Hour => (int)(to - from).TotalHours,
            ResetPeriod.Day => (int)(to - from).TotalDays,
            ResetPeriod.Week => (int)((to - from).TotalDays / 7),
            ResetPeriod.Month => (12 * (to.Year - from.Year)) + to.Month - from.Month,
            _ => to.Year - from.Year,
        };
    }

    private static DateTimeOffset After(DateTimeOffset anchor, int periods, ResetPeriod length)
    {
        var utc = anchor.ToUniversalTime();
        return length switch
        {
            ResetPeriod.Hour => utc.AddHours(periods),
            ResetPeriod.Day => utc.AddDays(periods),
            ResetPeriod.Week => utc.AddDays(7 * periods),
            ResetPeriod.Month => utc.AddMonths(periods),
            _ => utc.AddYears(periods),
        };
    }
}
