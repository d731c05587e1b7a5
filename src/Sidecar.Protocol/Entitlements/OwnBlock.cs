using System.Numerics;

namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// The own values of all entitlements of a set in one array, without those that are not there. A layout tells where each stands: an entry
/// an entitlement, with the place of its first value and a flag for each that is there. Most customers of a plan have the same layout.
/// </summary>
internal static class OwnBlock
{
    /// <summary>The most values that a block can have.</summary>
    public const int MaxValues = 1 << (32 - OffsetShift);

    // A value that stands in the block, in this order.
    private const uint UpdatedAt = 1;
    private const uint Current = 2;
    private const uint PeriodStart = 4;
    private const uint PeriodEnd = 8;
    private const uint UsedAt = 16;
    private const uint ValidUntil = 32;
    private const uint Anchor = 64;
    private const uint AllValues = 127;

    // One that is known without.
    private const uint UpdatedWithSet = 128;
    private const uint UsedAsUpdated = 256;
    private const uint CommonAnchor = 512;

    private const int OffsetShift = 10;

    /// <summary>Packs values.</summary>
    /// <param name="all">The values, an entitlement each.</param>
    /// <param name="terms">What is granted of each.</param>
    /// <param name="setDate">The set's date.</param>
    public static (uint[] Layout, long[] Values) Pack(ReadOnlySpan<OwnValues> all, EntitlementTerms terms, long setDate)
    {
        if (all.IsEmpty)
            return ([], []);
        var isOneDate = true;
        var (anchor, isOneAnchor) = (OwnValues.Absent, true);
        foreach (ref readonly var own in all)
        {
            isOneDate &= own.UpdatedAt == setDate;
            if (own.Anchor == OwnValues.Absent)
                continue;
            isOneAnchor &= anchor == OwnValues.Absent || anchor == own.Anchor;
            anchor = own.Anchor;
        }

        isOneAnchor &= anchor != OwnValues.Absent;
        var layout = new uint[all.Length];
        var count = isOneAnchor ? 1 : 0;
        for (var i = 0; i < layout.Length; i++)
        {
            var flags = FlagsOf(all[i], terms.IsCounted(i), isOneDate, isOneAnchor);
            layout[i] = ((uint)count << OffsetShift) | flags;
            count += BitOperations.PopCount(flags & AllValues);
            if (count > MaxValues)
                throw new ArgumentException($"{all.Length} entitlements are more than a set can hold", nameof(all));
        }

        var values = count == 0 ? [] : new long[count];
        if (isOneAnchor)
            values[0] = anchor;
        for (var i = 0; i < layout.Length; i++)
            Write(values, layout[i], all[i]);
        return (Shared.Of(layout), values);
    }

    /// <summary>The block with another usage of one entitlement; null where its layout does not fit.</summary>
    /// <param name="values">The block.</param>
    /// <param name="entry">The entitlement's entry.</param>
    /// <param name="own">Its values, with that usage.</param>
    /// <param name="isCounted">Whether its usage is counted.</param>
    public static long[]? With(long[] values, uint entry, in OwnValues own, bool isCounted)
    {
        var flags = FlagsOf(own, isCounted, (entry & UpdatedWithSet) != 0, (entry & Anchor) == 0);
        if (flags != (entry & ((1 << OffsetShift) - 1)))
            return null;
        var next = values.AsSpan().ToArray();
        Write(next, entry, own);
        return next;
    }

    /// <summary>All values of one entitlement.</summary>
    public static OwnValues Read(long[] values, uint entry, long setDate)
    {
        var own = new OwnValues
        {
            UpdatedAt = UpdatedAtOf(values, entry, setDate),
            Current = Value(values, entry, Current, otherwise: 0),
            PeriodStart = PeriodStartOf(values, entry),
            PeriodEnd = PeriodEndOf(values, entry),
            ValidUntil = ValidUntilOf(values, entry),
            Anchor = AnchorOf(values, entry),
        };
        own.UsedAt = (entry & UsedAsUpdated) != 0 ? own.UpdatedAt << 1 : Value(values, entry, UsedAt, OwnValues.Never);
        return own;
    }

    public static long UpdatedAtOf(long[] values, uint entry, long setDate) =>
        (entry & UpdatedWithSet) != 0 ? setDate : Value(values, entry, UpdatedAt, OwnValues.Absent);

    public static double CurrentOf(long[] values, uint entry) => BitConverter.Int64BitsToDouble(Value(values, entry, Current, otherwise: 0));

    public static long PeriodStartOf(long[] values, uint entry) => Value(values, entry, PeriodStart, OwnValues.Absent);

    public static long PeriodEndOf(long[] values, uint entry) => Value(values, entry, PeriodEnd, OwnValues.Absent);

    public static long ValidUntilOf(long[] values, uint entry) => Value(values, entry, ValidUntil, OwnValues.Absent);

    public static long AnchorOf(long[] values, uint entry) =>
        (entry & CommonAnchor) != 0 ? values[0] : Value(values, entry, Anchor, OwnValues.Absent);

    // What is counted changes: it has its places from the start, so that customers of a plan keep one layout.
    private static uint FlagsOf(in OwnValues own, bool isCounted, bool isOneDate, bool isOneAnchor)
    {
        var flags = 0u;
        if (isOneDate)
            flags |= UpdatedWithSet;
        else if (own.UpdatedAt != OwnValues.Absent)
            flags |= UpdatedAt;
        if (isCounted || own.Current != 0)
            flags |= Current;
        if (own.PeriodStart != OwnValues.Absent)
            flags |= PeriodStart;
        if (own.PeriodEnd != OwnValues.Absent)
            flags |= PeriodEnd;
        if (!isCounted && own.UpdatedAt != OwnValues.Absent && own.UsedAt == own.UpdatedAt << 1)
            flags |= UsedAsUpdated;
        else if (own.UsedAt != OwnValues.Never)
            flags |= UsedAt;
        if (own.ValidUntil != OwnValues.Absent)
            flags |= ValidUntil;
        if (own.Anchor != OwnValues.Absent)
            flags |= isOneAnchor ? CommonAnchor : Anchor;
        return flags;
    }

    private static long Value(long[] values, uint entry, uint flag, long otherwise) => (entry & flag) == 0
        ? otherwise
        : values[(entry >> OffsetShift) + (uint)BitOperations.PopCount(entry & (flag - 1) & AllValues)];

    private static void Write(long[] values, uint entry, in OwnValues own)
    {
        var next = entry >> OffsetShift;
        if ((entry & UpdatedAt) != 0)
            values[next++] = own.UpdatedAt;
        if ((entry & Current) != 0)
            values[next++] = own.Current;
        if ((entry & PeriodStart) != 0)
            values[next++] = own.PeriodStart;
        if ((entry & PeriodEnd) != 0)
            values[next++] = own.PeriodEnd;
        if ((entry & UsedAt) != 0)
            values[next++] = own.UsedAt;
        if ((entry & ValidUntil) != 0)
            values[next++] = own.ValidUntil;
        if ((entry & Anchor) != 0)
            values[next] = own.Anchor;
    }
}
