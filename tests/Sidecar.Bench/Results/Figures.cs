using System.Globalization;

namespace Sidecar.Bench.Results;

/// <summary>Figures as people read them.</summary>
internal static class Figures
{
    /// <summary>A figure with its unit: three digits say enough.</summary>
    public static string Show(double value, string unit) => $"{Number(value, unit)}{(unit is Unit.PerSecond or Unit.Ratio or Unit.None ? "" : " ")}{unit}";

    /// <summary>The figure alone.</summary>
    public static string Number(double value, string unit)
    {
        var format = (unit, Math.Abs(value)) switch
        {
            (Unit.Ratio, _) => "0.00",
            (Unit.None, _) => "#,0",
            (_, >= 100) => "#,0",
            (_, >= 10) => "0.0",
            _ => "0.00",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>The middle, and from where to where the others are.</summary>
    public static string Show(Summary summary, string unit) => summary.Count is 1
        ? Show(summary.Median, unit)
        : $"{Show(summary.Median, unit)} ({Number(summary.Least, unit)}–{Number(summary.Most, unit)})";
}
