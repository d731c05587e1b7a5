using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using k8s.Models;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>Alerts and dashboard, against what docs/metrics.md says that there is.</summary>
public sealed partial class MonitoringSpecs
{
    // Of kube-state-metrics, for what only the cluster knows.
    private static readonly string[] OfTheCluster = ["kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready"];

    // What a scrape and Prometheus itself put there.
    private static readonly string[] AddedLabels = ["namespace", "job", "pod", "container", "deployment", "le"];

    private static string DashboardFile => Path.Combine(Repository.Chart, "dashboards", "sidecar.json");

    [HelmTheory]
    [InlineData("monitored")]
    [InlineData(Renders.Everything)]
    public async Task Each_alert_asks_for_metrics_labels_and_values_that_there_are(string set)
    {
        foreach (var rule in await RulesAsync(set))
            Check(rule.Alert ?? rule.Record!, rule.Expr);
    }

    [HelmTheory]
    [InlineData("2")]
    [InlineData("page: at once")]
    [InlineData("a \"b\"")]
    public async Task Severity_is_text_whatever_it_is_called(string severity)
    {
        var text = await Helm.TemplateAsync(
            Repository.Chart, "shop", "--values", Renders.File("monitored"), "--set-string", "prometheusRule.severity.warning=" + severity);

        Manifest.Parse(text).Single(it => it.Kind == "PrometheusRule").As<PrometheusRule>()
            .Spec.Groups.SelectMany(it => it.Rules).Should().Contain(rule => rule.Labels!["severity"] == severity);
    }

    [Fact]
    public async Task Each_panel_asks_for_metrics_labels_and_values_that_there_are()
    {
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(DashboardFile))!;
        var expressions = (from panel in dashboard["panels"]!.AsArray()
                           from target in panel!["targets"]?.AsArray() ?? []
                           select (Title: (string)panel["title"]!, Expr: (string)target!["expr"]!)).ToList();

