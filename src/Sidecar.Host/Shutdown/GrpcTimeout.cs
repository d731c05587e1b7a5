using System.Globalization;

namespace Sidecar.Host.Shutdown;

/// <summary>How long the caller of a gRPC call waits for its answer, as its header says.</summary>
internal static class GrpcTimeout
{
    /// <summary>The header: up to eight digits and a unit.</summary>
    public const string Header = "grpc-timeout";

    private const int MostDigits = 8;

    /// <summary>The time in a header's value; null where there is none, or none that makes sense.</summary>
    public static TimeSpan? Parse(ReadOnlySpan<char> value)
    {
        if (value.Length is < 2 or > MostDigits + 1
            || !long.TryParse(value[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            return null;
        }

        long? ticks = value[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            // Of these, 100 are one tick.
            'n' => 0,
            _ => null,
        };
        return ticks is { } each ? TimeSpan.FromTicks(each > 0 ? number * each : number / 100) : null;
    }
}
