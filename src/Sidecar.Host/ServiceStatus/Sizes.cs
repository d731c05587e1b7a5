using static System.FormattableString;

namespace Sidecar.Host.ServiceStatus;

/// <summary>Numbers of bytes for people.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>A number of bytes with three digits and its unit.</summary>
    public static string Of(long bytes)
    {
        var (size, unit) = ((double)bytes, 0);
        while (size >= 1024 && unit < Units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return unit == 0 || size >= 100 ? Invariant($"{size:0} {Units[unit]}") : size >= 10 ? Invariant($"{size:0.0} {Units[unit]}") : Invariant($"{size:0.00} {Units[unit]}");
    }
}
