using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Remote.Transport.DotNetty;
using Microsoft.Extensions.Logging;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// TLS between nodes, each with a certificate in both directions. A peer's has to come from an authority of the file, to be for the purpose
/// that the peer has, and to carry the one name that all nodes have in common: an authority of a whole company signs others too, and a node's
/// address is no name, since inward it is what routing made of it.
/// </summary>
public sealed partial class NodeTls
{
    /// <summary>What a server's certificate is for.</summary>
    public const string ServerPurpose = "1.3.6.1.5.5.7.3.1";

    /// <summary>What a client's certificate is for.</summary>
    public const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    // How long the same trouble with the same peer is told once.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    // Troubles that are remembered at once.
    private const int MaxTold = 256;

    private readonly string _authorityFile;
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly NodeCertificate _own;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string, string), long> _told = [];

    /// <summary>Makes it; nothing is read yet.</summary>
    /// <param name="certificateFile">Path of this node's certificate, PEM.</param>
    /// <param name="keyFile">Path of its key, PEM.</param>
    /// <param name="authorityFile">Path of the authorities of all nodes' certificates, PEM, one or several.</param>
    /// <param name="name">The DNS name that all nodes' certificates carry.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="log">The log.</param>
    public NodeTls(string certificateFile, string keyFile, string authorityFile, string name, TimeProvider time, ILoggerFactory log)
    {
        _authorityFile = authorityFile;
        _name = name;
        _time = time;
        _log = log.CreateLogger<NodeTls>();
        _own = new NodeCertificate(certificateFile, keyFile, time, log);
    }

    /// <summary>This node's own certificate; null as long as its files could not be used.</summary>
    public X509Certificate2? Certificate => _own.Current()?.TargetCertificate;

    /// <summary>For messages between nodes. They take the certificate once, at the start of the actor system.</summary>
    /// <exception cref="AuthenticationException">There is no certificate.</exception>
    public DotNettySslSetup ForMessages() => new(
        Certificate ?? throw NoCertificate(),
        suppressValidation: false,
        requireMutualAuthentication: true,
        validateCertificateHostname: false,
        customValidator: (certificate, _, peer, _, _) => Accepts(certificate, peer, PurposeOf(peer)));

    /// <summary>For questions of the member exchange.</summary>
    public SslClientAuthenticationOptions ForAsking() => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        LocalCertificateSelectionCallback = (_, _, _, _, _) => Certificate!,
        RemoteCertificateValidationCallback = (stream, certificate, _, _) =>
            Accepts(certificate as X509Certificate2, (stream as SslStream)?.TargetHostName ?? "", ServerPurpose),
        // A session that is taken up again would be one that was checked by the authorities of its time.
        AllowTlsResume = false,
    };

    /// <summary>For answers of the member exchange.</summary>
    /// <param name="peer">Where the question comes from.</param>
    /// <exception cref="AuthenticationException">There is no certificate.</exception>
    public SslServerAuthenticationOptions ForAnswering(EndPoint? peer) => new()
    {
        ServerCertificateContext = _own.Current() ?? throw NoCertificate(),
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => Accepts(certificate as X509Certificate2, $"{peer}", ClientPurpose),
        AllowTlsResume = false,
    };

    /// <summary>Why a peer's certificate is not good enough; null where it is.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="purpose">What the peer uses it for.</param>
    public string? WhyRefused(X509Certificate2? certificate, string purpose)
    {
        if (certificate is null)
            return "there is none";
        var authorities = new X509Certificate2Collection();
        try
        {
            // Read anew for each handshake, which are few: authorities can be exchanged under the running service.
            authorities.ImportFromPemFile(_authorityFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"the authorities in CLUSTER_TLS_CA_FILE can't be read ({e.GetType().Name})";
        }

        if (WhyNotIssued(certificate, purpose, authorities) is { } why)
            return why;
        return certificate.MatchesHostname(_name, allowWildcards: false, allowCommonName: false)
            ? null
            : $"it does not carry the name {_name}, but {Shorten(certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false))}";
    }

    private string? WhyNotIssued(X509Certificate2 certificate, string purpose, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        // A certificate says where more is to be had, and nobody is to send this process anywhere.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(purpose));
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        // Messages come with the certificate alone: what leads from it to the authority is most often what leads from one's own.
        foreach (var between in _own.Current()?.IntermediateCertificates ?? [])
            chain.ChainPolicy.ExtraStore.Add(between);
        return chain.Build(certificate)
            ? null
            : string.Join(", ", chain.ChainStatus.Select(static status => status.StatusInformation.Trim()).Distinct());
    }

    private bool Accepts(X509Certificate2? certificate, string peer, string purpose)
    {
        if (WhyRefused(certificate, purpose) is not { } why)
            return true;
        // The port of whoever calls is another one each time.
        var place = peer.EndsWith(']') || peer.LastIndexOf(':') is not (> 0 and var colon) ? peer : peer[..colon];
        if (IsNews(place, why))
            Log.Refused(_log, place, why);
        return false;
    }

    private bool IsNews(string place, string why)
    {
        lock (_gate)
        {
            if (_told.TryGetValue((place, why), out var last) && _time.GetElapsedTime(last) < Quiet)
                return false;
            if (_told.Count >= MaxTold)
                _told.Clear();
            _told[(place, why)] = _time.GetTimestamp();
            return true;
        }
    }

    // Outward, messages name an actor system's address, inward a socket's end point.
    private static string PurposeOf(string peer) => Address.TryParse(peer, out _) ? ServerPurpose : ClientPurpose;

    private static string Shorten(string text) => Protocol.Excerpt.Of(text);

    private static AuthenticationException NoCertificate() => new("there is no certificate of this node that can be used");

    private static partial class Log
    {
        [LoggerMessage(642, LogLevel.Warning, "the certificate of {Peer} is refused: {Reason}; told once a minute")]
        public static partial void Refused(ILogger logger, string peer, string reason);
    }
}
