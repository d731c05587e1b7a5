namespace Sidecar.Bench.Results;

/// <summary>One figure of one server, measured once.</summary>
/// <param name="Section">The part of the benchmark.</param>
/// <param name="What">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Server">The server's name.</param>
/// <param name="Pair">Those of one number were measured one right after the other, and are compared with one another.</param>
/// <param name="Value">The figure.</param>
internal sealed record Sample(string Section, string What, string Unit, string Server, int Pair, double Value);

/// <summary>The names of servers.</summary>
internal static class Server
{
    /// <summary>This service.</summary>
    public const string Sidecar = "sidecar";

    /// <summary>A bare gRPC server in ASP.NET Core.</summary>
    public const string Bare = "bare";

    /// <summary>This service by itself, where the other is a node of a cluster.</summary>
    public const string Lone = "lone";

    /// <summary>A plain gRPC server in Node.</summary>
    public const string Node = "node";
}

/// <summary>The names of what is measured, where more than one place has to know them.</summary>
internal static class What
{
    public const string Throughput = "throughput";
    public const string CpuACall = "CPU a call";
    public const string P50 = "p50";
    public const string P99 = "p99";
    public const string P999 = "p99.9";
    public const string WithUpdates = ", with 2,000 updates a second";
    public const string BesideUpdates = ", with 2,000 updates a second for both";
    public const string ColdCpu = "CPU a customer, all that follows included";
    public const string BytesACustomer = "resident memory a customer, idle";
    public const string AboveIdle = "resident memory above idle, after all";
    public const string WarmThroughput = "warm throughput after ÷ before";
    public const string FirstAnswer = "first answer after the start";
    public const string IdleCpu = "processor time, idle";
    public const string SoakDrift = "memory in the last quarter ÷ in the second";
    public const string SoakPeak = "largest resident memory";

    /// <summary>Memory so many seconds after the start.</summary>
    public static string ResidentAfter(int seconds) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"resident memory {seconds} s after the start");

    /// <summary>Memory with so many customers in it.</summary>
    public static string ResidentWith(int customers) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"resident memory with {customers:N0} customers");
}

/// <summary>The units of figures.</summary>
internal static class Unit
{
    public const string None = "";
    public const string PerSecond = "/s";
    public const string Milliseconds = "ms";
    public const string Microseconds = "µs";
    public const string Bytes = "B";
    public const string Megabytes = "MB";
    public const string Percent = "% of a core";
    public const string Ratio = "×";
}
