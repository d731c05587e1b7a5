using System.Globalization;

namespace Sidecar.Host;

/// <summary>
/// How many connections clients may have open at once, so that the process is never without a file descriptor: a runtime that can open no file
/// when it needs one ends the process.
/// </summary>
internal static class ClientShare
{
    /// <summary>The most connections of clients, whatever the process may open.</summary>
    public const int MostConnections = 10_000;

    /// <summary>The fewest, however little the process may open.</summary>
    public const int FewestConnections = 64;

    /// <summary>What the process itself opens: some 250 files, requests and reports to the cloud, and all other ports.</summary>
    public const int Reserve = 768;

    /// <summary>The most connections to <c>METRICS_PORT</c>: health checks, scrapes, and people who look.</summary>
    public const int MostMetricsConnections = 64;

    private const string LimitsFile = "/proc/self/limits";
    private const string Name = "Max open files";

    /// <summary>How many connections of clients there may be in this process.</summary>
    public static int OfProcess() => ConnectionsOf(File.Exists(LimitsFile) ? LimitIn(File.ReadAllText(LimitsFile)) : null);

    /// <summary>How many connections of clients there may be.</summary>
    /// <param name="limit">How many files the process may have open; null where there is no limit.</param>
    public static int ConnectionsOf(long? limit) =>
        limit is { } files ? (int)Math.Clamp(files - Reserve, FewestConnections, MostConnections) : MostConnections;

    /// <summary>How many files a process may have open, by Linux's table of its limits; null for any number.</summary>
    public static long? LimitIn(string table)
    {
        var line = table.Split('\n').FirstOrDefault(static line => line.StartsWith(Name, StringComparison.Ordinal));
        return line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
            && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
