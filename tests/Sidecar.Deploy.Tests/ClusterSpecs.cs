using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using k8s.Models;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>The pods as nodes of one cluster: how they find each other, and what they know each other by.</summary>
public sealed class ClusterSpecs
{
    private const string Cluster = "cluster";
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";
    private const string Generated = "cluster.enabled=true";
    private const string ByCertManager = "cluster.enabled=true,cluster.tls.mode=certManager,cluster.tls.certManager.issuerRef.name=nodes";

    [HelmTheory]
    [InlineData("cluster.port=5054", 5054)]
    [InlineData("cluster.port=6000,fullnameOverride=a-name-that-takes-the-place-of-all-others-and-is-just-as-long", 6000)]
    public async Task Nodes_find_each_other_by_the_name_of_a_service_that_has_them_before_they_are_ready(string values, int port)
    {
        var objects = await RenderAsync(Cluster, values);
        var container = Template(objects).Sidecar();
        var peers = Of<V1Service>(objects, "Service").Single(it => it.Name().EndsWith("-peers", StringComparison.Ordinal));

        container.Variables().Should().Contain("CLUSTER_ENABLED", "true").And.Contain("CLUSTER_DISCOVERY", "dns")
            .And.Contain("CLUSTER_DNS_NAME", $"{peers.Name()}.{peers.Namespace()}.svc")
            .And.Contain("CLUSTER_PORT", $"{port}").And.Contain("CLUSTER_REQUIRED_CONTACT_POINTS", "3");
        container.Env.Single(it => it.Name == "CLUSTER_HOST").ValueFrom.FieldRef.FieldPath.Should().Be("status.podIP");
        peers.Spec.ClusterIP.Should().Be("None");
        peers.Spec.PublishNotReadyAddresses.Should().BeTrue();
        peers.Spec.Selector.Should().BeEquivalentTo(Of<V1Deployment>(objects, "Deployment").Single().Spec.Selector.MatchLabels);
        peers.Spec.Ports.Select(it => (it.TargetPort.Value, it.Port)).Should().Equal((Cluster, port), ("cluster-members", port + 1));
        container.Ports.Where(it => it.Name.StartsWith(Cluster, StringComparison.Ordinal)).Select(it => (it.Name, it.ContainerPort))
            .Should().Equal((Cluster, port), ("cluster-members", port + 1));
    }

    [HelmFact]
    public async Task Nodes_alone_reach_the_ports_of_nodes()
    {
        var objects = await Renders.ObjectsAsync(Cluster);
        var labels = Template(objects).Metadata.Labels;
        var policy = Of<V1NetworkPolicy>(objects, "NetworkPolicy").Single().Spec;

        var into = policy.Ingress.Where(rule => rule.Ports.Any(it => it.Port.Value.StartsWith(Cluster, StringComparison.Ordinal)))
            .Should().ContainSingle().Subject;
        into.Ports.Select(it => it.Port.Value).Should().Equal(Cluster, "cluster-members");
        var from = into.FromProperty.Should().ContainSingle().Subject;
        var outOf = policy.Egress.Where(rule => rule.Ports.Any(it => it.Port.Value is "5054" or "5055")).Should().ContainSingle().Subject;
        outOf.Ports.Select(it => it.Port.Value).Should().Equal("5054", "5055");
        var to = outOf.To.Should().ContainSingle().Subject;
        foreach (var peer in new[] { from, to })
        {
            peer.NamespaceSelector.Should().BeNull("it is the own namespace");
            peer.IpBlock.Should().BeNull();
            peer.PodSelector.MatchLabels.Should().BeEquivalentTo(policy.PodSelector.MatchLabels);
            labels.Should().Contain(peer.PodSelector.MatchLabels);
        }
    }

    [HelmTheory]
    [InlineData("cluster", "", "nodes", "node.pem", "node-key.pem", "authorities.pem")]
    [InlineData("default", Generated, "shop-sidecar-cluster-tls", "tls.crt", "tls.key", "ca.crt")]
    [InlineData("default", ByCertManager, "shop-sidecar-cluster-cert", "tls.crt", "tls.key", "ca.crt")]
    public async Task Certificate_key_and_authorities_are_files_that_the_group_reads(
        string set, string values, string secret, string certificate, string key, string authorities)
    {
        var template = Template(await RenderAsync(set, values));
        var container = template.Sidecar();

        container.Variables().Should().Contain("CLUSTER_TLS", "on").And.Contain("CLUSTER_TLS_NAME", "sidecar-node")
            .And.Contain("CLUSTER_TLS_CERT_FILE", "/etc/sidecar/cluster/tls.crt")
            .And.Contain("CLUSTER_TLS_KEY_FILE", "/etc/sidecar/cluster/tls.key")
            .And.Contain("CLUSTER_TLS_CA_FILE", "/etc/sidecar/cluster/ca.crt");
        var mount = container.VolumeMounts.Single(it => it.MountPath == "/etc/sidecar/cluster");
        mount.ReadOnlyProperty.Should().BeTrue();
        var volume = template.Spec.Volumes.Single(it => it.Name == mount.Name).Secret;
        volume.SecretName.Should().Be(secret);
        volume.DefaultMode.Should().Be(Convert.ToInt32("440", 8));
        volume.Items.Should().BeEquivalentTo(
            new[] { new { Key = certificate, Path = "tls.crt" }, new { Key = key, Path = "tls.key" }, new { Key = authorities, Path = "ca.crt" } });
    }

