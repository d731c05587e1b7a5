using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Host.Configuration;
using Sidecar.Host.Tls;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class TlsPortSpecs : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-tls-").FullName;

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(TestAuthority.Client, false, false, true)]
    [InlineData(TestAuthority.Server, false, false, false)]
    [InlineData(TestAuthority.Client, true, false, false)]
    [InlineData(TestAuthority.Client, false, true, false)]
    public void Client_is_let_in_with_a_client_certificate_of_these_authorities_that_is_in_its_time(
        string purpose, bool isPast, bool isStranger, bool expected)
    {
        var issuer = isStranger ? _stranger : _authority;
        using var certificate = issuer.Issue("client", purpose, isPast);
        using var chain = new X509Chain();
        chain.ChainPolicy = TlsPort.ClientPolicy([_authority.Root], TimeProvider.System.GetUtcNow());
        chain.ChainPolicy.ExtraStore.Add(issuer.Between);

        chain.Build(certificate).Should().Be(expected);
    }

    [Fact]
    public void Time_of_a_client_certificate_is_judged_by_the_clock_that_is_given()
    {
        using var certificate = _authority.Issue("client", TestAuthority.Client);
        using var chain = new X509Chain();
        chain.ChainPolicy = TlsPort.ClientPolicy([_authority.Root], TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(60));
        chain.ChainPolicy.ExtraStore.Add(_authority.Between);

        chain.Build(certificate).Should().BeFalse();
    }

    [Fact]
    public void Certificate_file_may_hold_the_chain()
    {
        using var certificate = _authority.Issue("server", TestAuthority.Server);

        var context = TlsPort.ReadPair(Bytes(_authority.ChainPem(certificate)), Bytes(TestAuthority.KeyPem(certificate)));

        context.TargetCertificate.Thumbprint.Should().Be(certificate.Thumbprint);
        context.IntermediateCertificates.Select(c => c.Thumbprint).Should().Equal(_authority.Between.Thumbprint);
    }

    [Fact]
    public void Key_of_another_certificate_and_nonsense_are_refused()
    {
        using var certificate = _authority.Issue("server", TestAuthority.Server);
        using var other = _authority.Issue("other", TestAuthority.Server);

        var pair = (string cert, string key) => FluentActions.Invoking(() => TlsPort.ReadPair(Bytes(cert), Bytes(key)));
        pair(_authority.ChainPem(certificate), TestAuthority.KeyPem(other)).Should().Throw<Exception>();
        pair(_authority.ChainPem(certificate), "").Should().Throw<Exception>();
        pair("text", TestAuthority.KeyPem(certificate)).Should().Throw<Exception>();
        FluentActions.Invoking(() => TlsPort.ReadAuthorities(Bytes("text"))).Should().Throw<CryptographicException>();
    }

    [Fact]
    public void Files_that_can_not_be_used_are_faults_at_the_start_and_nobody_is_let_in_without_them()
    {
        var key = Path.Combine(_folder, "tls.key");
        using var certificate = _authority.Issue("server", TestAuthority.Server);
        File.WriteAllText(key, TestAuthority.KeyPem(certificate));
        var port = New(new() { TlsCertFile = Path.Combine(_folder, "tls.crt"), TlsKeyFile = key, TlsClientCaFile = key });

        var faults = port.FirstLook();

        faults.Should().HaveCount(2);
        faults[0].Should().StartWith("TLS_CERT_FILE and TLS_KEY_FILE can't be used: a file is missing");
        faults[1].Should().StartWith("TLS_CLIENT_CA_FILE can't be used: there is no certificate in it");
        string.Concat(faults).Should().NotContain("PRIVATE").And.NotContain(_folder);
        FluentActions.Invoking(port.Options).Should().Throw<AuthenticationException>();
    }

    [Fact]
    public void Without_authorities_in_force_nobody_is_let_in()
    {
        var port = New(new() { TlsClientCaFile = Path.Combine(_folder, "ca.crt") });
        port.FirstLook().Should().ContainSingle();

        FluentActions.Invoking(port.Options).Should().Throw<AuthenticationException>();
    }

    [Fact]
    public void Clients_need_a_certificate_only_where_authorities_are_given()
    {
        New(new()).Options().ClientCertificateRequired.Should().BeFalse();
        var ca = Path.Combine(_folder, "ca.crt");
        File.WriteAllText(ca, _authority.RootPem);

        var options = New(new() { TlsClientCaFile = ca }).Options();

        (options.ClientCertificateRequired, options.AllowTlsResume).Should().Be((true, false));
        options.EnabledSslProtocols.Should().Be(SslProtocols.Tls12 | SslProtocols.Tls13);
    }

    private static TlsPort New(SidecarOptions options) => new(options, TimeProvider.System, NullLogger<TlsPort>.Instance);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
