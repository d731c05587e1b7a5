namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// What of an entitlement is the customer's own, as numbers: dates in ticks of UTC. An instant is kept, not in which zone it was told.
/// </summary>
internal struct OwnValues
{
    /// <summary>A date that is not there.</summary>
    public const long Absent = -1;

    /// <summary><see cref="UsedAt"/> where nothing is used.</summary>
    public static readonly long Never = DateTimeOffset.UnixEpoch.UtcTicks << 1;

    /// <summary>No date, and nothing used.</summary>
    public static readonly OwnValues None = new()
    {
        UpdatedAt = Absent,
        PeriodStart = Absent,
        PeriodEnd = Absent,
        UsedAt = Never,
        ValidUntil = Absent,
        Anchor = Absent,
    };

    public long UpdatedAt;

    /// <summary>The bits of what is used.</summary>
    public long Current;

    public long PeriodStart;

    public long PeriodEnd;

    /// <summary>The usage's date in all bits but the last, which tells whether it was reported.</summary>
    public long UsedAt;

    public long ValidUntil;

    public long Anchor;

    public OwnValues(Entitlement of)
    {
        UpdatedAt = Ticks(of.UpdatedAt);
        ValidUntil = Ticks(of.ValidUntil);
        Anchor = of is FeatureEntitlement feature ? Ticks(feature.UsagePeriodAnchor) : Absent;
        Usage = of.Usage;
    }

    /// <summary>What is used.</summary>
    public Usage Usage
    {
        readonly get => Current == 0 && PeriodStart == Absent && PeriodEnd == Absent && UsedAt == Never
            ? Usage.None
            : new Usage(BitConverter.Int64BitsToDouble(Current), Date(PeriodStart), Date(PeriodEnd), DateOfUse(UsedAt), (UsedAt & 1) != 0);
        set
        {
            Current = BitConverter.DoubleToInt64Bits(value.Current);
            PeriodStart = Ticks(value.PeriodStart);
            PeriodEnd = Ticks(value.PeriodEnd);
            UsedAt = (value.UpdatedAt.UtcTicks << 1) | (value.Reported ? 1L : 0L);
        }
    }

    /// <summary>Sets what is used as of a date; without one it is as old as can be.</summary>
    public void SetUsage(double current, long at)
    {
        Current = BitConverter.DoubleToInt64Bits(current);
        UsedAt = at == Absent ? Never : at << 1;
    }

    public static long Ticks(DateTimeOffset? date) => date is { } instant ? instant.UtcTicks : Absent;

    public static DateTimeOffset? Date(long ticks) => ticks == Absent ? null : new DateTimeOffset(ticks, TimeSpan.Zero);

    public static DateTimeOffset DateOfUse(long usedAt) => new(usedAt >> 1, TimeSpan.Zero);

    public static long? Bits(double? value) => value is { } number ? BitConverter.DoubleToInt64Bits(number) : null;
}
