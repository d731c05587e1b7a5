using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Sidecar.Actors.Redis;

/// <summary>How the client is set up, and what is asked of the server's certificate.</summary>
public sealed partial class RedisConnection
{
    private ConfigurationOptions Options()
    {
        var options = new ConfigurationOptions
        {
            Defaults = new Credentials(_settings),
            ClientName = _settings.ClientName,
            ServiceName = _settings.SentinelMaster,
            DefaultDatabase = _settings.Database,
            // It would be looked for in the first database each minute, so that ours had to be selected again each time.
            TieBreaker = "",
            Protocol = RedisProtocol.Resp2,
            AbortOnConnectFail = false,
            // For the server to tell of changes; nothing that could do harm is asked.
            AllowAdmin = true,
            BacklogPolicy = BacklogPolicy.FailFast,
            ConnectTimeout = (int)ConnectLimit.TotalMilliseconds,
            AsyncTimeout = (int)OperationLimit.TotalMilliseconds,
            SyncTimeout = (int)OperationLimit.TotalMilliseconds,
            KeepAlive = 10,
            ReconnectRetryPolicy = new ExponentialRetry(FirstPauseMs, LongestPauseMs),
            Ssl = _settings.UsesTls,
            CheckCertificateRevocation = false,
            IncludeDetailInExceptions = false,
        };
        foreach (var endPoint in _settings.EndPoints)
            options.EndPoints.Add(endPoint);
        // Each connection begins in the first one.
        if (_settings.Database != 0)
        {
            options.BeforeSocketConnect = (endPoint, type, _) =>
            {
                var number = Interlocked.Increment(ref _tries);
                if (type == ConnectionType.Interactive)
                    ImmutableInterlocked.AddOrUpdate(ref _unchecked, endPoint, number, (_, _) => number);
            };
        }

        options.ConnectionAttemptCompleted += OnAttempt;
        if (_settings.UsesTls)
            CheckCertificates(options, _settings.TlsCaFile);
        return options;
    }

    // With a file the chain is checked against its authorities alone, else as the system does; that the name fits is checked as ever. The file
    // is read again for each connection, since it may be replaced; where it can't be read then, what it held before counts.
    private void CheckCertificates(ConfigurationOptions options, string? file)
    {
        var known = file is null ? null : AuthoritiesIn(file);
        options.CertificateValidation += (sender, certificate, chain, errors) =>
        {
            if (file is not null)
            {
                try
                {
                    known = AuthoritiesIn(file);
                }
                catch (Exception e) when (IsOfFile(e))
                {
                    // A file that is being replaced.
                }
            }

            var fault = CertificateFault(certificate, chain, errors, known);
            _certificateFault = fault is null ? null : $"the certificate that '{(sender as SslStream)?.TargetHostName}' shows {fault}";
            return fault is null;
        };
    }

    // What is wrong with a certificate, or null.
    private static string? CertificateFault(X509Certificate? certificate, X509Chain? systems, SslPolicyErrors errors, X509Certificate2Collection? known)
    {
        if (certificate is null)
            return "is missing, expected one (REDIS_TLS)";
        using var own = new X509Certificate2(certificate);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return $"is for another name, '{own.GetNameInfo(X509NameType.DnsName, forIssuer: false)}', expected one that fits the host asked for (REDIS_HOST)";
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return $"is not accepted ({errors})";
        if (known is null)
        {
            return errors == SslPolicyErrors.None ? null
                : $"is not trusted ({StatusOf(systems)}), expected one of an authority that the system trusts, or of those in REDIS_TLS_CA_FILE, which is not set";
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(known);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(own) ? null : $"is not trusted ({StatusOf(chain)}), expected one that an authority in REDIS_TLS_CA_FILE has signed";
    }

    private static string StatusOf(X509Chain? chain) =>
        string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status).Distinct());

    // As the client quotes it.
    private static readonly string CalledOff = new SocketException((int)SocketError.OperationAborted).Message;

    // What this side gives up in the handshake itself may come to light as a read that was called off.
    private static bool IsOfCertificate(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is AuthenticationException or SocketException { SocketErrorCode: SocketError.OperationAborted }
                || exception.Message.Contains("certificate", StringComparison.Ordinal)
                || exception.Message.Contains(CalledOff, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static X509Certificate2Collection AuthoritiesIn(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("there is no certificate in it");
    }

    private static bool IsOfFile(Exception exception) => exception is IOException or CryptographicException or UnauthorizedAccessException;

    // Asked at each new connection, so that a password that was replaced is used from then on.
    private sealed class Credentials(RedisSettings settings) : DefaultOptionsProvider
    {
        public override string? User => settings.Username;

        public override string? Password => settings.Password.Current?.Reveal();
    }
}
