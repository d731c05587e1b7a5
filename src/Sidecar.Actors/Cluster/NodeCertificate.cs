using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Sidecar.Actors.Cluster;

/// <summary>
/// This node's own certificate and key, read again when the files hold others. What can't be used leaves in force what was so before, and is
/// told once.
/// </summary>
/// <param name="certificateFile">Path of the certificate, PEM; those that lead to its authority may follow it.</param>
/// <param name="keyFile">Path of its key, PEM.</param>
/// <param name="time">The source of time.</param>
/// <param name="log">The log.</param>
public sealed partial class NodeCertificate(string certificateFile, string keyFile, TimeProvider time, ILoggerFactory log)
{
    // Between two looks at the files.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ILogger _log = log.CreateLogger<NodeCertificate>();
    private readonly Lock _gate = new();
    private SslStreamCertificateContext? _current;
    private long? _lastLook;
    private string? _lastTrouble;

    // A digest, so that the key does not lie in memory once more.
    private string? _seen;

    /// <summary>What is in force, with what leads to its authority; null as long as the files could not be used.</summary>
    public SslStreamCertificateContext? Current()
    {
        lock (_gate)
        {
            if (_lastLook is { } last && time.GetElapsedTime(last) < Interval)
                return _current;
            Look();
            _lastLook = time.GetTimestamp();
            return _current;
        }
    }

    // The one before may be in use still: the collector takes it.
    private void Look()
    {
        try
        {
            var (certificate, key) = (File.ReadAllText(certificateFile), File.ReadAllText(keyFile));
            var seen = Digest(certificate + "\n" + key);
            if (seen == _seen && _current is not null)
            {
                // The next trouble is another one.
                _lastTrouble = null;
                return;
            }

            var isOther = _current is not null;
            _current = Read(certificate, key);
            (_seen, _lastTrouble) = (seen, null);
            if (isOther)
                Log.TakenOver(_log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // Not the text of an error about a file, which has the path in it: somebody may have put the key itself there.
            var trouble = e is CryptographicException or ArgumentException ? e.Message : e.GetType().Name;
            if (trouble == _lastTrouble)
                return;
            _lastTrouble = trouble;
            Log.NotUsable(_log, trouble);
        }
    }

    private static SslStreamCertificateContext Read(string certificate, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        using var pair = X509Certificate2.CreateFromPem(certificate, key);
        // A key from PEM lives in memory only, which not every platform takes for a handshake.
        var whole = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), password: null);
        return SslStreamCertificateContext.Create(whole, [.. chain.Skip(1)], offline: true);
    }

    private static string Digest(string text) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private static partial class Log
    {
        [LoggerMessage(640, LogLevel.Warning, "CLUSTER_TLS_CERT_FILE and CLUSTER_TLS_KEY_FILE hold others than before: this node joins its cluster anew with them")]
        public static partial void TakenOver(ILogger logger);

        [LoggerMessage(641, LogLevel.Error,
            "CLUSTER_TLS_CERT_FILE and CLUSTER_TLS_KEY_FILE can't be used: {Trouble}; what was in force stays so, without any this node stays alone, and "
            + "they are looked at again every second")]
        public static partial void NotUsable(ILogger logger, string trouble);
    }
}
