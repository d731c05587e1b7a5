using Sidecar.Host.Configuration;

namespace Sidecar.Host.Telemetry;

/// <summary>
/// The OpenTelemetry project's own variables, as far as they are honoured. Their meaning is the project's; what a slip in them would turn off
/// without a word is checked here.
/// </summary>
public static class TelemetrySettings
{
    /// <summary>Turns all of it off.</summary>
    public static readonly Setting Disabled = new("OTEL_SDK_DISABLED", "false", Flag, "Whether nothing is exported, whatever else is set.");

    /// <summary>Where all of it goes, and what turns it on.</summary>
    public static readonly Setting Endpoint = new("OTEL_EXPORTER_OTLP_ENDPOINT", Setting.NoDefault, HttpUrl, "Where the collector is; set: telemetry is exported.");

    /// <summary>Where traces go.</summary>
    public static readonly Setting TracesEndpoint = OfSignal("TRACES", "ENDPOINT", HttpUrl, "Where traces go.");

    /// <summary>Where metrics go.</summary>
    public static readonly Setting MetricsEndpoint = OfSignal("METRICS", "ENDPOINT", HttpUrl, "Where metrics go.");

    /// <summary>Where logs go.</summary>
    public static readonly Setting LogsEndpoint = OfSignal("LOGS", "ENDPOINT", HttpUrl, "Where logs go.");

    /// <summary>Whether traces are exported.</summary>
    public static readonly Setting TracesExporter = new("OTEL_TRACES_EXPORTER", Otlp, OtlpOrNone, "Whether traces are exported.");

    /// <summary>Whether metrics are exported.</summary>
    public static readonly Setting MetricsExporter = new("OTEL_METRICS_EXPORTER", Otlp, OtlpOrNone, "Whether metrics are exported.");

    /// <summary>Whether logs are exported.</summary>
    public static readonly Setting LogsExporter = new("OTEL_LOGS_EXPORTER", Otlp, OtlpOrNone, "Whether logs are exported.");

    /// <summary>Which calls are traced.</summary>
    public static readonly Setting Sampler = new("OTEL_TRACES_SAMPLER", "parentbased_always_on", string.Join(", ", Samplers), "Which calls are traced.");

    /// <summary>What the exporter says when it is told to.</summary>
    public const string Otlp = "otlp";

    /// <summary>What it says when it is told not to.</summary>
    public const string None = "none";

    private const string Flag = "true or false, 1 or 0, yes or no";
    private const string HttpUrl = "an http or https URL without user, password, query or fragment";
    private const string OtlpOrNone = "otlp or none";
    private const string Headers = "name=value with commas between, each of them a header that a request can have";
    private const string AnyText = "what the library takes";

    /// <summary>The samplers that there are.</summary>
    public static string[] Samplers =>
        ["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"];

    /// <summary>The protocols that there are.</summary>
    public static string[] Protocols => ["grpc", "http/protobuf"];

    /// <summary>The protocol of all, and of each signal.</summary>
    public static IReadOnlyList<Setting> OfProtocol { get; } =
    [
        new("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "grpc or http/protobuf", "How the collector is spoken to."),
        .. OfSignals("PROTOCOL", "grpc or http/protobuf", "The same for one signal."),
    ];

    /// <summary>The headers of all, and of each signal.</summary>
    public static IReadOnlyList<Setting> OfHeaders { get; } =
    [
        new("OTEL_EXPORTER_OTLP_HEADERS", Setting.NoDefault, Headers, "Headers of each request to the collector: name=value, comma-separated.", IsSecret: true),
        .. OfSignals("HEADERS", Headers, "The same for one signal.", isSecret: true),
    ];

    /// <summary>Those that are handed on as they are.</summary>
    public static IReadOnlyList<Setting> Plain { get; } =
    [
        new("OTEL_SERVICE_NAME", "sidecar", AnyText, "The service's name."),
        new("OTEL_RESOURCE_ATTRIBUTES", Setting.NoDefault, AnyText, "What else is said of this process: name=value, comma-separated."),
        new("OTEL_TRACES_SAMPLER_ARG", Setting.NoDefault, AnyText, "With a ratio: from 0 to 1."),
        new("OTEL_EXPORTER_OTLP_TIMEOUT", "10000", AnyText, "How long an export may take, in ms."),
        .. OfSignals("TIMEOUT", AnyText, "The same for one signal."),
        new("OTEL_METRIC_EXPORT_INTERVAL", "60000", AnyText, "Time between exports of metrics, in ms."),
        new("OTEL_METRIC_EXPORT_TIMEOUT", "30000", AnyText, "How long an export of metrics may take, in ms."),
        new("OTEL_BSP_SCHEDULE_DELAY", "5000", AnyText, "Time between exports of spans, in ms."),
        new("OTEL_BSP_EXPORT_TIMEOUT", "30000", AnyText, "How long an export of spans may take, in ms."),
        new("OTEL_BSP_MAX_QUEUE_SIZE", "2048", AnyText, "Spans that wait at most; more are dropped."),
        new("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512", AnyText, "Spans in one export at most."),
        new("OTEL_BLRP_SCHEDULE_DELAY", "5000", AnyText, "The same of log lines."),
        new("OTEL_BLRP_EXPORT_TIMEOUT", "30000", AnyText, "The same of log lines."),
        new("OTEL_BLRP_MAX_QUEUE_SIZE", "2048", AnyText, "The same of log lines."),
        new("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "512", AnyText, "The same of log lines."),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Endpoint, TracesEndpoint, MetricsEndpoint, LogsEndpoint, .. OfProtocol, Disabled, TracesExporter, MetricsExporter, LogsExporter, Sampler, .. OfHeaders, .. Plain,
    ];

    private static string[] Signals => ["TRACES", "METRICS", "LOGS"];

    private static IEnumerable<Setting> OfSignals(string what, string accepted, string meaning, bool isSecret = false) =>
        Signals.Select(signal => OfSignal(signal, what, accepted, meaning, isSecret));

    private static Setting OfSignal(string signal, string what, string accepted, string meaning, bool isSecret = false) =>
        new($"OTEL_EXPORTER_OTLP_{signal}_{what}", Setting.NoDefault, accepted, meaning, isSecret);
}
