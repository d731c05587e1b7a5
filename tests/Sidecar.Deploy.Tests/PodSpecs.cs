using FluentAssertions;
using k8s.Models;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>What every pod with the service has.</summary>
public sealed class PodSpecs
{
    public static TheoryData<string> Sets => [.. Renders.All];

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task Each_container_has_its_hardening_and_its_probes(string set)
    {
        var template = await Pods.TemplateAsync(set);
        var container = template.Sidecar();

        var rights = container.SecurityContext;
        rights.RunAsNonRoot.Should().BeTrue();
        rights.RunAsUser.Should().Be(65532);
        rights.RunAsGroup.Should().Be(65532);
        rights.ReadOnlyRootFilesystem.Should().BeTrue();
        rights.AllowPrivilegeEscalation.Should().BeFalse();
        rights.Privileged.Should().NotBe(true);
        rights.Capabilities.Drop.Should().Equal("ALL");
        rights.Capabilities.Add.Should().BeNullOrEmpty();
        rights.SeccompProfile.Type.Should().Be("RuntimeDefault");
        template.Spec.AutomountServiceAccountToken.Should().BeFalse();
        template.Spec.HostNetwork.Should().NotBe(true);

        foreach (var probe in new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe })
        {
            new object?[] { probe.HttpGet, probe.Grpc, probe.TcpSocket, probe.Exec }.OfType<object>().Should().ContainSingle();
            probe.TimeoutSeconds.Should().Be(3);
        }
        container.LivenessProbe.FailureThreshold.Should().Be(3);
        container.ReadinessProbe.FailureThreshold.Should().Be(3);
    }

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task Each_container_asks_for_memory_and_cpu_and_has_a_limit_of_memory_alone(string set)
    {
        var resources = (await Pods.TemplateAsync(set)).Sidecar().Resources;

        resources.Requests.Keys.Should().BeEquivalentTo("cpu", "memory");
        resources.Limits.Keys.Should().BeEquivalentTo("memory");
    }

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task No_secret_is_in_a_variable(string set)
    {
        var template = await Pods.TemplateAsync(set);
        var objects = await Renders.ObjectsAsync(set);

        var variables = template.Spec.Containers.Concat(template.Spec.InitContainers ?? []).SelectMany(it => it.Env ?? []).ToList();
        variables.Should().NotContain(it => it.Name == "SERVER_API_KEY" || it.Name == "REDIS_PASSWORD");
        variables.Should().NotContain(it => it.ValueFrom != null && it.ValueFrom.SecretKeyRef != null);
        objects.Where(it => it.Kind != "Secret").Select(it => it.Content.ToJsonString())
            .Should().NotContain(text => text.Contains("-of-a-test", StringComparison.Ordinal), "plain secrets belong into a Secret alone");
    }

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task Each_file_that_a_variable_names_is_in_a_directory_that_is_mounted_whole(string set)
    {
        var template = await Pods.TemplateAsync(set);
        var container = template.Sidecar();

        container.VolumeMounts.Should().OnlyContain(mount => mount.SubPath == null && mount.SubPathExpr == null);
        container.VolumeMounts.Select(mount => mount.Name).Should().OnlyHaveUniqueItems()
            .And.BeSubsetOf(template.Spec.Volumes.Select(volume => volume.Name));
        foreach (var (name, path) in container.Variables().Where(it => it.Value.StartsWith("/etc/sidecar/", StringComparison.Ordinal)))
        {
            var mount = container.VolumeMounts
                .Should().ContainSingle(it => path.StartsWith(it.MountPath + "/", StringComparison.Ordinal), "{0} needs it", name).Subject;
            mount.ReadOnlyProperty.Should().BeTrue();
            var volume = template.Spec.Volumes.Single(it => it.Name == mount.Name);
            var files = (volume.Secret?.Items ?? volume.ConfigMap?.Items)?.Select(it => it.Path);
            files?.Should().Contain(Path.GetFileName(path));
        }
    }

    [HelmTheory]
    [InlineData("default", "server-api-key", "stigg", "stigg_server_api_key")]
    [InlineData("redis", "server-api-key", "stigg", "server")]
    [InlineData("redis", "password", "redis-auth", "REDIS_PASSWORD")]
    [InlineData("redis", "ca.crt", "redis-ca", "ca.crt")]
    [InlineData(Renders.InPod, "server-api-key", "stigg", "stigg_server_api_key")]
    [InlineData("monitored", "server-api-key", "shop-sidecar-key", "stigg_server_api_key")]
    [InlineData(Renders.Everything, "password", "shop-entitlements-redis", "REDIS_PASSWORD")]
    public async Task A_file_comes_from_the_entry_of_the_secret_that_is_named(string set, string file, string secret, string entry)
    {
        var items = (await Pods.TemplateAsync(set)).Spec.Volumes
            .Where(it => it.Secret?.SecretName == secret)
            .SelectMany(it => it.Secret.Items);

        items.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Key = entry, Path = file });
    }

    [HelmTheory]
    [InlineData("default", "/livez", "/livez", "/readyz")]
    [InlineData(Renders.InPod, "/readyz", "/livez", "/readyz")]
    public async Task Probes_ask_the_metrics_port(string set, string startup, string liveness, string readiness)
    {
        var container = (await Pods.TemplateAsync(set)).Sidecar();

        container.StartupProbe.HttpGet.Path.Should().Be(startup);
        container.LivenessProbe.HttpGet.Path.Should().Be(liveness);
        container.ReadinessProbe.HttpGet.Path.Should().Be(readiness);
        foreach (var probe in new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe })
            container.Ports.Single(port => port.Name == probe.HttpGet.Port.Value).ContainerPort.Should().Be(Port(container, "METRICS_PORT"));
    }

    [HelmFact]
    public async Task Without_a_metrics_port_readiness_asks_grpc_and_liveness_the_open_port_alone()
    {
        var container = (await Pods.TemplateAsync("bare")).Sidecar();

        container.Variables()["METRICS_PORT"].Should().Be("off");
        container.StartupProbe.TcpSocket.Port.Value.Should().Be("grpc");
        container.LivenessProbe.TcpSocket.Port.Value.Should().Be("grpc");
        container.ReadinessProbe.Grpc.Port.Should().Be(Port(container, "GRPC_PORT"));
        container.ReadinessProbe.Grpc.Service.Should().BeNullOrEmpty();
    }

    [HelmTheory]
    [InlineData("default", 10)]
    [InlineData(Renders.InPod, 0)]
    public async Task The_pod_has_time_for_the_drain_and_20_seconds(string set, int drain)
    {
        var template = await Pods.TemplateAsync(set);

        Port(template.Sidecar(), "SHUTDOWN_DRAIN_SECONDS").Should().Be(drain);
        // Kubernetes' own default, which the app's pod has.
        (template.Spec.TerminationGracePeriodSeconds ?? 30).Should().BeGreaterThanOrEqualTo(drain + 20);
    }

    [HelmFact]
    public async Task New_fallbacks_need_new_pods_and_a_new_key_needs_none()
    {
        var one = Repository.Chart;
        var values = new[] { "--values", Renders.File("monitored") };
        var was = Template(await Helm.TemplateAsync(one, "shop", values));

        var otherKey = Template(await Helm.TemplateAsync(one, "shop", [.. values, "--set", "serverApiKey=another"]));
        var otherFallback = Template(await Helm.TemplateAsync(one, "shop", [.. values, "--set", "fallback.feature-sso.hasAccess=false"]));

        otherKey.Should().BeEquivalentTo(was);
        otherFallback.Metadata.Annotations.Should().NotBeEquivalentTo(was.Metadata.Annotations);
    }

    [HelmFact]
    public async Task Fallbacks_are_the_json_that_the_service_reads()
    {
        var map = (await Renders.ObjectsAsync("monitored")).Single(it => it.Name == "shop-sidecar-fallback").As<V1ConfigMap>();

        System.Text.Json.Nodes.JsonNode.Parse(map.Data["fallback.json"])!.ToJsonString().Should().Be(
            """{"feature-api-calls":{"hasAccess":true,"usageLimit":1000000},"feature-sso":{"hasAccess":true}}""");
    }

    [HelmFact]
    public async Task A_number_in_extra_variables_stays_as_it_was_written()
    {
        var variables = (await Pods.TemplateAsync(Renders.Everything)).Sidecar().Variables();

        variables.Should().Contain("SOME_NUMBER", "30000000").And.Contain("SOME_FLAG", "true")
            .And.Contain("CACHE_MAX_SIZE_BYTES", "134217728");
    }

    [HelmTheory]
    [InlineData("0", "off")]
    [InlineData("60", "60")]
    public async Task Connections_have_an_age_unless_it_is_zero(string value, string variable)
    {
        var text = await Helm.TemplateAsync(
            Repository.Chart, "shop", "--values", Renders.File("default"), "--set", "grpc.maxConnectionAgeSeconds=" + value);

        Template(text).Sidecar().Variables().Should().Contain("GRPC_MAX_CONNECTION_AGE_SECONDS", variable);
    }

    [HelmTheory]
    [InlineData("true", "on")]
    [InlineData("false", "off")]
    public async Task The_status_page_is_there_unless_it_is_not_wanted(string value, string variable)
    {
        var text = await Helm.TemplateAsync(
            Repository.Chart, "shop", "--values", Renders.File("default"), "--set", "metrics.statusPage=" + value);

        Template(text).Sidecar().Variables().Should().Contain("STATUS_PAGE", variable);
    }

    [HelmFact]
    public async Task A_digest_wins_over_the_tag()
    {
        (await Pods.TemplateAsync(Renders.Everything)).Sidecar().Image.Should().StartWith("registry.example:5000/platform/sidecar@sha256:");
        (await Pods.TemplateAsync("default")).Sidecar().Image.Should().Be("sidecar:0.1.0");
    }

    [HelmFact]
    public async Task What_is_extra_is_put_where_it_belongs()
    {
        var template = await Pods.TemplateAsync(Renders.Everything);

        template.Metadata.Labels.Should().Contain("e", "f").And.Contain("team", "billing");
        template.Metadata.Annotations.Should().Contain("c", "d");
        template.Spec.InitContainers.Select(it => it.Name).Should().Equal("before");
        template.Spec.Containers.Select(it => it.Name).Should().Equal("sidecar", "beside");
        template.Spec.Volumes.Should().Contain(it => it.Name == "more");
        template.Sidecar().VolumeMounts.Should().Contain(it => it.MountPath == "/more");
        template.Sidecar().EnvFrom.Should().ContainSingle();
        template.Spec.TopologySpreadConstraints.Select(it => it.TopologyKey)
            .Should().Equal("kubernetes.io/hostname", "topology.kubernetes.io/zone", "rack");
        template.Spec.PriorityClassName.Should().Be("important");
        template.Spec.ImagePullSecrets.Should().ContainSingle().Which.Name.Should().Be("registry");
        template.Spec.NodeSelector.Should().ContainSingle();
        template.Spec.Tolerations.Should().ContainSingle();
        template.Spec.Affinity.NodeAffinity.Should().NotBeNull();
        (await Renders.ObjectsAsync(Renders.Everything)).Select(it => $"{it.Kind} {it.Name}")
            .Should().Contain("ConfigMap more").And.Contain("ConfigMap yet-more");
    }

    private static V1PodTemplateSpec Template(string yaml) =>
        Manifest.Parse(yaml).Single(it => it.Kind == "Deployment").As<V1Deployment>().Spec.Template;

    private static int Port(V1Container container, string variable) =>
        int.Parse(container.Variables()[variable], System.Globalization.CultureInfo.InvariantCulture);
}
