using System.Net;
using FluentAssertions;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class ClusterOptionsSpecs
{
    private const long Memory = 1L << 30;

    private static readonly Dictionary<string, string> Complete = new()
    {
        ["CLUSTER_ENABLED"] = "true",
        ["CLUSTER_HOST"] = "127.0.0.2",
        ["CLUSTER_DNS_NAME"] = "peers",
        ["CLUSTER_TLS_CERT_FILE"] = "/tls.crt",
        ["CLUSTER_TLS_KEY_FILE"] = "/tls.key",
        ["CLUSTER_TLS_CA_FILE"] = "/ca.crt",
    };

    [Fact]
    public void Name_and_certificates_make_a_cluster_that_two_nodes_form_at_once()
    {
        var cluster = Read([], out var reader).Cluster;

        reader.Faults.Should().BeEmpty();
        cluster.IsEnabled.Should().BeTrue();
        cluster.Places.Should().Equal(new DnsEndPoint("peers", 5054));
        cluster.RequiredNodes.Should().Be(2);
        cluster.ExchangePort.Should().Be(5055);
    }

    [Fact]
    public void List_of_nodes_is_waited_for_as_a_whole_unless_fewer_are_required()
    {
        var list = new Dictionary<string, string> { ["CLUSTER_DISCOVERY"] = "static", ["CLUSTER_NODES"] = "127.0.0.1:1,127.0.0.2:2,three:3" };

        var cluster = Read(list, out _).Cluster;
        cluster.Places.Should().HaveCount(3);
        cluster.RequiredNodes.Should().Be(3);

        Read(new(list) { ["CLUSTER_REQUIRED_CONTACT_POINTS"] = "2" }, out _).Cluster.RequiredNodes.Should().Be(2);
    }

    [Theory]
    [InlineData("CLUSTER_DNS_NAME", "CLUSTER_DISCOVERY is 'dns' without CLUSTER_DNS_NAME")]
    [InlineData("CLUSTER_TLS_CERT_FILE", "CLUSTER_TLS is 'on'")]
    [InlineData("CLUSTER_TLS_KEY_FILE", "CLUSTER_TLS is 'on'")]
    [InlineData("CLUSTER_TLS_CA_FILE", "CLUSTER_TLS is 'on'")]
    public void Whatever_is_missing_is_told_and_leaves_a_process_by_itself(string missing, string fault)
    {
        Read(new() { [missing] = "" }, out var reader).Cluster.IsEnabled.Should().BeFalse();

        var told = reader.Faults.Should().ContainSingle().Subject;
        told.Text.Should().StartWith(fault).And.EndWith("answers by itself");
        told.EndsProcess.Should().BeFalse();
    }

    [Fact]
    public void Plain_text_takes_the_word_off_and_no_files()
    {
        var cluster = Read(new() { ["CLUSTER_TLS"] = "off", ["CLUSTER_TLS_CERT_FILE"] = "" }, out var reader).Cluster;

        reader.Faults.Should().BeEmpty();
        cluster.Should().Match<ClusterOptions>(it => it.IsEnabled && !it.UsesTls);
    }

    [Fact]
    public void Address_that_is_not_given_is_this_machines_own()
    {
        var cluster = Read(new() { ["CLUSTER_HOST"] = "" }, out var reader).Cluster;

        if (cluster.IsEnabled)
            reader.InForce(Settings.ClusterHost).Text.Should().Be(cluster.Host!.ToString()).And.NotStartWith("127.");
        else
            reader.Faults.Should().ContainSingle().Which.Text.Should().StartWith("CLUSTER_HOST is not set");
    }

    [Theory]
    [InlineData("GRPC_PORT", "5054")]
    [InlineData("METRICS_PORT", "5055")]
    [InlineData("PORT", "5055")]
    public void Port_that_is_another_listeners_too_leaves_a_process_by_itself(string other, string port)
    {
        Read(new() { [other] = port }, out var reader).Cluster.IsEnabled.Should().BeFalse();

        reader.Faults.Should().ContainSingle().Which.Text.Should().StartWith($"CLUSTER_PORT is 5054, and {other} takes {port}");
    }

    [Fact]
    public void What_has_no_effect_is_named()
    {
        Read(new() { ["CLUSTER_ENABLED"] = "false" }, out _).WithoutEffect.Should().BeEquivalentTo(Complete.Keys.Where(name => name != "CLUSTER_ENABLED"));
        Read(new() { ["CLUSTER_TLS"] = "off", ["CLUSTER_NODES"] = "one:1" }, out _).WithoutEffect.Should().BeEquivalentTo(
            "CLUSTER_NODES", "CLUSTER_TLS_CERT_FILE", "CLUSTER_TLS_KEY_FILE", "CLUSTER_TLS_CA_FILE");
    }

    private static SidecarOptions Read(Dictionary<string, string> variables, out SettingsReader reader)
    {
        var all = new Dictionary<string, string>(Complete);
        foreach (var (name, value) in variables)
            all[name] = value;
        reader = new SettingsReader(all.GetValueOrDefault, static path => path);
        return SidecarOptions.Read(reader, Memory);
    }
}
