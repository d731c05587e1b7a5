using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using k8s.Models;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>That what names another thing finds it, and that names are legal.</summary>
public sealed partial class WiringSpecs
{
    // As long as helm lets one be.
    private const string LongRelease = "a-release-with-a-name-as-long-as-helm-lets-one-be-123";

    public static TheoryData<string> Standalone => [.. Renders.All.Where(it => it != Renders.InPod)];

    [HelmTheory]
    [MemberData(nameof(Standalone))]
    public async Task Each_service_finds_the_pods_and_a_port_of_theirs(string set)
    {
        var template = await Pods.TemplateAsync(set);
        var ports = template.Sidecar().Ports.Select(it => it.Name).ToList();

        foreach (var service in Of<V1Service>(await Renders.ObjectsAsync(set), "Service"))
        {
            template.Metadata.Labels.Should().Contain(service.Spec.Selector);
            service.Spec.Ports.Should().OnlyContain(it => ports.Contains(it.TargetPort.Value));
            service.Spec.Ports.Should().OnlyContain(it => it.Name != "grpc" || it.AppProtocol == "kubernetes.io/h2c");
        }
    }

    [HelmTheory]
    [MemberData(nameof(Standalone))]
    public async Task Whatever_selects_pods_finds_them(string set)
    {
        var objects = await Renders.ObjectsAsync(set);
        var deployment = Of<V1Deployment>(objects, "Deployment").Single();
        var labels = deployment.Spec.Template.Metadata.Labels;

        labels.Should().Contain(deployment.Spec.Selector.MatchLabels);
        foreach (var budget in Of<V1PodDisruptionBudget>(objects, "PodDisruptionBudget"))
            labels.Should().Contain(budget.Spec.Selector.MatchLabels);
        foreach (var policy in Of<V1NetworkPolicy>(objects, "NetworkPolicy"))
        {
            labels.Should().Contain(policy.Spec.PodSelector.MatchLabels);
            policy.Spec.Ingress.SelectMany(it => it.Ports).Select(it => it.Port.Value)
                .Should().BeSubsetOf(deployment.Spec.Template.Sidecar().Ports.Select(it => it.Name));
        }
        foreach (var scaler in Of<V2HorizontalPodAutoscaler>(objects, "HorizontalPodAutoscaler"))
        {
            scaler.Spec.ScaleTargetRef.Name.Should().Be(deployment.Name());
            scaler.Spec.Metrics.Should().NotBeEmpty().And.OnlyContain(it => it.ContainerResource.Container == Pods.ContainerName);
            deployment.Spec.Replicas.Should().BeNull("the autoscaler sets it");
        }
    }

    [HelmTheory]
    [MemberData(nameof(Standalone))]
    public async Task Each_object_that_the_pod_reads_is_made_or_named_by_a_value(string set)
    {
        var objects = await Renders.ObjectsAsync(set);
        var spec = (await Pods.TemplateAsync(set)).Spec;
        var values = await File.ReadAllTextAsync(Renders.File(set));

        var read = spec.Volumes.Select(it => it.Secret?.SecretName ?? it.ConfigMap?.Name).OfType<string>();
        var made = objects.Select(it => it.Name).Concat(Of<NodesCertificate>(objects, "Certificate").Select(it => it.Spec.SecretName)).ToList();
        read.Where(name => !made.Contains(name) && !values.Contains(name)).Should().BeEmpty();
        if (spec.ServiceAccountName != "default")
            objects.Should().Contain(it => it.Kind == "ServiceAccount" && it.Name == spec.ServiceAccountName);
    }