        expressions.Should().HaveCountGreaterThan(40);
        foreach (var (title, expr) in expressions)
            Check(title, expr);
    }

    [Fact]
    public async Task The_dashboard_shows_every_metric_of_the_service()
    {
        var text = await File.ReadAllTextAsync(DashboardFile);

        MetricsDocument.Series.Keys.Select(it => HistogramSuffix().Replace(it, "")).Distinct()
            // The time of the last message is shown as its age.
            .Where(it => it != "sidecar_stream_last_message_timestamp_seconds")
            .Should().OnlyContain(metric => text.Contains(metric, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_panels_of_the_dashboard_do_not_overlap()
    {
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(DashboardFile))!;
        var panels = dashboard["panels"]!.AsArray();

        panels.Select(it => (int)it!["id"]!).Should().OnlyHaveUniqueItems();
        (from panel in panels
         let at = panel!["gridPos"]!
         from x in Enumerable.Range((int)at["x"]!, (int)at["w"]!)
         from y in Enumerable.Range((int)at["y"]!, (int)at["h"]!)
         select (x, y)).Should().OnlyHaveUniqueItems().And.OnlyContain(cell => cell.x < 24);
    }

    [HelmFact]
    public async Task The_config_map_has_the_dashboard_under_the_label_that_grafana_looks_for()
    {
        var map = (await Renders.ObjectsAsync("monitored")).Single(it => it.Name == "shop-sidecar-dashboard").As<V1ConfigMap>();

        map.Labels().Should().Contain("grafana_dashboard", "1");
        map.Data["sidecar.json"].Should().Be(await File.ReadAllTextAsync(DashboardFile));
    }

    [HelmTheory]
    [InlineData("SidecarInitializationErrors", "sidecar_initialization_errors_total", "> 0", null, "critical")]
    [InlineData("SidecarInvalidApiKey", "sidecar_invalid_api_key_errors_total", "[5m])) > 0", null, "critical")]
    [InlineData("SidecarNetworkErrors", "sidecar_network_request_errors_total", "[5m])) > 0", null, "warning")]
    [InlineData("SidecarNetworkErrorsLasting", "sidecar_network_request_errors_total", "[5m])) > 0", "10m", "critical")]
    [InlineData("SidecarRedisErrors", "sidecar_redis_client_errors_total", "[5m])) > 0", null, "warning")]
    [InlineData("SidecarRedisErrorsLasting", "sidecar_redis_client_errors_total", "[5m])) > 0", "10m", "critical")]
    public async Task The_alerts_of_the_original_keep_their_thresholds(
        string alert, string metric, string threshold, string? lasting, string severity)
    {
        var rule = (await RulesAsync("monitored")).Single(it => it.Alert == alert);

        rule.Expr.Should().Contain(metric + "{").And.EndWith(threshold);
        rule.For.Should().Be(lasting);
        rule.Labels.Should().Contain("severity", severity).And.Contain("team", "billing");
    }

    [HelmFact]
    public async Task Each_alert_has_a_name_of_its_own_and_says_what_is_wrong_and_what_to_do()
    {
        var rules = await RulesAsync("monitored");

        rules.Select(it => it.Alert).Should().OnlyHaveUniqueItems().And.HaveCountGreaterThan(15);
        rules.Should().OnlyContain(it => it.Annotations!["summary"].Length > 0 && it.Annotations["description"].Length > 0);
        rules.SelectMany(it => it.Annotations!.Values.Append(it.Expr)).Should().OnlyContain(
            text => text.Count(c => c == '(') == text.Count(c => c == ')') && text.Count(c => c == '{') == text.Count(c => c == '}'));
    }

    [HelmFact]
    public async Task Alerts_look_at_this_release_alone()
    {
        foreach (var rule in await RulesAsync("monitored"))
        {
            Selectors().Matches(rule.Expr).Should().OnlyContain(
                it => it.Value.Contains("namespace=\"production\",job=\"shop-sidecar-metrics\"", StringComparison.Ordinal)
                    || it.Value.Contains("namespace=\"production\",deployment=\"shop-sidecar\"", StringComparison.Ordinal));
        }
    }

    [HelmFact]
    public async Task An_alert_can_be_left_out_and_rules_can_be_added()
    {
        var rules = await RulesAsync(Renders.Everything);

        rules.Should().NotContain(it => it.Alert == "SidecarCacheMisses").And.Contain(it => it.Record == "sidecar:answers");
    }

    private static async Task<IReadOnlyList<Rule>> RulesAsync(string set) =>
        [
            .. (await Renders.ObjectsAsync(set)).Single(it => it.Kind == "PrometheusRule").As<PrometheusRule>()
                .Spec.Groups.SelectMany(it => it.Rules),
        ];

    private static void Check(string what, string expression)
    {
        var names = Names().Matches(expression).Select(it => it.Value).ToList();
        names.Should().NotBeEmpty("{0} has to ask for something", what);
        names.Should().BeSubsetOf(MetricsDocument.Series.Keys.Concat(OfTheCluster), "{0} asks for them", what);

        var labels = names.Where(MetricsDocument.Series.ContainsKey)
            .SelectMany(it => MetricsDocument.Series[it].Labels).Concat(AddedLabels).ToList();
        foreach (Match grouping in Groupings().Matches(expression))
            grouping.Groups["labels"].Value.Split(',').Select(it => it.Trim()).Should().BeSubsetOf(labels, "{0} groups by them", what);
        foreach (Match selector in Selectors().Matches(expression))
        {
            var metric = MetricsDocument.Series.GetValueOrDefault(selector.Groups["metric"].Value);
            foreach (Match matcher in Matchers().Matches(selector.Groups["matchers"].Value))
            {
                var label = matcher.Groups["label"].Value;
                if (AddedLabels.Contains(label))
                    continue;
                metric.Should().NotBeNull();
                metric!.Labels.Should().Contain(label, "{0} asks for it", what);
                Words().Matches(metric.Text).Select(it => it.Value)
                    .Should().Contain(matcher.Groups["value"].Value.Split('|'), "{0} asks for them", what);
            }
        }
    }

    [GeneratedRegex(@"\b(?:sidecar|process|kube|dotnet)_[a-z0-9_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();

    [GeneratedRegex(@"\bby \((?<labels>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Groupings();

    [GeneratedRegex(@"\b(?<metric>[a-z_][a-z0-9_]*)\{(?<matchers>[^}]*)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Selectors();

    [GeneratedRegex("(?<label>[a-z_]+)=~?\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Matchers();

    [GeneratedRegex(@"\w+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();

    [GeneratedRegex("_(?:bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HistogramSuffix();
}
