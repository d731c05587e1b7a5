using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Sidecar.Testing;

namespace Sidecar.Actors.Tests.Redis;

/// <summary>A redis-server that is spoken to over TLS.</summary>
public sealed class RedisTlsSpecs : IDisposable
{
    private static readonly EntryKey Own = new("customer");
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [RedisFact]
    public async Task A_certificate_of_the_authority_that_fits_the_host_is_trusted()
    {
        Make("localhost");
        await using var server = await StartAsync();
        await using var bench = Begin(server, "localhost", "authority.pem");
        await bench.IsUpAsync();

        await bench.SaveAsync(Own, States.Metered(day: 1));

        (await bench.LoadAsync(Own)).Should().NotBeNull();
        bench.Counters.RedisClientErrors.Value.Should().Be(0);
    }

    [RedisFact]
    public async Task A_certificate_that_does_not_fit_the_host_is_not_trusted()
    {
        Make("another-host");
        await using var server = await StartAsync();
        await using var bench = Begin(server, "localhost", "authority.pem");

        await ExpectRefusalAsync(bench, "'localhost'", "name", "REDIS_HOST");
    }

    [RedisFact]
    public async Task A_certificate_of_another_authority_is_not_trusted()
    {
        Make("localhost");
        File.WriteAllText(PathOf("other.pem"), Authority("another").ExportCertificatePem());
        await using var server = await StartAsync();
        await using var bench = Begin(server, "localhost", "other.pem");

        await ExpectRefusalAsync(bench, "'localhost'", "authorit", "REDIS_TLS_CA_FILE");
    }

    [RedisFact]
    public async Task A_certificate_of_an_authority_that_the_system_does_not_know_is_not_trusted()
    {
        Make("localhost");
        await using var server = await StartAsync();
        await using var bench = Begin(server, "localhost", authorities: null);

        await ExpectRefusalAsync(bench, "'localhost'", "system", "REDIS_TLS_CA_FILE");
    }

    [RedisTheory]
    [InlineData(null)]
    [InlineData("no certificate in here")]
    public async Task A_file_of_authorities_that_can_t_be_read_is_named_and_read_again(string? content)
    {
        Make("localhost");
        var right = File.ReadAllText(PathOf("authority.pem"));
        if (content is null)
            File.Delete(PathOf("authority.pem"));
        else
            File.WriteAllText(PathOf("authority.pem"), content);
        await using var server = await StartAsync("certificate.pem");
        await using var bench = Begin(server, "localhost", "authority.pem");
        await Eventually.HoldsAsync(() => bench.Logged.Of(500).Count == 1, "a line");
        bench.Logged.Of(500)[0].Text.Should().Contain("REDIS_TLS_CA_FILE");

        File.WriteAllText(PathOf("authority.pem"), right);

        await bench.IsUpAsync();
    }

    private static async Task ExpectRefusalAsync(RedisBench bench, params string[] words)
    {
        await Eventually.HoldsAsync(() => bench.Logged.Of(500).Count > 0, "a line that it does not work");
        bench.Logged.Of(500)[0].Text.Should().ContainAll(words).And.NotContain("RemoteCertificateValidationCallback").And.NotContain("v: ");
        bench.Connection.IsUp.Should().BeFalse();
        var save = async () => await bench.SaveAsync(Own, States.Metered(day: 1));
        await save.Should().ThrowAsync<RedisFailureException>();
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private void Make(string host)
    {
        using var authority = Authority("authority");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(authority, now.AddHours(-1), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(PathOf("authority.pem"), authority.ExportCertificatePem());
        File.WriteAllText(PathOf("certificate.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private Task<RedisServer> StartAsync(string authorities = "authority.pem") => RedisServer.StartAsync(
        "--tls-port", "{port}", "--tls-cert-file", PathOf("certificate.pem"), "--tls-key-file", PathOf("key.pem"),
        "--tls-ca-cert-file", PathOf(authorities), "--tls-auth-clients", "no");

    private RedisBench Begin(RedisServer server, string host, string? authorities) => RedisBench.Begin(RedisBench.Settings() with
    {
        EndPoints = [new DnsEndPoint(host, server.Port)],
        UsesTls = true,
        TlsCaFile = authorities is null ? null : PathOf(authorities),
    });

    private string PathOf(string file) => Path.Combine(_folder, file);
}