    [HelmTheory]
    [InlineData("monitored")]
    [InlineData(Renders.Everything)]
    public async Task The_service_monitor_finds_the_metrics_service_alone(string set)
    {
        var objects = await Renders.ObjectsAsync(set);
        var monitor = Of<ServiceMonitor>(objects, "ServiceMonitor").Single();

        var found = Of<V1Service>(objects, "Service")
            .Where(it => monitor.Spec.Selector.MatchLabels.All(label => it.Labels().Contains(label)))
            .Should().ContainSingle().Subject;

        found.Name().Should().EndWith("-metrics");
        found.Namespace().Should().Be(monitor.Spec.NamespaceSelector!.MatchNames!.Single());
        monitor.Spec.Endpoints.Should().OnlyContain(it => found.Spec.Ports.Any(port => port.Name == it.Port));
    }

    [HelmFact]
    public async Task A_name_that_resolves_to_the_pods_has_the_port_of_the_container()
    {
        var services = Of<V1Service>(await Renders.ObjectsAsync("autoscaled"), "Service").ToDictionary(it => it.Name());

        services["shop-sidecar"].Spec.Ports.Single().Port.Should().Be(80);
        services["shop-sidecar-headless"].Spec.ClusterIP.Should().Be("None");
        services["shop-sidecar-headless"].Spec.Ports.Single().Port.Should().Be(50051);
    }

    [HelmFact]
    public async Task Without_plaintext_there_is_tls_alone()
    {
        var objects = Manifest.Parse(await Helm.TemplateAsync(
            Repository.Chart, "shop", "--values", Renders.File(Renders.Everything), "--set", "grpc.plaintext=false"));

        var container = Of<V1Deployment>(objects, "Deployment").Single().Spec.Template.Sidecar();
        container.Variables().Should().Contain("GRPC_PORT", "off").And.Contain("PORT", "8443");
        container.Ports.Select(it => it.Name).Should().Equal("grpc-tls", "cluster", "cluster-members", "metrics");
        Of<V1Service>(objects, "Service").SelectMany(it => it.Spec.Ports).Select(it => it.Name)
            .Should().BeEquivalentTo("grpc-tls", "grpc-tls", "cluster", "cluster-members", "metrics");
        Of<V1NetworkPolicy>(objects, "NetworkPolicy").Single().Spec.Ingress.SelectMany(it => it.Ports).Select(it => it.Port.Value)
            .Should().Equal("grpc-tls", "cluster", "cluster-members", "metrics");
    }

    [HelmFact]
    public async Task Outgoing_traffic_is_that_to_names_the_cloud_and_redis()
    {
        var policy = Of<V1NetworkPolicy>(await Renders.ObjectsAsync("redis"), "NetworkPolicy").Single();

        policy.Spec.Egress.Select(rule => string.Join(' ', rule.Ports.Select(it => it.Port.Value))).Should().Equal("53 53", "443", "6380");
        policy.Spec.Ingress.Select(rule => rule.Ports.Single().Port.Value).Should().Equal("grpc", "metrics");
    }

    [HelmTheory]
    [InlineData("shop", "", "shop-sidecar")]
    [InlineData("sidecar", "", "sidecar")]
    [InlineData(LongRelease, "", LongRelease + "-sidecar")]
    [InlineData(LongRelease, "nameOverride=a-name-that-takes-the-place-of-the-charts-own-name-and-is-long", "")]
    [InlineData("shop", "fullnameOverride=a-name-that-takes-the-place-of-all-others-and-is-just-as-long", "a-name-that-takes-the-place-of-all-others-and-is-just-as-long")]
    [InlineData("1.shop", "", "s-1-shop-sidecar")]
    [InlineData("123", "", "s-123-sidecar")]
    [InlineData("on", "fullnameOverride=on", "on")]
    [InlineData(LongRelease, "nameOverride=a-namex--b", LongRelease + "-a-namex")]
    public async Task Names_are_legal_and_short_enough_and_differ(string release, string values, string name)
    {
        string[] more = values.Length == 0 ? [] : ["--set", values];
        var objects = Manifest.Parse(await Helm.TemplateAsync(
            Repository.Chart, release, ["--values", Renders.File(Renders.Everything), "--set", "nameOverride=", .. more]));

        objects.Select(it => it.Name).Should().OnlyContain(it => it.Length <= 63 && Label1035().IsMatch(it));
        objects.Select(it => (it.Kind, it.Name)).Should().OnlyHaveUniqueItems();
        objects.Where(it => it.Kind == "Service").Select(it => it.Name).Should().HaveCount(4);
        if (name.Length > 0)
            objects.Single(it => it.Kind == "Deployment").Name.Should().Be(name);
        foreach (var value in objects.SelectMany(it => LabelValues(it.Content)))
            LabelValue().IsMatch(value).Should().BeTrue("{0} has to be a legal value of a label", value);
    }

