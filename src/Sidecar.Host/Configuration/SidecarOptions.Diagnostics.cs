using System.Net;

namespace Sidecar.Host.Configuration;

/// <summary>The diagnostics, which everything else comes before.</summary>
public sealed partial record SidecarOptions
{
    private const string WithoutDiagnostics = "the service runs without diagnostics";

    /// <summary>Whether a text can be the token: any other character could not stand in a header.</summary>
    internal static bool IsUsableToken(string text) =>
        text.Length is >= MinTokenLength and <= MaxTokenLength && text.All(c => c is > ' ' and <= '~');

    // A port that nobody chose gives way without a word.
    private static SidecarOptions DiagnosticsBesideOthers(SidecarOptions options, SettingsReader reader)
    {
        if (options.DiagnosticsPort == NoPort || reader.Faults.Any(fault => fault.EndsProcess))
            return options;
        if (!IPAddress.IsLoopback(options.DiagnosticsBind) && options.DiagnosticsToken is null)
        {
            reader.TakeInstead(Settings.DiagnosticsPort, "off");
            // One that was given and can't be used has a fault of its own, which says what is expected.
            reader.AddFault(
                Settings.DiagnosticsBind,
                $"is {options.DiagnosticsBind}, which others reach, without {Settings.DiagnosticsToken.Name}, expected that too, or an address of the loopback; {WithoutDiagnostics}");
            return options with { DiagnosticsPort = NoPort };
        }

        var port = options.DiagnosticsPort;
        if (port == 0 || TakerOf(port, options) is not { } other)
            return options;
        reader.TakeInstead(Settings.DiagnosticsPort, "off");
        if (IsDiagnosticsSet(reader))
            reader.AddFault(Settings.DiagnosticsPort, $"is {port}, which is {other.Name}'s too, expected another port, 0 or off; {WithoutDiagnostics}");
        return options with { DiagnosticsPort = NoPort };
    }

    // With a token, sidecar diag sends it to whatever listens there: that must not be somebody else without a word.
    private static bool IsDiagnosticsSet(SettingsReader reader) =>
        reader.IsSet(Settings.DiagnosticsPort) || reader.IsSet(Settings.DiagnosticsBind) || reader.IsSet(Settings.DiagnosticsToken);

    private static Setting? TakerOf(int port, SidecarOptions options)
    {
        (Setting Setting, int Port, IPAddress Address)[] others =
        [
            (Settings.GrpcPort, options.GrpcPort, options.GrpcBind),
            (Settings.TlsPort, options.TlsPort, options.GrpcBind),
            (Settings.MetricsPort, options.MetricsPort, options.MetricsBind),
            (Settings.HttpPort, options.HttpPort, options.HttpBind),
            .. options.Cluster is { IsEnabled: true, Host: { } host } cluster
                ? [(Settings.ClusterPort, cluster.Port, host), (Settings.ClusterPort, cluster.ExchangePort, host)]
                : Array.Empty<(Setting, int, IPAddress)>(),
        ];
        return others.FirstOrDefault(other => other.Port == port && Overlap(other.Address, options.DiagnosticsBind)).Setting;
    }
}
