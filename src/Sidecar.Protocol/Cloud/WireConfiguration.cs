using System.Text.Json;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>A reset period's configuration as it is told, in one of three forms, each with a field of its own.</summary>
internal ref struct WireConfiguration : ISharedDraft<ResetPeriodConfiguration>
{
    private static readonly WireFields Fields = WireFields.Of<Field>();

    private WireText _typeName;
    private WireText _yearly;
    private WireText _monthly;
    private WireText _weekly;

    private enum Field
    {
        Unknown = 0,
        TypeName,
        YearlyAccordingTo,
        MonthlyAccordingTo,
        WeeklyAccordingTo,
    }

    /// <summary>Whether there is one, be it of a form that is not known; not null.</summary>
    public bool IsThere { get; private set; }

    public readonly int Hash => Shared.HashOf(Word.Utf8);

    private readonly string Name => _yearly.IsThere ? "yearlyAccordingTo" : _monthly.IsThere ? "monthlyAccordingTo" : "weeklyAccordingTo";

    private readonly WireText Word => _yearly.IsThere ? _yearly : _monthly.IsThere ? _monthly : _weekly;

    /// <summary>Reads one.</summary>
    public static WireConfiguration Read(scoped ref Utf8JsonReader json)
    {
        var configuration = default(WireConfiguration);
        if (!WireValue.IsObject(ref json))
            return configuration;
        configuration.IsThere = true;
        while (Fields.Next(ref json, out var field))
        {
            switch ((Field)field)
            {
                case Field.TypeName:
                    configuration._typeName = WireValue.Text(ref json);
                    break;
                case Field.YearlyAccordingTo:
                    configuration._yearly = WireValue.Text(ref json);
                    break;
                case Field.MonthlyAccordingTo:
                    configuration._monthly = WireValue.Text(ref json);
                    break;
                case Field.WeeklyAccordingTo:
                    configuration._weekly = WireValue.Text(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return configuration;
    }

    /// <summary>The configuration; null for none, and for one of a form that this release does not know.</summary>
    public ResetPeriodConfiguration? ToConfiguration() => Word.IsThere ? Shared.Configuration(ref this) : null;

    public readonly bool IsSameAs(ResetPeriodConfiguration known) =>
        known.Field == Name && Word.Is(known.Value) && _typeName.Is(known.TypeName);

    public readonly ResetPeriodConfiguration Make() => new(_typeName.ToText(), Name, Word.ToText()!);
}
