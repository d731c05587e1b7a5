using System.Text.Json.Nodes;
using FluentAssertions;
using k8s.Models;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>The variables that the chart sets, against those that the service knows.</summary>
public sealed class SettingsSpecs
{
    // Those that extraEnv is for, those that would take a probe its path, and a list of nodes, which a Service takes the place of.
    private static readonly string[] WithoutValue =
        ["LOG_MESSAGE_KEY", "LOG_ERROR_KEY", "HEALTH_ENDPOINT_URL", "READY_ENDPOINT_URL", "CLUSTER_NODES",
         "DIAGNOSTICS_BIND", "DIAGNOSTICS_TOKEN", "HTTP_PORT", "HTTP_BIND",
         "WARM_UP_CUSTOMERS_FILE", "WARM_UP_TIMEOUT_SECONDS"];

    public static TheoryData<string> Sets => [.. Renders.All];

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task Each_variable_is_one_of_the_service(string set)
    {
        var known = Settings.All.SelectMany(it => new[] { it.Name, it.FileName });

        (await ChartVariablesAsync(set)).Should().BeSubsetOf(known);
    }

    [HelmFact]
    public async Task Each_setting_of_the_service_has_a_value_in_the_chart()
    {
        var set = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in Renders.All)
            set.UnionWith(await ChartVariablesAsync(one));
        var app = await Renders.TryAppAsync("--set", "sidecar.metrics.enabled=false,sidecar.inPod.unixSocket.enabled=true");
        var deployment = Manifest.Parse(app.Output).Single(it => it.Kind == "Deployment").As<V1Deployment>();
        set.UnionWith(deployment.Spec.Template.Sidecar().Variables().Keys);

        Settings.All.Where(it => !set.Contains(it.Name) && !set.Contains(it.FileName)).Select(it => it.Name)
            .Should().BeEquivalentTo(WithoutValue);
    }

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task The_service_can_use_each_value(string set)
    {
        var fallback = (await Renders.ObjectsAsync(set)).SingleOrDefault(it => it.Name.EndsWith("-fallback", StringComparison.Ordinal));
        var json = fallback?.As<V1ConfigMap>().Data["fallback.json"] ?? "{}";
        var variables = (await Pods.TemplateAsync(set)).Sidecar().Variables();
        var reader = new SettingsReader(
            variables.GetValueOrDefault, path => path.EndsWith("fallback.json", StringComparison.Ordinal) ? json : "content");

        var options = SidecarOptions.Read(reader, availableMemory: 1L << 29);

        reader.Faults.Should().BeEmpty();
        options.Fallbacks.FeatureIds.Should().BeEquivalentTo(JsonNode.Parse(json)!.AsObject().Select(it => it.Key));
    }

    // What the chart sets, without what the values add.
    private static async Task<IEnumerable<string>> ChartVariablesAsync(string set)
    {
        var extra = set == Renders.Everything ? new[] { "LOG_MESSAGE_KEY", "SOME_NUMBER", "SOME_FLAG", "NODE_NAME" } : [];
        return (await Pods.TemplateAsync(set)).Sidecar().Env.Select(it => it.Name).Except(extra);
    }
}
