using System.Text.Json;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Persistence;

/// <summary>What is used of an entitlement as programs of both generations write it, beside the entitlement and under a key of its own.</summary>
internal ref struct StoredUsage
{
    private static readonly WireFields Fields = WireFields.Of<Field>();

    private double? _current;
    private long _periodStart;
    private long _periodEnd;

    private enum Field
    {
        Unknown = 0,
        CurrentUsage,
        UsagePeriodStart,
        UsagePeriodEnd,

        // The older name of the period's end.
        NextResetDate,

        // Of the older generation only.
        UsagePeriodAnchor,
        ResetPeriod,
        ResetPeriodConfiguration,
    }

    /// <summary>Whether there is one, be it without a field; not null.</summary>
    public bool IsThere { get; private set; }

    /// <summary>The instant from which periods are counted, in ticks of UTC.</summary>
    public long Anchor { get; private set; }

    /// <summary>How often the usage starts anew.</summary>
    public WireText ResetPeriod { get; private set; }

    /// <summary>What periods are counted from.</summary>
    public WireConfiguration ResetPeriodConfiguration { get; private set; }

    /// <summary>Reads one.</summary>
    public static StoredUsage Read(scoped ref Utf8JsonReader json)
    {
        var usage = new StoredUsage { _periodStart = OwnValues.Absent, _periodEnd = OwnValues.Absent, Anchor = OwnValues.Absent };
        if (!WireValue.IsObject(ref json))
            return usage;
        usage.IsThere = true;
        var nextReset = OwnValues.Absent;
        while (Fields.Next(ref json, out var field))
        {
            switch ((Field)field)
            {
                case Field.CurrentUsage:
                    usage._current = WireValue.Number(ref json);
                    break;
                case Field.UsagePeriodStart:
                    usage._periodStart = WireValue.Date(ref json);
                    break;
                case Field.UsagePeriodEnd:
                    usage._periodEnd = WireValue.Date(ref json);
                    break;
                case Field.NextResetDate:
                    nextReset = WireValue.Date(ref json);
                    break;
                case Field.UsagePeriodAnchor:
                    usage.Anchor = WireValue.Date(ref json);
                    break;
                case Field.ResetPeriod:
                    usage.ResetPeriod = WireValue.Text(ref json);
                    break;
                case Field.ResetPeriodConfiguration:
                    usage.ResetPeriodConfiguration = WireConfiguration.Read(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        if (usage._periodEnd == OwnValues.Absent)
            usage._periodEnd = nextReset;
        return usage;
    }

    /// <summary>Makes it an entitlement's usage, as of a date in ticks of UTC; without one it is as old as can be.</summary>
    public readonly void SetIn(ref OwnValues own, long at)
    {
        own.SetUsage(_current ?? 0, at);
        own.PeriodStart = _periodStart;
        own.PeriodEnd = _periodEnd;
    }
}
