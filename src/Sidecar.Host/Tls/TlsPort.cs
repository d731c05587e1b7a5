using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Host.Configuration;
using Sidecar.Host.Shutdown;

namespace Sidecar.Host.Tls;

/// <summary>What the TLS port shows its clients, and what it asks of them.</summary>
internal sealed partial class TlsPort
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time;
    private readonly MadeCertificate _made;
    private readonly ReloadedFiles<SslStreamCertificateContext>? _certificate;
    private readonly ReloadedFiles<X509Certificate2Collection>? _authorities;
    private readonly ILogger _logger;

    /// <summary>Makes it; nothing is read yet.</summary>
    /// <param name="options">Where the files are.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="logger">The log.</param>
    public TlsPort(SidecarOptions options, TimeProvider time, ILogger<TlsPort> logger)
    {
        _time = time;
        _made = new MadeCertificate(Dns.GetHostName(), time);
        if (options is { TlsCertFile: { } cert, TlsKeyFile: { } key })
            _certificate = new([cert, key], static contents => ReadPair(contents[0], contents[1]), time);
        if (options.TlsClientCaFile is { } authorities)
            _authorities = new([authorities], static contents => ReadAuthorities(contents[0]), time);
        _logger = logger;
    }

    /// <summary>Looks at the files for the first time; what is wrong with them later is told in the log.</summary>
    /// <returns>What can't be used.</returns>
    public IReadOnlyList<string> FirstLook()
    {
        var faults = new List<string>();
        Look(_certificate, "TLS_CERT_FILE and TLS_KEY_FILE", "a certificate and its private key in PEM files");
        Look(_authorities, Settings.TlsClientCaFile.Name, "certificates of authorities in a PEM file");
        return faults;

        void Look<T>(ReloadedFiles<T>? files, string names, string expected)
            where T : class
        {
            if (files is null)
                return;
            files.OnTrouble = trouble => faults.Add(
                $"{names} can't be used: {trouble}, expected {expected}; the TLS port takes no connections until they can be, and they are looked at again at each");
            files.Current();
            files.OnTrouble = trouble => Log.NotUsable(_logger, names, trouble, expected);
            files.OnTakenOver = () => Log.TakenOver(_logger, names);
        }
    }

    /// <summary>Lets a listener speak TLS.</summary>
    public void Use(ListenOptions listen)
    {
        // A connection that is to be closed while it has not said anything yet has nothing to lose.
        listen.Use(next => async connection =>
        {
            var record = connection.Features.GetRequiredFeature<ClientConnection>();
            record.IsOpening = true;
            var closing = connection.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().ConnectionClosedRequested;
            await using var ending = closing.UnsafeRegister(
                static state =>
                {
                    var (connection, record) = ((ConnectionContext, ClientConnection))state!;
                    if (record.IsOpening)
                        connection.Abort();
                },
                (connection, record));
            await next(connection);
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions { HandshakeTimeout = HandshakeTimeout, OnConnection = _ => ValueTask.FromResult(Options()) });
        listen.Use(next => connection =>
        {
            connection.Features.GetRequiredFeature<ClientConnection>().IsOpening = false;
            // Whoever has not asked for HTTP/2 does not speak it. The server would write a line for each.
            var protocol = connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol ?? default;
            return protocol.Span.SequenceEqual(SslApplicationProtocol.Http2.Protocol.Span) ? next(connection) : Task.CompletedTask;
        });
    }

    /// <summary>What a handshake goes by.</summary>
    /// <exception cref="AuthenticationException">The files could never be used.</exception>
    public SslServerAuthenticationOptions Options()
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _certificate is null ? _made.Current() : _certificate.Current() ?? throw Unusable(),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (_authorities is null)
            return options;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = ClientPolicy(_authorities.Current() ?? throw Unusable(), _time.GetUtcNow());
        options.RemoteCertificateValidationCallback = static (_, certificate, _, errors) => certificate is not null && errors == SslPolicyErrors.None;
        // A session that is taken up again would be one that was checked by the authorities of its time.
        options.AllowTlsResume = false;
        return options;

        static AuthenticationException Unusable() => new("what TLS needs can't be read");
    }

    /// <summary>A certificate, those that lead to its authority, and its key.</summary>
    internal static SslStreamCertificateContext ReadPair(byte[] certificate, byte[] key)
    {
        var text = SettingFile.TextOf(certificate);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(text);
        return SslStreamCertificateContext.Create(
            X509Certificate2.CreateFromPem(text, SettingFile.TextOf(key)), [.. chain.Skip(1)], offline: true);
    }

    /// <summary>The certificates of authorities.</summary>
    internal static X509Certificate2Collection ReadAuthorities(byte[] content)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(SettingFile.TextOf(content));
        return authorities.Count > 0 ? authorities : throw new CryptographicException("there is no certificate in it");
    }

    /// <summary>What is asked of a client's certificate.</summary>
    internal static X509ChainPolicy ClientPolicy(X509Certificate2Collection authorities, DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            // A certificate says where more is to be had, and nobody is to send this process anywhere.
            DisableCertificateDownloads = true,
            VerificationTime = now.UtcDateTime,
        };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return policy;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Names} hold others than before, which are in force from now on")]
        public static partial void TakenOver(ILogger logger, string names);

        [LoggerMessage(2, LogLevel.Error,
            "{Names} can't be used: {Trouble}, expected {Expected}; what was in force stays so, and they are looked at again with the next connections")]
        public static partial void NotUsable(ILogger logger, string names, string trouble, string expected);
    }
}
