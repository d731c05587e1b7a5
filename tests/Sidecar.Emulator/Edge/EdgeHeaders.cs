using System.Collections.Immutable;
using System.Globalization;

namespace Sidecar.Emulator.Edge;

/// <summary>The headers that every read carries.</summary>
internal static class EdgeHeaders
{
    public const string ApiKey = "X-API-KEY";

    private static readonly (string Name, Func<string, bool> Fits)[] Required =
    [
        ("source", IsText),
        ("X-SDK-INSTANCE-ID", value => Guid.TryParseExact(value, "D", out _)),
        ("X-SDK-OS-PROCESS-HOSTNAME", IsText),
        ("X-SDK-OS-PROCESS-ID", IsNumber),
        ("X-SDK-OS-PROCESS-TIMESTAMP", IsNumber),
        ("X-SDK-OS-PROCESS-FINGERPRINT", IsText),
        ("X-API-VERSION", value => value is "1"),
    ];

    /// <summary>Those that came, but for the key.</summary>
    public static ImmutableSortedDictionary<string, string> Sent(IHeaderDictionary headers) => Required
        .Where(header => headers.ContainsKey(header.Name))
        .ToImmutableSortedDictionary(header => header.Name, header => headers[header.Name].ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of those that are absent, stand twice or can't be what they should be.</summary>
    public static ImmutableArray<string> Faults(IHeaderDictionary headers) =>
        [.. Required.Where(header => headers[header.Name] is not [{ } value] || !header.Fits(value)).Select(header => header.Name)];

    /// <summary>Whether the one key that came is the right one.</summary>
    public static bool HasKey(IHeaderDictionary headers, string apiKey) => headers[ApiKey] is [{ } sent] && sent == apiKey;

    private static bool IsText(string value) => !string.IsNullOrWhiteSpace(value);

    private static bool IsNumber(string value) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