    [HelmFact]
    public async Task Without_tls_the_service_is_told_so_and_nothing_is_mounted()
    {
        var objects = await RenderAsync("default", "cluster.enabled=true,cluster.tls.mode=off");

        var container = Template(objects).Sidecar();
        container.Variables().Should().Contain("CLUSTER_TLS", "off");
        container.Variables().Keys.Should().NotContain(it => it.StartsWith("CLUSTER_TLS_", StringComparison.Ordinal));
        container.VolumeMounts.Should().NotContain(it => it.MountPath == "/etc/sidecar/cluster");
        objects.Should().NotContain(it => it.Kind == "Secret" || it.Kind == "Certificate");
    }

    [HelmTheory]
    [InlineData("sidecar-node", Generated)]
    [InlineData("nodes.billing.internal", "cluster.enabled=true,cluster.tls.name=nodes.billing.internal")]
    public async Task A_generated_certificate_is_good_for_both_ends_and_comes_from_an_authority_of_its_own(string name, string values)
    {
        var objects = await RenderAsync("default", values);
        var secret = Of<V1Secret>(objects, "Secret").Single(it => it.Type == "kubernetes.io/tls");
        using var certificate = X509Certificate2.CreateFromPem(Pem(secret, "tls.crt"), Pem(secret, "tls.key"));
        using var authority = X509Certificate2.CreateFromPem(Pem(secret, "ca.crt"));

        secret.Data.Keys.Should().BeEquivalentTo("tls.crt", "tls.key", "ca.crt");
        Template(objects).Sidecar().Variables().Should().Contain("CLUSTER_TLS_NAME", name);
        certificate.MatchesHostname(name, allowWildcards: false, allowCommonName: false).Should().BeTrue();
        certificate.GetRSAPrivateKey()!.KeySize.Should().BeGreaterThanOrEqualTo(2048);
        Purposes(certificate).Should().BeEquivalentTo(ServerPurpose, ClientPurpose);
        Uses(certificate).Should().HaveFlag(X509KeyUsageFlags.DigitalSignature).And.NotHaveFlag(X509KeyUsageFlags.KeyCertSign);
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Should().OnlyContain(it => !it.CertificateAuthority);
        authority.Extensions.OfType<X509BasicConstraintsExtension>().Should().ContainSingle().Which.CertificateAuthority.Should().BeTrue();
        Uses(authority).Should().HaveFlag(X509KeyUsageFlags.KeyCertSign);
        foreach (var purpose in new[] { ServerPurpose, ClientPurpose })
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(authority);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(purpose));
            chain.ChainPolicy.VerificationTime = TimeProvider.System.GetUtcNow().AddDays(3640).UtcDateTime;
            chain.Build(certificate).Should().BeTrue("in ten years it says: {0}", chain.ChainStatus.Select(it => it.StatusInformation));
        }
    }

    [HelmTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_generated_once_is_kept_and_only_a_whole_one_is(bool isWhole)
    {
        const string Path = "/api/v1/namespaces/production/secrets/shop-sidecar-cluster-tls";
        var data = new JsonObject { ["tls.crt"] = "YQ==", ["tls.key"] = "Yg==", [isWhole ? "ca.crt" : "other"] = "Yw==" };
        await using var api = new ClusterApi((Path, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = "shop-sidecar-cluster-tls", ["namespace"] = "production" },
            ["type"] = "kubernetes.io/tls",
            ["data"] = data.DeepClone(),
        }));
        var config = System.IO.Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(config, api.KubeConfig);

            var text = await Helm.TemplateAsync(
                Repository.Chart, "shop", "--values", Renders.File("default"), "--set", Generated, "--is-upgrade", "--dry-run=server",
                "--disable-openapi-validation", "--kubeconfig", config);

            var secret = Manifest.Parse(text).Single(it => it.Kind == "Secret");
            JsonNode.DeepEquals(secret.Content["data"], data).Should().Be(isWhole);
            if (!isWhole)
                Pem(secret.As<V1Secret>(), "ca.crt").Should().StartWith("-----BEGIN CERTIFICATE-----");
        }
        finally
        {
            File.Delete(config);
        }
    }

    [HelmFact]
    public async Task What_is_generated_goes_with_the_release() =>
        Of<V1Secret>(await RenderAsync("default", Generated), "Secret").Single().Metadata.Annotations.Should().BeNullOrEmpty();

    [HelmFact]
    public async Task Cert_manager_is_asked_for_a_certificate_for_both_ends_with_a_new_key_each_time()
    {
        var objects = await RenderAsync(
            "default", ByCertManager + ",cluster.tls.certManager.issuerRef.kind=ClusterIssuer,cluster.tls.name=nodes.shop");
        var certificate = Of<NodesCertificate>(objects, "Certificate").Single();

        certificate.Spec.Should().BeEquivalentTo(new NodesCertificateSpec(
            "shop-sidecar-cluster-cert",
            ["nodes.shop"],
            ["server auth", "client auth", "digital signature", "key encipherment"],
            "8760h",
            "720h",
            new NodesKey("ECDSA", 256, "Always"),
            new NodesIssuer("nodes", "ClusterIssuer", "cert-manager.io")));
        certificate.Metadata.Name.Should().Be("shop-sidecar-cluster-cert");
        certificate.Metadata.NamespaceProperty.Should().Be("production");
        objects.Should().NotContain(it => it.Kind == "Secret", "cert-manager makes it");
    }

    [HelmTheory]
    [InlineData("default", "", 0)]
    [InlineData("cluster", "", 10)]
    [InlineData("cluster", "minReadySeconds=0", 0)]
    [InlineData("default", "minReadySeconds=5", 5)]
    public async Task Nodes_are_replaced_one_by_one_and_customers_have_time_to_come_over(string set, string values, int minReady)
    {
        var objects = await RenderAsync(set, values);
        var spec = Of<V1Deployment>(objects, "Deployment").Single().Spec;

        spec.MinReadySeconds.Should().Be(minReady);
        spec.Strategy.RollingUpdate.MaxUnavailable.Value.Should().Be("0");
        spec.Strategy.RollingUpdate.MaxSurge.Value.Should().Be("1");
        Of<V1PodDisruptionBudget>(objects, "PodDisruptionBudget").Single().Spec.MaxUnavailable.Value.Should().Be("1");
        var drain = int.Parse(spec.Template.Sidecar().Variables()["SHUTDOWN_DRAIN_SECONDS"], CultureInfo.InvariantCulture);
        spec.Template.Spec.TerminationGracePeriodSeconds.Should().BeGreaterThanOrEqualTo(drain + 25, "the service itself takes no longer");
    }

    [HelmFact]
    public async Task Alerts_about_members_are_of_a_cluster_alone_and_silent_where_a_metric_is_missing()
    {
        var single = await AlertsAsync("");
        var cluster = await AlertsAsync(",cluster.enabled=true");

        cluster.Select(it => it.Alert).Except(single.Select(it => it.Alert))
            .Should().BeEquivalentTo("SidecarClusterIncomplete", "SidecarClusterSplit", "SidecarClusterOwnersSilent");
        foreach (var rule in cluster.Where(it => it.Alert is "SidecarClusterIncomplete" or "SidecarClusterSplit"))
        {
            // A comparison of two vectors: without one of them there is nothing.
            rule.Expr.Should().MatchRegex(@"^min\(sidecar_cluster_members\{[^}]*\}\) < max\([a-z_]+\{[^}]*\}\)$");
            rule.For.Should().NotBeNull();
            rule.Labels.Should().Contain("severity", "warning");
        }
    }

    [HelmTheory]
    [InlineData("cluster.enabled=true", true, false)]
    [InlineData("cluster.enabled=true,cluster.tls.mode=off", true, true)]
    [InlineData("cluster.enabled=false,cluster.tls.mode=off", false, false)]
    public async Task The_notes_say_how_to_see_the_members_and_warn_of_plain_text(string values, bool tells, bool warns)
    {
        var end = await Helm.RunAsync(
            "install", "shop", Repository.Chart, "--namespace", "production", "--dry-run=client",
            "--set", "existingSecret.name=stigg,image.registry=registry.example," + values);
        var notes = end.Output[end.Output.IndexOf("NOTES:", StringComparison.Ordinal)..];

        notes.Contains("kubernetes.io/service-name=shop-sidecar-peers", StringComparison.Ordinal).Should().Be(tells);
        notes.Contains("sidecar_cluster_members", StringComparison.Ordinal).Should().Be(tells);
        notes.Contains("WARNING: cluster.tls.mode is off", StringComparison.Ordinal).Should().Be(warns);
        notes.Contains("set networkPolicy.enabled", StringComparison.Ordinal).Should().Be(warns);
    }

    private static async Task<IReadOnlyList<Rule>> AlertsAsync(string values) =>
        [.. Of<PrometheusRule>(await RenderAsync("default", "prometheusRule.enabled=true" + values), "PrometheusRule")
            .Single().Spec.Groups.SelectMany(it => it.Rules)];

    private static async Task<IReadOnlyList<Manifest>> RenderAsync(string set, string values) =>
        Manifest.Parse(await Helm.TemplateAsync(Repository.Chart, "shop", "--values", Renders.File(set), "--set", values));

    private static V1PodTemplateSpec Template(IEnumerable<Manifest> objects) =>
        Of<V1Deployment>(objects, "Deployment").Single().Spec.Template;

    private static IEnumerable<T> Of<T>(IEnumerable<Manifest> objects, string kind) =>
        objects.Where(it => it.Kind == kind).Select(it => it.As<T>());

    private static string Pem(V1Secret secret, string entry) => Encoding.UTF8.GetString(secret.Data[entry]);

    private static IEnumerable<string?> Purposes(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(it => it.Value);

    private static X509KeyUsageFlags Uses(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages;
}
