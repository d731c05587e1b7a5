using Sidecar.Protocol.Entitlements;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Protocol.Nodes;

/// <summary>Names of entries, and what is used, as nodes tell each other.</summary>
public static class NodeEntries
{
    /// <summary>The form that an entry's name is sent in.</summary>
    public static Wire.EntryKey Write(EntryKey key)
    {
        var told = new Wire.EntryKey { CustomerId = key.CustomerId };
        if (key.ResourceId is { } resource)
            told.ResourceId = resource;
        return told;
    }

    /// <summary>Reads an entry's name.</summary>
    /// <param name="told">What was sent, or null.</param>
    /// <exception cref="InvalidDataException">It names nobody.</exception>
    public static EntryKey Read(Wire.EntryKey? told)
    {
        var key = NodeBytes.Expect(told, "an entry's key");
        return new EntryKey(
            NodeBytes.ExpectText(key.CustomerId, "an entry's customer id"),
            key.HasResourceId ? NodeBytes.ExpectText(key.ResourceId, "an entry's resource id") : null);
    }

    /// <summary>The form that a usage is sent in.</summary>
    internal static Wire.Usage Write(Usage usage)
    {
        var told = new Wire.Usage { Reported = usage.Reported };
        // The bits, since -0 is 0 otherwise.
        if (BitConverter.DoubleToInt64Bits(usage.Current) != 0)
            told.Current = usage.Current;
        if (usage.PeriodStart is { } start)
            told.PeriodStart = start.UtcTicks;
        if (usage.PeriodEnd is { } end)
            told.PeriodEnd = end.UtcTicks;
        if (usage.UpdatedAt != DateTimeOffset.UnixEpoch)
            told.UpdatedAt = usage.UpdatedAt.UtcTicks;
        return told;
    }

    /// <summary>Reads a usage into an entitlement's own values.</summary>
    /// <exception cref="InvalidDataException">A date is none.</exception>
    internal static void Read(Wire.Usage told, ref OwnValues own)
    {
        own.SetUsage(told.Current, Ticks(told.HasUpdatedAt, told.UpdatedAt));
        if (told.Reported)
            own.UsedAt |= 1;
        own.PeriodStart = Ticks(told.HasPeriodStart, told.PeriodStart);
        own.PeriodEnd = Ticks(told.HasPeriodEnd, told.PeriodEnd);
    }

    /// <summary>A date in ticks of UTC, where it is there.</summary>
    /// <exception cref="InvalidDataException">It lies outside the calendar.</exception>
    internal static long Ticks(bool isThere, long ticks)
    {
        if (!isThere)
            return OwnValues.Absent;
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? ticks
            : throw new InvalidDataException($"{ticks} ticks are no date");
    }
}
