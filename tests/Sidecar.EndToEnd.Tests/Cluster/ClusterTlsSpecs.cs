using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.EndToEnd.Tests.Cluster;

/// <summary>Nodes that speak TLS.</summary>
[Collection(AloneCollection.Name)]
public sealed class ClusterTlsSpecs : IAsyncLifetime, IDisposable
{
    private const string Name = "sidecar-node";
    private static readonly string[] Both = [TestAuthority.Server, TestAuthority.Client];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cluster-tls-");
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new();
    private readonly ClusterUnderTest _it = new(3);

    public async Task InitializeAsync()
    {
        File.WriteAllText(At("ca.crt"), _authority.RootPem);
        foreach (var node in (int[])[1, 2, 3])
            Issue(node, _authority, Name);
        _it.Files = node => new(At($"{node}.crt"), At($"{node}.key"), At("ca.crt"));
        await _it.StartAllAsync();
    }

    public async Task DisposeAsync() => await _it.DisposeAsync();

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Node_that_comes_back_with_a_certificate_of_another_authority_stays_out_and_ends_nobody()
    {
        Issue(3, _stranger, Name);
        // At once: the others still try to speak to the one that was killed.
        _it[3].SendKill();
        await _it.StartAsync(3);

        await _it.HasMembersAsync(2, within: null, 1, 2);
        await _it.HasMembersAsync(1, within: null, 3);
        foreach (var node in (int[])[1, 2])
        {
            await Eventually.HoldsAsync(() => Task.FromResult(_it[node].Lines.Any(static line => line.Contains("is refused", StringComparison.Ordinal))));
            (await _it.RestartsOf(node, "removed")).Should().Be(0);
        }

        // An end that was called off stands in the way of no later one.
        _it[1].SendTerminate();
        (await _it[1].WaitForExitAsync()).Should().Be(0);
        await _it.HasMembersAsync(1, within: null, 2);
    }

    [Fact]
    public async Task Node_without_the_common_name_stays_out()
    {
        Issue(3, _authority, "somebody");
        _it[3].SendKill();
        await _it.HasMembersAsync(2, within: null, 1, 2);
        await _it.StartAsync(3);

        await _it.HasMembersAsync(1, within: null, 3);
        await _it.HasMembersAsync(2, within: null, 1, 2);
    }

    [Fact]
    public async Task Node_with_another_certificate_joins_anew_under_the_running_process()
    {
        var id = _it[1].Id;
        Issue(1, _authority, Name);

        await Eventually.HoldsAsync(async () => await _it.RestartsOf(1, "certificate") == 1);
        await _it.HasMembersAsync(3);

        _it[1].Id.Should().Be(id);
        (await _it.RestartsOf(2, "certificate")).Should().Be(0);
    }

    [Fact]
    public async Task Authority_is_replaced_under_the_running_processes_which_join_anew_one_after_the_other()
    {
        int[] nodes = [1, 2, 3];
        var ids = nodes.Select(node => _it[node].Id).ToList();
        // Messages come with a node's certificate alone: what leads from it to the authority stands in the file as well.
        var old = $"{_authority.RootPem}\n{_authority.Between.ExportCertificatePem()}\n";
        var other = $"{_stranger.RootPem}\n{_stranger.Between.ExportCertificatePem()}\n";
        File.WriteAllText(At("ca.crt"), old + other);

        // All at once, as where they share one.
        foreach (var node in nodes)
            Issue(node, _stranger, Name);
        foreach (var node in nodes)
        {
            await Eventually.HoldsAsync(async () => await _it.RestartsOf(node, "certificate") == 1);
            foreach (var later in nodes.Where(later => later > node))
                (await _it.RestartsOf(later, "certificate")).Should().Be(0, $"node {later} comes after node {node}");
            await _it.HasMembersAsync(3);
        }

        File.WriteAllText(At("ca.crt"), other);
        _it[3].SendKill();
        await _it.HasMembersAsync(2, within: null, 1, 2);
        await _it.StartAsync(3);
        await _it.HasMembersAsync(3);

        _it[1].Id.Should().Be(ids[0]);
        _it[2].Id.Should().Be(ids[1]);
    }

    [Fact]
    public async Task Member_exchange_answers_nobody_without_a_certificate_of_the_authority()
    {
        using var stranger = _stranger.Issue("stranger", Both, [Name]);
        using var own = _authority.Issue("own", Both, [Name]);

        (await AskAsync(null)).Should().BeFalse();
        (await AskAsync(SslStreamCertificateContext.Create(stranger, [_stranger.Between], offline: true))).Should().BeFalse();
        (await AskAsync(SslStreamCertificateContext.Create(own, [_authority.Between], offline: true))).Should().BeTrue();
    }

    private async Task<bool> AskAsync(SslStreamCertificateContext? certificate)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = { ClientCertificateContext = certificate, RemoteCertificateValidationCallback = (_, server, _, _) => server?.Issuer == _authority.Between.Subject },
        };
        using var http = new HttpClient(handler);
        try
        {
            return (await http.GetAsync(new Uri($"https://{_it.ExchangeOf(1)}/members"))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string At(string file) => Path.Combine(_folder.FullName, file);

    private void Issue(int node, TestAuthority authority, string name)
    {
        using X509Certificate2 certificate = authority.Issue($"node-{node}", Both, [name]);
        File.WriteAllText(At($"{node}.key"), TestAuthority.KeyPem(certificate));
        File.WriteAllText(At($"{node}.crt"), authority.ChainPem(certificate));
    }
}
