using System.Globalization;

namespace Sidecar.Protocol.Persistence;

/// <summary>A value and its date, as they stand in the persistent cache.</summary>
/// <param name="Json">The value, in UTF-8; null where there is none.</param>
/// <param name="TimestampText">The date, a decimal number in ASCII; null where there is none.</param>
public readonly record struct StoredValue(byte[]? Json, byte[]? TimestampText)
{
    /// <summary>The date, in epoch milliseconds; null where there is none or it is no date.</summary>
    public long? Timestamp
    {
        get
        {
            if (TimestampText is not { Length: > 0 and <= 20 } text
                || !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds))
                return null;
            return milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? milliseconds
                : null;
        }
    }

    /// <summary>The date; null where there is none or it is no date.</summary>
    public DateTimeOffset? Date => Timestamp is { } milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    /// <summary>Whether both are there.</summary>
    public bool IsWhole => Json is { Length: > 0 } && Timestamp is not null;
}
