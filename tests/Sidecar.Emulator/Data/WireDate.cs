using System.Globalization;

namespace Sidecar.Emulator.Data;

/// <summary>Dates as the cloud tells them: whole milliseconds, UTC.</summary>
internal static class WireDate
{
    /// <summary>The step between two dates that can be told apart on the wire.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    public static string Format(DateTimeOffset date) =>
        date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The date without what the wire would cut off.</summary>
    public static DateTimeOffset Floor(DateTimeOffset date) => date.AddTicks(-(date.Ticks % Step.Ticks));

    /// <summary>The date of a change now that must be seen as later than <paramref name="previous"/>.</summary>
    public static DateTimeOffset After(DateTimeOffset? previous, DateTimeOffset now)
    {
        var floor = Floor(now);
        return previous is { } before && floor <= before ? before + Step : floor;
    }
}
