using System.Text.Json.Nodes;
using FluentAssertions;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>What helm says of the chart and of wrong values.</summary>
public sealed class ValuesSpecs
{
    [HelmTheory]
    [InlineData("default")]
    [InlineData("redis")]
    [InlineData("monitored")]
    [InlineData("bare")]
    [InlineData("cluster")]
    [InlineData("everything")]
    public async Task Helm_finds_nothing_to_say(string set)
    {
        var end = await Helm.RunAsync("lint", "--strict", "--quiet", Repository.Chart, "--values", Renders.File(set));

        end.ExitCode.Should().Be(0, "helm wrote: {0}{1}", end.Output, end.Errors);
    }

    [HelmTheory]
    [InlineData("service.port=eighty", "'/service/port': got string, want integer")]
    [InlineData("servce.port=80", "additional properties 'servce' not allowed")]
    [InlineData("redis.hosts=a", "'/redis': additional properties 'hosts' not allowed")]
    [InlineData("readyWhen=soon", "'/readyWhen': value must be one of 'serving', 'data', 'cloud'")]
    [InlineData("logLevel=trace", "'/logLevel': value must be one of")]
    [InlineData("mode=sidecar", "'/mode': value must be one of 'standalone', 'inPod'")]
    [InlineData("grpc.port=80", "'/grpc/port': minimum: got 80, want 1,024")]
    [InlineData("drainSeconds=30", "'/drainSeconds': maximum: got 30, want 10")]
    [InlineData("terminationGracePeriodSeconds=10", "'/terminationGracePeriodSeconds': minimum: got 10, want 25")]
    [InlineData("cache.maxSizeBytes=1000", "'/cache/maxSizeBytes': minimum")]
    [InlineData("apiUrl=api.stigg.io", "'/apiUrl': 'api.stigg.io' does not match pattern")]
    [InlineData("stream.url=https://api.stigg.io", "'/stream/url'")]
    [InlineData("image.digest=sha256:1", "'/image/digest'")]
    [InlineData("fallback.feature-sso.hasAcess=true", "'/fallback/feature-sso': additional properties 'hasAcess' not allowed")]
    [InlineData("fallback.feature-sso.hasAccess=yes", "'/fallback/feature-sso/hasAccess': got string, want boolean")]
    [InlineData("extraEnv.NAME.value=1", "'/extraEnv/NAME': additional properties 'value' not allowed")]
    [InlineData("fullnameOverride=Sidecar", "'/fullnameOverride'")]
    [InlineData("podDisruptionBudget.maxUnavailable=half", "'/podDisruptionBudget/maxUnavailable'")]
    [InlineData("prometheusRule.thresholds.staleRatio=5", "'/prometheusRule/thresholds/staleRatio': maximum")]
    [InlineData("cluster.tls.mode=on", "'/cluster/tls/mode': value must be one of 'generated', 'existingSecret', 'certManager', 'off'")]
    [InlineData("cluster.tls.mode=false", "'/cluster/tls/mode': value must be one of")]
    [InlineData("cluster.port=65535", "'/cluster/port': maximum: got 65,535, want 65,534")]
    [InlineData("cluster.requiredContactPoints=0", "'/cluster/requiredContactPoints': minimum: got 0, want 1")]
    [InlineData("cluster.tls.name=*.nodes", "'/cluster/tls/name'")]
    [InlineData("cluster.tls.secretName=nodes", "'/cluster/tls': additional properties 'secretName' not allowed")]
    [InlineData("cluster.tls.certManager.duration=90d", "'/cluster/tls/certManager/duration': '90d' does not match pattern")]
    [InlineData("cluster.tls.certManager.issuerRef.kind=", "'/cluster/tls/certManager/issuerRef/kind'")]
    [InlineData("cluster.tls.existingSecret.caKey=null", "'/cluster/tls/existingSecret': missing property 'caKey'")]
    [InlineData("minReadySeconds=-1", "'/minReadySeconds': minimum")]
    [InlineData("replicaCount=null", "missing property 'replicaCount'")]
    [InlineData("redis.db=2147483648", "'/redis/db': maximum")]
    [InlineData("logLevel=null", "missing property 'logLevel'")]
    [InlineData("tls=null", "missing property 'tls'")]
    [InlineData("grpc.port=null", "'/grpc': missing property 'port'")]
    [InlineData("redis.enabled=null", "'/redis': missing property 'enabled'")]
    [InlineData("networkPolicy.egress.cloudPorts=null", "'/networkPolicy/egress': missing property 'cloudPorts'")]
    [InlineData("prometheusRule.thresholds.staleRatio=null", "'/prometheusRule/thresholds': missing property 'staleRatio'")]
    public Task A_value_that_the_schema_does_not_know_is_refused_by_its_name(string value, string message) =>
        IsRefusedAsync(message, value);

