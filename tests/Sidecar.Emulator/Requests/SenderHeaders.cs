using System.Collections.Immutable;
using System.Globalization;

namespace Sidecar.Emulator.Requests;

/// <summary>The headers that name the sender, and the one that each side of the cloud has beside them.</summary>
internal sealed class SenderHeaders
{
    public const string ApiKey = "X-API-KEY";
    public const string ApiVersion = "X-API-VERSION";
    public const string OperationName = "x-graphql-operation-name";

    private static readonly ImmutableArray<Header> Common =
    [
        new("source", IsText),
        new("X-SDK-INSTANCE-ID", IsUniqueId),
        new("X-SDK-OS-PROCESS-HOSTNAME", IsText),
        new("X-SDK-OS-PROCESS-ID", IsNumber),
        new("X-SDK-OS-PROCESS-TIMESTAMP", IsNumber),
        new("X-SDK-OS-PROCESS-FINGERPRINT", IsText),
    ];

    // What may come beside them.
    private static readonly ImmutableArray<string> Trace = ["traceparent", "tracestate"];

    private readonly ImmutableArray<Header> _required;

    private SenderHeaders(params ReadOnlySpan<Header> own) => _required = [.. Common, .. own];

    /// <summary>Those of an Edge read.</summary>
    public static SenderHeaders Edge { get; } = new(new Header(ApiVersion, value => value is "1"));

    /// <summary>Those of a GraphQL request whose body names this operation; nothing: one that names none.</summary>
    public static SenderHeaders Api(string? operation) => new(new Header(OperationName, value => value == operation));

    /// <summary>Those that open a stream of updates.</summary>
    public static SenderHeaders Updates { get; } = new();

    /// <summary>Those that came, with those of a trace; the key is none of them.</summary>
    public ImmutableSortedDictionary<string, string> Sent(IHeaderDictionary headers) => _required.Select(header => header.Name).Concat(Trace)
        .Where(headers.ContainsKey)
        .ToImmutableSortedDictionary(name => name, name => headers[name].ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of those that are absent, stand twice or can't be what they should be.</summary>
    public ImmutableArray<string> Faults(IHeaderDictionary headers) =>
        [.. _required.Where(header => headers[header.Name] is not [{ } value] || !header.Fits(value)).Select(header => header.Name)];

    /// <summary>Whether the one key that came is the right one.</summary>
    public static bool HasKey(IHeaderDictionary headers, string apiKey) => headers[ApiKey] is [{ } sent] && sent == apiKey;

    private static bool IsText(string value) => !string.IsNullOrWhiteSpace(value);

    // A UUID, or what "nanoid" makes, as the SDK for Node does.
    private static bool IsUniqueId(string value) => Guid.TryParseExact(value, "D", out _)
        || (value.Length == 21 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private static bool IsNumber(string value) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private sealed record Header(string Name, Func<string, bool> Fits);
}
