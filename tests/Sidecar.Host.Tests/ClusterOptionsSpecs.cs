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
        var list = new Dictionary<string, string> { ["CLUSTER_DISCOVERY"] = "static", ["CLUSTER_NODES"] = "127.0.0.1:1,127.0.0.2:5054,three:3" };

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

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:+5")]
    [InlineData(":5054")]
    [InlineData("127.0.0.2:5054,")]
    [InlineData("127.0.0.2:5054;127.0.0.1:5054")]
    [InlineData("http://one:5054")]
    // The next port is one's too.
    [InlineData("127.0.0.2:5054,127.0.0.1:65535")]
    // The next port is taken.
    [InlineData("127.0.0.2:5054,127.0.0.2:5055")]
    [InlineData("two:5055,one:5054,TWO:5054")]
    // Nodes have addresses of the older kind.
    [InlineData("127.0.0.2:5054,[::1]:5054")]
    public void List_with_a_place_that_no_node_can_have_is_told_and_leaves_a_process_by_itself(string nodes)
    {
        Read(ListOf(nodes), out var reader).Cluster.IsEnabled.Should().BeFalse();

        reader.Faults.Should().HaveCount(2);
        reader.Faults[0].Text.Should().StartWith($"CLUSTER_NODES is '{nodes}', expected a comma list of host:port");
        reader.Faults[1].Text.Should().StartWith("CLUSTER_DISCOVERY is 'static' without CLUSTER_NODES").And.EndWith("answers by itself");
    }

    [Fact]
    public void Nodes_of_one_host_have_ports_two_apart() =>
        Read(ListOf("127.0.0.2:5054,127.0.0.2:5056"), out _).Cluster.Nodes.Select(node => node.Port).Should().Equal(5054, 5056);

    [Fact]
    public void List_that_is_not_looked_at_is_told_how_it_would_be()
    {
        var nodes = ListOf("127.0.0.2:5054");
        nodes.Remove("CLUSTER_DISCOVERY");

        Read(nodes, out var reader);

        reader.Faults.Should().ContainSingle().Which.Text.Should().StartWith(
            "CLUSTER_DISCOVERY is 'dns' without CLUSTER_DNS_NAME, expected both; by CLUSTER_NODES nodes are found with 'static'");
    }

    [Theory]
    [InlineData("127.0.0.1:5054,127.0.0.3:5054")]
    [InlineData("127.0.0.1:5054,127.0.0.2:5055")]
    public void List_without_the_nodes_own_place_is_told(string nodes)
    {
        Read(ListOf(nodes), out var reader).Cluster.IsEnabled.Should().BeTrue("others may name it");

        reader.Faults.Should().ContainSingle().Which.Text.Should().StartWith(
            $"CLUSTER_NODES is '{nodes}', expected 127.0.0.2:5054 among them, which is this node's own CLUSTER_HOST and CLUSTER_PORT");
    }

    [Fact]
    public void List_with_a_name_may_mean_this_node_by_it()
    {
        Read(ListOf("127.0.0.1:5054,this-node:5054"), out var reader);

        reader.Faults.Should().BeEmpty();
    }

    [Fact]
    public void Node_that_is_listed_twice_is_one()
    {
        var cluster = Read(ListOf("127.0.0.2:5054,three:5054,127.0.0.2:5054,THREE:5054"), out var reader).Cluster;

        reader.Faults.Should().BeEmpty();
        cluster.Places.Should().HaveCount(2);
        cluster.RequiredNodes.Should().Be(2);
    }

    [Fact]
    public void More_nodes_than_are_listed_can_not_be_required()
    {
        var cluster = Read(new(ListOf("127.0.0.2:5054,three:5054")) { ["CLUSTER_REQUIRED_CONTACT_POINTS"] = "3" }, out var reader).Cluster;

        reader.Faults.Should().ContainSingle().Which.Text.Should().StartWith("CLUSTER_REQUIRED_CONTACT_POINTS is '3', expected no more than the 2 of CLUSTER_NODES");
        (cluster.IsEnabled, cluster.RequiredNodes).Should().Be((true, 2));
    }

    [Theory]
    [InlineData("CLUSTER_ENABLED", "on")]
    [InlineData("CLUSTER_HOST", "0.0.0.0")]
    [InlineData("CLUSTER_HOST", "::1")]
    [InlineData("CLUSTER_HOST", "pod-1")]
    [InlineData("CLUSTER_HOST", "10.1.2")]
    [InlineData("CLUSTER_PORT", "65535")]
    [InlineData("CLUSTER_PORT", "0")]
    [InlineData("CLUSTER_PORT", "tcp://10.0.0.1:5054")]
    [InlineData("CLUSTER_DISCOVERY", "kubernetes")]
    [InlineData("CLUSTER_DNS_NAME", "10.0.0.1")]
    [InlineData("CLUSTER_DNS_NAME", "peers:5054")]
    [InlineData("CLUSTER_REQUIRED_CONTACT_POINTS", "0")]
    [InlineData("CLUSTER_REQUIRED_CONTACT_POINTS", "1001")]
    [InlineData("CLUSTER_TLS", "none")]
    [InlineData("CLUSTER_TLS_NAME", "*.nodes")]
    public void Value_that_can_not_be_used_is_told_with_what_is_accepted_and_ends_no_process(string name, string value)
    {
        Read(new() { [name] = value }, out var reader);

        reader.Faults.Should().Contain(fault => fault.Text.StartsWith($"{name} is '{value}', expected ", StringComparison.Ordinal));
        reader.Faults.Should().OnlyContain(fault => !fault.EndsProcess);
    }

    [Fact]
    public void What_has_no_effect_is_named()
    {
        Read(new() { ["CLUSTER_ENABLED"] = "false" }, out _).WithoutEffect.Should().BeEquivalentTo(Complete.Keys.Where(name => name != "CLUSTER_ENABLED"));
        Read(new() { ["CLUSTER_TLS"] = "off", ["CLUSTER_NODES"] = "one:1" }, out _).WithoutEffect.Should().BeEquivalentTo(
            "CLUSTER_NODES", "CLUSTER_TLS_CERT_FILE", "CLUSTER_TLS_KEY_FILE", "CLUSTER_TLS_CA_FILE");
    }

    private static Dictionary<string, string> ListOf(string nodes) =>
        new() { ["CLUSTER_DISCOVERY"] = "static", ["CLUSTER_NODES"] = nodes, ["CLUSTER_DNS_NAME"] = "" };

    private static SidecarOptions Read(Dictionary<string, string> variables, out SettingsReader reader)
    {
        var all = new Dictionary<string, string>(Complete);
        foreach (var (name, value) in variables)
            all[name] = value;
        reader = new SettingsReader(all.GetValueOrDefault, static path => path);
        return SidecarOptions.Read(reader, Memory);
    }
}