    [HelmTheory]
    [InlineData("There is no server key: set existingSecret.name", "existingSecret.name=")]
    [InlineData("Set only one of serverApiKey, existingSecret.name and serverApiKeyFile", "serverApiKey=a")]
    [InlineData("Set only one of serverApiKey, existingSecret.name and serverApiKeyFile", "serverApiKeyFile=/vault/key")]
    [InlineData("image.tag is latest", "image.tag=latest")]
    [InlineData("redis.host has to be set", "redis.enabled=true,redis.environmentPrefix=p")]
    [InlineData("redis.host names the sentinels where redis.sentinelMaster is set", "redis.enabled=true,redis.host=h,redis.environmentPrefix=p,redis.sentinelMaster=m")]
    [InlineData("redis.host is \"h:6379\", expected one host name or IP address", "redis.enabled=true,redis.host=h:6379,redis.environmentPrefix=p")]
    [InlineData("redis.host is \"a:1,b:2\", expected one host name or IP address", @"redis.enabled=true,redis.host=a:1\,b:2,redis.environmentPrefix=p")]
    [InlineData("redis.host is \"redis://h\", expected one host name or IP address", "redis.enabled=true,redis.host=redis://h,redis.environmentPrefix=p")]
    [InlineData("redis.tlsCa.secretName is \"ca\", expected redis.tls to be true", "redis.enabled=true,redis.host=h,redis.environmentPrefix=p,redis.tlsCa.secretName=ca")]
    [InlineData("redis.environmentPrefix has to be set", "redis.enabled=true,redis.host=h")]
    [InlineData("redis.keysTtlSeconds is 0", "redis.enabled=true,redis.host=h,redis.environmentPrefix=p,redis.keysTtlSeconds=0")]
    [InlineData("Set only one of redis.password and redis.existingSecret.name", "redis.enabled=true,redis.host=h,redis.environmentPrefix=p,redis.password=a,redis.existingSecret.name=b")]
    [InlineData("tls.secretName has to be set", "tls.enabled=true")]
    [InlineData("grpc.port and metrics.port are both 8080", "grpc.port=8080")]
    [InlineData("grpc.plaintext is false and tls.enabled, too", "grpc.plaintext=false")]
    [InlineData("grpc.plaintext and metrics.enabled are both false", "grpc.plaintext=false,tls.enabled=true,tls.secretName=s,metrics.enabled=false")]
    [InlineData("metrics.port and tls.port are both 8080", "tls.enabled=true,tls.secretName=s,tls.port=8080")]
    [InlineData("cluster.enabled needs mode standalone", "mode=inPod,cluster.enabled=true")]
    [InlineData("cluster.tls.existingSecret.name has to be set", "cluster.enabled=true,cluster.tls.mode=existingSecret")]
    [InlineData("cluster.tls.existingSecret.name is \"nodes\", expected cluster.tls.mode to be existingSecret with it, not generated", "cluster.enabled=true,cluster.tls.existingSecret.name=nodes")]
    [InlineData("cluster.tls.existingSecret.certKey, keyKey and caKey have to be three different entries", "cluster.enabled=true,cluster.tls.mode=existingSecret,cluster.tls.existingSecret.name=nodes,cluster.tls.existingSecret.caKey=tls.crt")]
    [InlineData("cluster.tls.certManager.issuerRef.name has to be set", "cluster.enabled=true,cluster.tls.mode=certManager")]
    [InlineData("cluster.tls.certManager.issuerRef.name is \"nodes\", expected cluster.tls.mode to be certManager with it, not off", "cluster.enabled=true,cluster.tls.mode=off,cluster.tls.certManager.issuerRef.name=nodes")]
    [InlineData("cluster.tls.certManager.renewBefore is 48h, expected less than cluster.tls.certManager.duration, 48h", "cluster.enabled=true,cluster.tls.mode=certManager,cluster.tls.certManager.issuerRef.name=nodes,cluster.tls.certManager.duration=48h,cluster.tls.certManager.renewBefore=48h")]
    [InlineData("grpc.port and cluster.port are both 5054", "cluster.enabled=true,grpc.port=5054")]
    [InlineData("metrics.port and cluster.port + 1 are both 8080", "cluster.enabled=true,cluster.port=8079")]
    [InlineData("extraEnv.CLUSTER_PORT: the chart sets it from a value of its own; use cluster.port.", "cluster.enabled=true,extraEnv.CLUSTER_PORT=1")]
    [InlineData("extraEnv.CLUSTER_NODES: the chart itself says how nodes find each other", "cluster.enabled=true,extraEnv.CLUSTER_NODES=a:5054")]
    [InlineData("extraEnv.CLUSTER_ENABLED: the chart itself says how nodes find each other", "mode=inPod,extraEnv.CLUSTER_ENABLED=true")]
    [InlineData("serviceMonitor.enabled needs metrics.enabled", "serviceMonitor.enabled=true,metrics.enabled=false")]
    [InlineData("serviceMonitor.enabled needs mode standalone", "serviceMonitor.enabled=true,mode=inPod")]
    [InlineData("autoscaling.minReplicas is greater than autoscaling.maxReplicas", "autoscaling.enabled=true,autoscaling.minReplicas=20")]
    [InlineData("autoscaling.enabled needs autoscaling.targetCPUUtilizationPercentage", "autoscaling.enabled=true,autoscaling.targetCPUUtilizationPercentage=null")]
    [InlineData("podDisruptionBudget.enabled needs podDisruptionBudget.maxUnavailable or", "podDisruptionBudget.maxUnavailable=null")]
    [InlineData("strategy.rollingUpdate.maxUnavailable and strategy.rollingUpdate.maxSurge are both 0", "strategy.rollingUpdate.maxSurge=0")]
    [InlineData("commonLabels has app.kubernetes.io/component, which the chart sets", @"commonLabels.app\.kubernetes\.io/component=a")]
    [InlineData("podLabels has app.kubernetes.io/name, which the chart sets", @"podLabels.app\.kubernetes\.io/name=a")]
    [InlineData("dashboard.labels has helm.sh/chart, which the chart sets", @"dashboard.labels.helm\.sh/chart=a")]
    [InlineData("extraEnv.SERVER_API_KEY: a secret is never given by a variable", "extraEnv.SERVER_API_KEY=a")]
    [InlineData("extraEnv.REDIS_PASSWORD: a secret is never given by a variable", "extraEnv.REDIS_PASSWORD.valueFrom.secretKeyRef.name=a")]
    [InlineData("extraEnv.LOG_LEVEL: the chart sets it from a value of its own; use logLevel.", "extraEnv.LOG_LEVEL=debug")]
    [InlineData("extraEnv.GRPC_PORT: the chart sets it from a value of its own; use inPod.grpcPort.", "mode=inPod,extraEnv.GRPC_PORT=81")]
    [InlineData("extraEnv.READY_WHEN: the chart sets it; inside an app's pod it is always serving.", "mode=inPod,extraEnv.READY_WHEN=data")]
    [InlineData("extraEnv.ENTITLEMENTS_FALLBACK: the chart sets it from a value of its own; use fallback.", "fallback.feature-sso.hasAccess=true,extraEnv.ENTITLEMENTS_FALLBACK=a")]
    [InlineData("extraEnv.READY_ENDPOINT_URL: the probes ask /livez and /readyz", "extraEnv.READY_ENDPOINT_URL=health")]
    public Task Values_that_do_not_go_together_are_refused_in_words(string message, string values) => IsRefusedAsync(message, values);