    [HelmTheory]
    [InlineData("123")]
    [InlineData("1e3")]
    [InlineData("true")]
    [InlineData("on")]
    public async Task A_name_that_looks_like_a_number_or_a_flag_stays_text(string name)
    {
        string[] values = ["existingSecret.name", "redis.existingSecret.name", "serviceAccount.name", "priorityClassName", "tls.secretName", "cluster.tls.certManager.issuerRef.name"];
        var end = await Helm.RunAsync([
            "template", name, Repository.Chart, "--namespace", name, "--values", Renders.File(Renders.Everything),
            "--set", "redis.password=,serverApiKey=", .. values.SelectMany(it => new[] { "--set-string", $"{it}={name}" })]);

        end.ExitCode.Should().Be(0, "helm wrote: {0}", end.Errors);
        foreach (var manifest in Manifest.Parse(end.Output))
            manifest.Invoking(it => it.ToModel()).Should().NotThrow("{0} {1} has to be one", manifest.Kind, manifest.Name);
    }

    [HelmTheory]
    [MemberData(nameof(Standalone))]
    public async Task Ports_and_volumes_have_legal_names(string set)
    {
        var template = await Pods.TemplateAsync(set);

        template.Sidecar().Ports.Select(it => it.Name).Should().OnlyHaveUniqueItems().And.OnlyContain(it => it.Length <= 15);
        template.Spec.Volumes.Select(it => it.Name).Should().OnlyHaveUniqueItems().And.OnlyContain(it => it.Length <= 63);
    }

    [HelmFact]
    public async Task The_notes_say_how_to_ask_and_warn_of_what_is_better_done_otherwise()
    {
        var quiet = await NotesAsync("existingSecret.name=stigg,image.registry=registry.example");
        var plain = await NotesAsync("serverApiKey=a-key,service.port=81,redis.enabled=true,redis.host=h,redis.environmentPrefix=p");

        quiet.Should().Contain("port-forward service/shop-sidecar 50051:80")
            .And.Contain("127.0.0.1:50051 stigg.sidecar.v1.SidecarService/GetBooleanEntitlement").And.Contain("/readyz").And.NotContain("WARNING");
        plain.Should().Contain("50051:81").And.Contain("WARNING: serverApiKey").And.NotContain("a-key")
            .And.Contain("without a registry");
    }

    private static async Task<string> NotesAsync(string values)
    {
        var end = await Helm.RunAsync("install", "shop", Repository.Chart, "--namespace", "production", "--dry-run=client", "--set", values);
        end.ExitCode.Should().Be(0, "helm wrote: {0}", end.Errors);
        return end.Output[end.Output.IndexOf("NOTES:", StringComparison.Ordinal)..];
    }

    private static IEnumerable<T> Of<T>(IEnumerable<Manifest> objects, string kind) =>
        objects.Where(it => it.Kind == kind).Select(it => it.As<T>());

    private static IEnumerable<string> LabelValues(JsonNode? node) => node switch
    {
        // The labels of alerts are Prometheus' own.
        JsonObject map => map.SelectMany(it => it.Key is "labels" or "matchLabels" && it.Value is JsonObject labels && !map.ContainsKey("alert")
            ? labels.Select(label => (string)label.Value!)
            : LabelValues(it.Value)),
        JsonArray list => list.SelectMany(LabelValues),
        _ => [],
    };

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label1035();

    [GeneratedRegex("^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LabelValue();
}
