using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cluster;
using Sidecar.Actors.Tests.Support;
using Sidecar.Testing;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class NodeTlsSpecs : IDisposable
{
    private const string Name = "sidecar-node";
    private static readonly string[] Both = [NodeTls.ServerPurpose, NodeTls.ClientPurpose];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("node-tls-");
    private readonly TestAuthority _authority = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly LogCapture _log = new();
    private readonly NodeTls _tls;

    public NodeTlsSpecs()
    {
        using var own = _authority.Issue("node", Both, [Name]);
        Write(_authority.ChainPem(own), TestAuthority.KeyPem(own));
        File.WriteAllText(At("ca.crt"), _authority.RootPem);
        _tls = new NodeTls(At("tls.crt"), At("tls.key"), At("ca.crt"), Name, _time, _log);
    }

    public void Dispose()
    {
        _log.Dispose();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Certificate_of_the_authority_with_the_name_is_accepted_in_both_directions_without_what_leads_to_the_authority()
    {
        using var peer = _authority.Issue("peer", Both, [Name]);

        _tls.WhyRefused(peer, NodeTls.ServerPurpose).Should().BeNull();
        _tls.WhyRefused(peer, NodeTls.ClientPurpose).Should().BeNull();
    }

    [Fact]
    public void Files_that_vanish_twice_are_told_twice_and_what_was_in_force_stays_so()
    {
        var before = _tls.Certificate!.Thumbprint;
        for (var times = 1; times <= 2; times++)
        {
            File.Move(At("tls.key"), At("away"));
            for (var look = 0; look < 3; look++)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                _tls.Certificate!.Thumbprint.Should().Be(before);
            }

            _log.Of(641).Should().HaveCount(times);
            File.Move(At("away"), At("tls.key"));
            _time.Advance(TimeSpan.FromSeconds(1));
            _tls.Certificate!.Thumbprint.Should().Be(before);
        }
    }

    [Fact]
    public void No_certificate_is_refused() => _tls.WhyRefused(certificate: null, NodeTls.ClientPurpose).Should().NotBeNull();

    [Fact]
    public void Certificate_of_another_authority_is_refused()
    {
        using var other = new TestAuthority();
        using var peer = other.Issue("peer", Both, [Name]);

        _tls.WhyRefused(peer, NodeTls.ServerPurpose).Should().NotBeNull();
    }

    [Fact]
    public void Certificate_without_the_name_is_refused_whatever_its_subject_says()
    {
        using var peer = _authority.Issue(Name, Both, ["localhost"]);

        _tls.WhyRefused(peer, NodeTls.ServerPurpose).Should().Contain(Name);
    }

    [Fact]
    public void Certificate_for_one_purpose_is_refused_for_the_other()
    {
        using var server = _authority.Issue("peer", [NodeTls.ServerPurpose], [Name]);
        using var client = _authority.Issue("peer", [NodeTls.ClientPurpose], [Name]);

        _tls.WhyRefused(server, NodeTls.ServerPurpose).Should().BeNull();
        _tls.WhyRefused(server, NodeTls.ClientPurpose).Should().NotBeNull();
        _tls.WhyRefused(client, NodeTls.ClientPurpose).Should().BeNull();
        _tls.WhyRefused(client, NodeTls.ServerPurpose).Should().NotBeNull();
    }

    [Fact]
    public void Certificate_whose_time_is_over_is_refused()
    {
        using var peer = _authority.Issue("peer", Both, [Name], isPast: true);

        _tls.WhyRefused(peer, NodeTls.ServerPurpose).Should().NotBeNull();
    }

    [Fact]
    public void Authorities_are_read_anew_each_time()
    {
        using var other = new TestAuthority();
        using var peer = other.Issue("peer", Both, [Name]);
        var whole = new X509Certificate2Collection { other.Root, other.Between };
        File.WriteAllText(At("ca.crt"), _authority.RootPem + "\n" + whole.ExportCertificatePems());

        _tls.WhyRefused(peer, NodeTls.ServerPurpose).Should().BeNull();

        File.Delete(At("ca.crt"));
        _tls.WhyRefused(peer, NodeTls.ServerPurpose).Should().Contain("CLUSTER_TLS_CA_FILE");
    }

    [Fact]
    public void Own_certificate_that_was_exchanged_is_taken_over_and_a_broken_one_is_not()
    {
        var first = _tls.Certificate!.Thumbprint;
        using var next = _authority.Issue("node", Both, [Name]);
        Write(_authority.ChainPem(next), TestAuthority.KeyPem(next));
        _time.Advance(TimeSpan.FromSeconds(1));

        _tls.Certificate.Thumbprint.Should().Be(next.Thumbprint).And.NotBe(first);

        Write("nothing", "of use");
        _time.Advance(TimeSpan.FromSeconds(1));
        _tls.Certificate.Thumbprint.Should().Be(next.Thumbprint);
        _time.Advance(TimeSpan.FromSeconds(1));
        _tls.Certificate.Thumbprint.Should().Be(next.Thumbprint);
        _log.Of(641).Should().ContainSingle();
    }

    [Fact]
    public void Without_a_certificate_nothing_is_spoken()
    {
        var tls = new NodeTls(At("missing.crt"), At("missing.key"), At("ca.crt"), Name, _time, _log);

        tls.Certificate.Should().BeNull();
        tls.Invoking(it => it.ForMessages()).Should().Throw<AuthenticationException>();
        tls.Invoking(it => it.ForAnswering(peer: null)).Should().Throw<AuthenticationException>();
    }

    private string At(string file) => Path.Combine(_folder.FullName, file);

    private void Write(string certificate, string key)
    {
        File.WriteAllText(At("tls.crt"), certificate);
        File.WriteAllText(At("tls.key"), key);
    }
}
