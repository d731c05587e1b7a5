using System.Text.Json.Serialization;
using k8s.Models;

namespace Sidecar.Deploy.Tests;

/// <summary>A ServiceMonitor, with those of the operator's fields that the chart may use.</summary>
internal sealed record ServiceMonitor(
    [property: JsonPropertyName("apiVersion"), JsonRequired] string ApiVersion,
    [property: JsonPropertyName("kind"), JsonRequired] string Kind,
    [property: JsonPropertyName("metadata"), JsonRequired] V1ObjectMeta Metadata,
    [property: JsonPropertyName("spec"), JsonRequired] ServiceMonitorSpec Spec);

/// <summary>What it selects, and what is scraped there.</summary>
internal sealed record ServiceMonitorSpec(
    [property: JsonPropertyName("selector"), JsonRequired] V1LabelSelector Selector,
    [property: JsonPropertyName("endpoints"), JsonRequired] IReadOnlyList<ServiceMonitorEndpoint> Endpoints,
    [property: JsonPropertyName("namespaceSelector")] ServiceMonitorNamespaces? NamespaceSelector);

/// <summary>The namespaces of the Services.</summary>
internal sealed record ServiceMonitorNamespaces([property: JsonPropertyName("matchNames")] IReadOnlyList<string>? MatchNames);

/// <summary>A port of them.</summary>
internal sealed record ServiceMonitorEndpoint(
    [property: JsonPropertyName("port"), JsonRequired] string Port,
    [property: JsonPropertyName("path")] string? Path,
    [property: JsonPropertyName("interval")] string? Interval,
    [property: JsonPropertyName("scrapeTimeout")] string? ScrapeTimeout,
    [property: JsonPropertyName("relabelings")] IReadOnlyList<Relabeling>? Relabelings,
    [property: JsonPropertyName("metricRelabelings")] IReadOnlyList<Relabeling>? MetricRelabelings);

/// <summary>A step of relabeling.</summary>
internal sealed record Relabeling(
    [property: JsonPropertyName("action")] string? Action,
    [property: JsonPropertyName("regex")] string? Regex,
    [property: JsonPropertyName("sourceLabels")] IReadOnlyList<string>? SourceLabels,
    [property: JsonPropertyName("targetLabel")] string? TargetLabel,
    [property: JsonPropertyName("replacement")] string? Replacement);

/// <summary>A PrometheusRule.</summary>
internal sealed record PrometheusRule(
    [property: JsonPropertyName("apiVersion"), JsonRequired] string ApiVersion,
    [property: JsonPropertyName("kind"), JsonRequired] string Kind,
    [property: JsonPropertyName("metadata"), JsonRequired] V1ObjectMeta Metadata,
    [property: JsonPropertyName("spec"), JsonRequired] PrometheusRuleSpec Spec);

/// <summary>Its groups.</summary>
internal sealed record PrometheusRuleSpec([property: JsonPropertyName("groups"), JsonRequired] IReadOnlyList<RuleGroup> Groups);

/// <summary>A group of rules.</summary>
internal sealed record RuleGroup(
    [property: JsonPropertyName("name"), JsonRequired] string Name,
    [property: JsonPropertyName("interval")] string? Interval,
    [property: JsonPropertyName("rules"), JsonRequired] IReadOnlyList<Rule> Rules);

/// <summary>An alert, or a recorded expression.</summary>
internal sealed record Rule(
    [property: JsonPropertyName("alert")] string? Alert,
    [property: JsonPropertyName("record")] string? Record,
    [property: JsonPropertyName("expr"), JsonRequired] string Expr,
    [property: JsonPropertyName("for")] string? For,
    [property: JsonPropertyName("labels")] IReadOnlyDictionary<string, string>? Labels,
    [property: JsonPropertyName("annotations")] IReadOnlyDictionary<string, string>? Annotations);