    [HelmTheory]
    [InlineData("offline.enabled=true,existingSecret.name=")]
    [InlineData("existingSecret.name=,serverApiKeyFile=/vault/secrets/stigg")]
    [InlineData("podSecurityContext.runAsUser=null,securityContext.runAsUser=null")]
    [InlineData("resources.limits.cpu=2")]
    [InlineData("redis.enabled=true,redis.host=redis-master.data.svc,redis.environmentPrefix=p")]
    [InlineData("redis.enabled=true,redis.host=my_redis,redis.environmentPrefix=p")]
    [InlineData("redis.enabled=true,redis.host=::1,redis.environmentPrefix=p")]
    [InlineData(@"redis.enabled=true,redis.host=a:1\,[::1]:2,redis.sentinelMaster=m,redis.environmentPrefix=p")]
    [InlineData("image.tag=latest,image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("global.anything=1,enabled=true")]
    [InlineData("cluster.enabled=true")]
    [InlineData("cluster.enabled=true,cluster.tls.mode=off,strategy.type=Recreate")]
    [InlineData("mode=inPod,cluster.tls.mode=existingSecret")]
    [InlineData("grpc.port=5054")]
    [InlineData("minReadySeconds=30")]
    [InlineData("strategy.type=Recreate")]
    [InlineData("strategy.rollingUpdate=null")]
    [InlineData("podDisruptionBudget.maxUnavailable=null,podDisruptionBudget.minAvailable=1")]
    [InlineData(@"podLabels.app\.kubernetes\.io/component=entitlements")]
    [InlineData("commonLabels.team=a,podLabels.team=b,dashboard.enabled=true,dashboard.labels.team=c")]
    [InlineData("resources=null,securityContext=null,podSecurityContext=null,autoscaling.behavior=null")]
    public async Task What_makes_sense_is_accepted(string values)
    {
        var text = await Helm.TemplateAsync(Repository.Chart, "shop", "--values", Renders.File("default"), "--set", values);

        foreach (var manifest in Manifest.Parse(text))
            manifest.Invoking(it => it.ToModel()).Should().NotThrow();
    }

    [Fact]
    public void What_has_a_default_that_the_templates_count_on_can_not_be_taken_away()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Chart, "values.schema.json")))!;

        ChartValues.Read()
            .Where(it => it.Default is not ("null" or "\"\"") && it.Default[0] is not ('{' or '['))
            .Where(it => !IsSafe(schema, it.Path.Split('.')))
            .Select(it => it.Path).Should().BeEmpty();
    }

    [HelmFact]
    public async Task A_key_file_that_something_else_brings_is_what_the_service_is_told()
    {
        var text = await Helm.TemplateAsync(Repository.Chart, "shop", "--set", "serverApiKeyFile=/vault/secrets/stigg");

        text.Should().Contain("value: \"/vault/secrets/stigg\"").And.NotContain("kind: Secret").And.NotContain("secretName");
    }

    [Fact]
    public void Each_property_of_the_schema_is_a_value()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Chart, "values.schema.json")))!;

        var known = ChartValues.Read().Select(it => it.Path).ToList();
        // Of helm's own; the others are fields of probes and of the container's resources, which are left to Kubernetes.
        string[] beside =
        [
            "global", "enabled", "resources.claims", "probes.startup.initialDelaySeconds", "probes.liveness.initialDelaySeconds",
            "probes.readiness.initialDelaySeconds", "probes.readiness.successThreshold",
        ];
        Properties(schema, "").Except(beside)
            .Where(path => !known.Exists(it => it == path || it.StartsWith(path + ".", StringComparison.Ordinal)))
            .Should().BeEmpty();
    }

    private static IEnumerable<string> Properties(JsonNode schema, string path) =>
        schema["properties"] is JsonObject properties
            ? properties.SelectMany(it => Properties(it.Value!, path.Length == 0 ? it.Key : $"{path}.{it.Key}"))
            : [path];

    // Whether it is required, null is a value of it, or it is a field of Kubernetes' own that has a default there.
    private static bool IsSafe(JsonNode schema, string[] path)
    {
        if (IsLeftToKubernetes(path))
            return true;
        var node = schema;
        foreach (var name in path)
        {
            var property = node["properties"]![name]!;
            if (property["type"] is not JsonArray && node["required"]?.AsArray().Any(it => (string)it! == name) is not true)
                return false;
            node = property;
        }

        return true;
    }

    private static bool IsLeftToKubernetes(string[] path) =>
        path is ["probes", _, _] or ["resources" or "securityContext" or "podSecurityContext", ..]
            or ["autoscaling", "behavior", ..] or ["strategy", "rollingUpdate", ..];

    private static async Task IsRefusedAsync(string message, string values)
    {
        var end = await Helm.TryTemplateAsync(Repository.Chart, "shop", "--values", Renders.File("default"), "--set", values);

        end.ExitCode.Should().NotBe(0);
        end.Errors.Should().Contain(message);
    }
}
