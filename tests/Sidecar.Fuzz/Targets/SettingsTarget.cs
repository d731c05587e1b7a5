using System.Text;
using Sidecar.Fuzz.Driver;
using Sidecar.Host.Configuration;
using Sidecar.Host.Diagnostics;
using Sidecar.Protocol;
using Sidecar.Host.Telemetry;

namespace Sidecar.Fuzz.Targets;

/// <summary>
/// Environment variables: a line each, <c>NAME=value</c>. A file that a variable names holds the file's name as its content; there is none where the
/// name begins with a slash.
/// </summary>
internal sealed class SettingsTarget : FuzzTarget
{
    private const long Memory = 1L << 30;

    // A shorter one may stand in any text by chance.
    private const int ShortestSecret = 12;

    // Every entry of a bad fallback has a fault of its own, with the fallback's own bound.
    private const int LongestFault = 2048;

    private static readonly Setting[] All = [.. Settings.All, .. TelemetrySettings.All];
    private static readonly HashSet<string> Secrets = [.. All.Where(setting => setting.IsSecret).SelectMany(setting => new[] { setting.Name, setting.FileName })];
    private static readonly HashSet<string> Addresses = [.. All.Where(setting => setting.Accepted.Contains("URL", StringComparison.Ordinal)).SelectMany(setting => new[] { setting.Name, setting.FileName })];

    public override string Name => "settings";

    public override IReadOnlyList<string> Words { get; } =
    [
        .. All.Select(setting => $"\n{setting.Name}="), "_FILE=", "on", "off", "true", "false", "0", "65535", "65536", "static", "dns", "http://user:password-of-somebody@host/", "wss://host/graphql", "https://[::1]:1/",
        "0.0.0.0", "::", "::ffff:10.0.0.1", "10.0.0.1", "255.255.255.255", "host:5054,other:5054", "/tmp/socket", "0600", "otlp", "none", "a=b,c=d", "%0a", "{\"f\":{\"hasAccess\":true}}", "CLUSTER_HOST=10.0.0.1\n",
    ];

    public override long AllowedBytes(ReadOnlySpan<byte> input) => (1024 * 1024) + (800L * input.Length);

    public override void Execute(ReadOnlySpan<byte> input)
    {
        var variables = Read(Encoding.UTF8.GetString(input));
        // To look for an address of this machine is not what is tried here.
        variables.TryAdd(Settings.ClusterHost.Name, "10.0.0.1");
        var reader = new SettingsReader(variables.GetValueOrDefault, FileContent);
        // What the diagnostics show of it costs more than the reading, and is looked at now and then.
        var report = input.Length % 4 == 0 ? ConfigSource.Read(reader, Memory) : null;
        if (report is null)
            SidecarOptions.Read(reader, Memory);
        foreach (var fault in reader.Faults)
            Promises.IsLine(fault.Text, LongestFault);
        Promises.That(report is null || report.Settings.Count == Settings.All.Count, "a setting is not shown");
        foreach (var hidden in Hidden(variables))
        {
            var telling = reader.Faults.Select(fault => fault.Text).FirstOrDefault(text => text.Contains(hidden, StringComparison.Ordinal));
            Promises.That(telling is null, $"a fault shows the secret {hidden}: {telling}");
            var shown = report?.Settings.FirstOrDefault(setting => setting.Value.Contains(hidden, StringComparison.Ordinal));
            Promises.That(shown is null, $"the report shows the secret {hidden}: {shown}");
        }
    }

    private static string FileContent(string path) =>
        path.StartsWith('/') ? throw new FileNotFoundException($"there is no '{path}'") : path;

    // A variable can't hold a NUL, and is there once.
    private static Dictionary<string, string> Read(string text)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', '\0'))
        {
            var equal = line.IndexOf('=', StringComparison.Ordinal);
            if (equal > 0)
                variables[line[..equal]] = line[(equal + 1)..];
        }

        return variables;
    }

    // Secrets, and what stands before the host of an address, but for what is also said where it is no secret.
    private static List<string> Hidden(Dictionary<string, string> variables)
    {
        var hidden = new List<string>();
        foreach (var (name, value) in variables)
        {
            if (Secrets.Contains(name))
                hidden.Add(value);
            else if (Addresses.Contains(name) && value.LastIndexOf('@') is > 0 and var end && value.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme && scheme + 3 < end)
                hidden.Add(value[(scheme + 3)..end]);
        }

        // As it is shown: with blanks for control characters, and between quotes.
        var shown = string.Join('\n', variables.Select(pair => $"{Excerpt.Of(pair.Key, int.MaxValue)}\n'{Excerpt.Of(pair.Value, int.MaxValue)}'"));
        hidden.RemoveAll(secret => secret.Length < ShortestSecret
            || shown.IndexOf(secret, StringComparison.Ordinal) != shown.LastIndexOf(secret, StringComparison.Ordinal)
            || All.Any(setting => setting.Accepted.Contains(secret, StringComparison.Ordinal) || setting.Default.Contains(secret, StringComparison.Ordinal) || setting.FileName.Contains(secret, StringComparison.Ordinal)));
        return hidden;
    }
}
