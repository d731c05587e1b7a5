using FluentAssertions;
using k8s.Models;

namespace Sidecar.Deploy.Tests;

/// <summary>The container in an app's own pods, as <c>deploy/helm/examples/app-with-sidecar</c> has it.</summary>
public sealed class InPodSpecs
{
    [HelmFact]
    public async Task It_is_an_init_container_that_stays_so_that_the_app_starts_after_it_and_ends_before_it()
    {
        var spec = (await Pods.TemplateAsync(Renders.InPod)).Spec;

        spec.InitContainers.Should().ContainSingle().Which.RestartPolicy.Should().Be("Always");
        spec.Containers.Select(it => it.Name).Should().Equal("app");
        spec.InitContainers[0].StartupProbe.HttpGet.Path.Should().Be("/readyz");
    }

    [HelmFact]
    public async Task It_is_asked_on_the_loopback_at_the_port_that_clients_know_without_being_root()
    {
        var spec = (await Pods.TemplateAsync(Renders.InPod)).Spec;

        spec.InitContainers[0].Variables().Should().Contain("GRPC_BIND", "127.0.0.1").And.Contain("GRPC_PORT", "80")
            .And.Contain("READY_WHEN", "serving").And.Contain("SHUTDOWN_DRAIN_SECONDS", "0").And.NotContainKey("METRICS_BIND");
        spec.SecurityContext.Sysctls.Should().ContainSingle().Which.Should().BeEquivalentTo(
            new V1Sysctl { Name = "net.ipv4.ip_unprivileged_port_start", Value = "0" });
    }

    [HelmFact]
    public async Task The_chart_makes_nothing_of_its_own_but_what_the_container_reads() =>
        (await Renders.ObjectsAsync(Renders.InPod)).Select(it => $"{it.Kind} {it.Name}")
            .Should().BeEquivalentTo("Deployment shop", "ConfigMap shop-sidecar-fallback");

    [HelmFact]
    public async Task A_higher_port_needs_no_sysctl()
    {
        var spec = await SpecAsync("--set", "sidecar.inPod.grpcPort=8443");

        spec.SecurityContext.Sysctls.Should().BeNullOrEmpty();
        spec.InitContainers[0].Variables().Should().Contain("GRPC_PORT", "8443");
    }

    [HelmFact]
    public async Task Without_metrics_commands_in_the_container_ask_a_port_that_only_the_pod_reaches()
    {
        var container = (await SpecAsync("--set", "sidecar.metrics.enabled=false")).InitContainers[0];

        container.Variables().Should().Contain("METRICS_BIND", "127.0.0.1").And.Contain("METRICS_PORT", "8081");
        container.LivenessProbe.Exec.Command.Should().Equal("/app/sidecar", "health");
        container.StartupProbe.Exec.Command.Should().Equal("/app/sidecar", "ready");
        container.ReadinessProbe.Exec.Command.Should().Equal("/app/sidecar", "ready");
        container.Ports.Should().BeNullOrEmpty();
    }

    [HelmFact]
    public async Task A_socket_is_in_a_volume_that_the_app_can_mount()
    {
        var spec = await SpecAsync("--set", "sidecar.inPod.unixSocket.enabled=true");

        var container = spec.InitContainers[0];
        container.Variables().Should().Contain("GRPC_UNIX_SOCKET", "/run/sidecar/sidecar.sock")
            .And.Contain("GRPC_UNIX_SOCKET_MODE", "0666");
        var mount = container.VolumeMounts.Single(it => it.MountPath == "/run/sidecar");
        mount.ReadOnlyProperty.Should().NotBe(true);
        spec.Volumes.Single(it => it.Name == mount.Name).EmptyDir.Should().NotBeNull();
    }

    [HelmFact]
    public async Task A_key_in_the_values_is_in_a_secret_that_the_pod_mounts()
    {
        var end = await Renders.TryAppAsync("--set", "sidecar.existingSecret.name=,sidecar.serverApiKey=a-key");
        var objects = Manifest.Parse(end.Output);

        var secret = objects.Single(it => it.Kind == "Secret").As<V1Secret>();
        secret.Data["stigg_server_api_key"].Should().Equal("a-key"u8.ToArray());
        objects.Single(it => it.Kind == "Deployment").As<V1Deployment>().Spec.Template.Spec.Volumes
            .Should().ContainSingle(it => it.Secret != null).Which.Secret.SecretName.Should().Be(secret.Name());
    }

    [HelmFact]
    public async Task A_chart_that_includes_the_container_and_forgets_the_mode_is_told()
    {
        var end = await Renders.TryAppAsync("--set", "sidecar.mode=standalone");

        end.ExitCode.Should().NotBe(0);
        end.Errors.Should().Contain("mode is standalone: set it to inPod");
    }

    [HelmFact]
    public async Task A_cluster_whose_init_containers_cannot_stay_is_refused()
    {
        var end = await Renders.TryAppAsync("--kube-version", "1.28.0");

        end.ExitCode.Should().NotBe(0);
        end.Errors.Should().Contain("mode inPod needs Kubernetes 1.29");
    }

    private static async Task<V1PodSpec> SpecAsync(params string[] arguments)
    {
        var end = await Renders.TryAppAsync(arguments);
        end.ExitCode.Should().Be(0, "helm wrote: {0}", end.Errors);
        return Manifest.Parse(end.Output).Single(it => it.Kind == "Deployment").As<V1Deployment>().Spec.Template.Spec;
    }
}
