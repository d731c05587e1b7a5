using System.Net;
using Sidecar.Actors;
using Sidecar.Host.CommandLine.Probing;
using Sidecar.Host.Configuration;

namespace Sidecar.Host.CommandLine.Diagnosing;

/// <summary>Where the diagnostics are, and what they are asked with.</summary>
/// <param name="Address">Where.</param>
/// <param name="Token">The token, or null.</param>
internal sealed record DiagTarget(Uri Address, Secret? Token)
{
    /// <summary>That of a request, or of the service that runs on this machine with the same variables.</summary>
    /// <exception cref="UsageException">The variables tell no certain port.</exception>
    public static DiagTarget Of(DiagRequest request, CommandContext context)
    {
        var reader = context.Settings();
        // The memory available decides nothing here.
        var options = SidecarOptions.Read(reader, availableMemory: 0);
        if (reader.IsFaulted(Settings.DiagnosticsToken))
            throw new UsageException(reader.Faults.First(fault => fault.Text.StartsWith(Settings.DiagnosticsToken.Name, StringComparison.Ordinal)).Text);
        if (request.Address is { } given)
            return new DiagTarget(given, options.DiagnosticsToken);
        if (options.DiagnosticsPort <= 0)
            throw new UsageException("DIAGNOSTICS_PORT is no certain port that can be used: --address has to say where the service is");
        var place = new IPEndPoint(ProbeTarget.AddressesOf(options.DiagnosticsBind)[0], options.DiagnosticsPort);
        return new DiagTarget(new Uri($"http://{place}"), options.DiagnosticsToken);
    }
}
