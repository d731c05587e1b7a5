using System.Net;
using System.Security.Cryptography.X509Certificates;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Tls;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class MadeCertificateSpecs
{
    private static readonly DateTimeOffset Now = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("host-1.example", new[] { "localhost", "host-1.example" })]
    [InlineData("localhost", new[] { "localhost" })]
    [InlineData("not a name", new[] { "localhost" })]
    [InlineData("", new[] { "localhost" })]
    public void It_is_for_this_machine_and_valid_for_a_year(string hostName, string[] names)
    {
        using var certificate = MadeCertificate.Make(hostName, Now);

        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        alternatives.EnumerateDnsNames().Should().Equal(names);
        alternatives.EnumerateIPAddresses().Should().Equal(IPAddress.Loopback, IPAddress.IPv6Loopback);
        new DateTimeOffset(certificate.NotBefore).Should().Be(Now.AddHours(-1));
        new DateTimeOffset(certificate.NotAfter).Should().Be(Now.AddDays(365));
        certificate.PublicKey.EncodedParameters!.RawData.Should().Equal([6, 8, 42, 134, 72, 206, 61, 3, 1, 7], "that is P-256");
    }

    [Fact]
    public void One_is_made_and_kept_until_thirty_days_before_its_end()
    {
        var time = new FakeTimeProvider(Now);
        var made = new MadeCertificate("host", time);
        var first = made.Current();

        time.Advance(TimeSpan.FromDays(365 - 30));
        made.Current().Should().BeSameAs(first);
        time.Advance(TimeSpan.FromSeconds(1));
        var second = made.Current();

        second.Should().NotBeSameAs(first);
        second.TargetCertificate.NotAfter.Should().BeAfter(first.TargetCertificate.NotAfter);
        made.Current().Should().BeSameAs(second);
    }

    [Fact]
    public async Task Handshakes_at_the_same_time_share_one()
    {
        var made = new MadeCertificate("host", TimeProvider.System);

        var all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(made.Current)));

        all.Distinct().Should().ContainSingle();
    }
}
