using Sidecar.Host.Configuration;

namespace Sidecar.Host.Telemetry;

/// <summary>What is exported of telemetry, and how.</summary>
public sealed class TelemetryOptions
{
    /// <summary>Nothing.</summary>
    public static readonly TelemetryOptions Off = new();

    /// <summary>Whether anything is.</summary>
    public bool IsOn => ExportsTraces || ExportsMetrics || ExportsLogs;

    /// <summary>Whether traces are.</summary>
    public bool ExportsTraces { get; init; }

    /// <summary>Whether metrics are.</summary>
    public bool ExportsMetrics { get; init; }

    /// <summary>Whether logs are.</summary>
    public bool ExportsLogs { get; init; }

    /// <summary>The variables that the library reads the rest from. There may be credentials among them.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Reads them.</summary>
    public static TelemetryOptions Read(SettingsReader reader)
    {
        if (reader.Flag(TelemetrySettings.Disabled) == true)
            return Off;
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        var all = Url(TelemetrySettings.Endpoint);
        var (traces, metrics, logs) = (Url(TelemetrySettings.TracesEndpoint), Url(TelemetrySettings.MetricsEndpoint), Url(TelemetrySettings.LogsEndpoint));
        // Where nothing is exported, slips in the rest matter to nobody.
        if (!all && !traces && !metrics && !logs)
            return Off;
        foreach (var protocol in TelemetrySettings.OfProtocol)
            variables[protocol.Name] = reader.OneOf(protocol, TelemetrySettings.Protocols);
        variables[TelemetrySettings.Sampler.Name] = reader.OneOf(TelemetrySettings.Sampler, TelemetrySettings.Samplers);
        foreach (var headers in TelemetrySettings.OfHeaders)
            variables[headers.Name] = reader.Text(headers, AreHeaders);
        foreach (var plain in TelemetrySettings.Plain)
            variables[plain.Name] = reader.Text(plain);
        return new TelemetryOptions
        {
            ExportsTraces = IsExported(TelemetrySettings.TracesExporter) && (all || traces),
            ExportsMetrics = IsExported(TelemetrySettings.MetricsExporter) && (all || metrics),
            ExportsLogs = IsExported(TelemetrySettings.LogsExporter) && (all || logs),
            Variables = variables.Where(pair => pair.Value is not null).ToDictionary(StringComparer.Ordinal),
        };

        bool Url(Setting setting)
        {
            variables[setting.Name] = reader.Url(setting, Uri.UriSchemeHttp, Uri.UriSchemeHttps)?.ToString();
            return variables[setting.Name] is not null;
        }

        bool IsExported(Setting setting) => reader.OneOf(setting, TelemetrySettings.Otlp, TelemetrySettings.None) != TelemetrySettings.None;
    }

    // The library reads them at the start and throws where it can't, or fails at each export, with the value in what it says.
    private static bool AreHeaders(string text)
    {
        using var request = new HttpRequestMessage();
        var pairs = Uri.UnescapeDataString(text).Split(',');
        // It reads nothing behind the last comma.
        return Array.TrueForAll(pairs[^1].Length == 0 ? pairs[..^1] : pairs, pair => pair.Split('=', 2) is [var name, var value] && IsHeader(name.Trim(), value.Trim()));

        bool IsHeader(string name, string value)
        {
            // Such as are sent: the class takes more.
            if (!value.All(static c => c is '\t' or (>= ' ' and <= '~')))
                return false;
            try
            {
                request.Headers.Add(name, value);
                return true;
            }
            catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
            {
                return false;
            }
        }
    }
}
