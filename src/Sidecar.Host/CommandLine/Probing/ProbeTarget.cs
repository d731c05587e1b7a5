using System.Net;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.CommandLine.Probing;

/// <summary>Where the service that runs with the same variables can be asked how it is.</summary>
internal static class ProbeTarget
{
    /// <summary>Why there is nothing to ask, or null.</summary>
    /// <param name="options">What is in force.</param>
    /// <param name="reader">What it was read by.</param>
    public static string? WhyNone(SidecarOptions options, SettingsReader reader)
    {
        if (reader.IsFaulted(Settings.MetricsPort) || reader.IsFaulted(Settings.MetricsBind))
        {
            return string.Join("; ", reader.Faults.Select(fault => fault.Text).Where(text =>
                text.StartsWith(Settings.MetricsPort.Name, StringComparison.Ordinal) || text.StartsWith(Settings.MetricsBind.Name, StringComparison.Ordinal)));
        }

        return options.MetricsPort switch
        {
            SidecarOptions.NoPort => "METRICS_PORT is off: the service has no endpoint to ask",
            0 => "METRICS_PORT is 0: the service took any free port, and which one can't be known; expected a certain port",
            _ => null,
        };
    }

    /// <summary>Where this machine's service is asked questions, as host:port.</summary>
    /// <exception cref="UsageException">GRPC_PORT tells no certain port.</exception>
    public static string GrpcAddress(CommandContext context)
    {
        // The memory available decides nothing here.
        var options = SidecarOptions.Read(context.Settings(), availableMemory: 0);
        return options.GrpcPort > 0
            ? new IPEndPoint(AddressesOf(options.GrpcBind)[0], options.GrpcPort).ToString()
            : throw new UsageException("GRPC_PORT is not a certain port: --service has to say where the service is");
    }

    /// <summary>The addresses to try, in order, for one that is listened on.</summary>
    public static IReadOnlyList<IPAddress> AddressesOf(IPAddress bind)
    {
        var plain = bind.IsIPv4MappedToIPv6 ? bind.MapToIPv4() : bind;
        if (plain.Equals(IPAddress.IPv6Any))
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        return [plain.Equals(IPAddress.Any) ? IPAddress.Loopback : plain];
    }
}
