using System.Globalization;
using System.Text;
using Sidecar.Actors.Diagnostics;
using Sidecar.Protocol;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Diagnostics;

/// <summary>A request whose parameters can't be used.</summary>
/// <param name="message">What is wrong, and what is expected.</param>
internal sealed class BadDiagnosticsException(string message) : Exception(message);

/// <summary>A change of the log level that is asked for.</summary>
/// <param name="Level">The level.</param>
/// <param name="Minutes">After how many minutes it goes back, or null.</param>
internal sealed record SetLogLevel(LogLevel Level, int? Minutes);

/// <summary>The parameters of a request. Each is named at most once, bounded, and one of those that the path takes.</summary>
internal sealed class DiagnosticsQuery
{
    /// <summary>The longest id, in bytes: as in a question.</summary>
    public const int MaxIdBytes = 1024;

    /// <summary>The most values of one question.</summary>
    public const int MaxValues = 100;

    /// <summary>
    /// The longest first line of a request, in bytes: a customer, a resource and a feature of the longest ids, each byte written in three, take
    /// 9 KiB of it; the rest is for values.
    /// </summary>
    public const int MaxLineBytes = 32 * 1024;

    private readonly IQueryCollection _query;

    /// <summary>Takes a request's parameters.</summary>
    /// <param name="query">The parameters.</param>
    /// <param name="known">Those that the path takes.</param>
    /// <exception cref="BadDiagnosticsException">There is another one, or one twice.</exception>
    public DiagnosticsQuery(IQueryCollection query, IReadOnlyList<string> known)
    {
        _query = query;
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                throw new BadDiagnosticsException(
                    $"there is no parameter '{Excerpt.Of(name)}' here, expected {(known.Count == 0 ? "none" : string.Join(", ", known))}");
            }

            if (values.Count > 1)
                throw new BadDiagnosticsException($"parameter {name} is there {values.Count} times, expected once");
        }
    }

    /// <summary>Says that a parameter is missing.</summary>
    public static BadDiagnosticsException Missing(string name, string accepted) => new($"parameter {name} is missing, expected {accepted}");

    /// <summary>The entry that is named.</summary>
    public EntryKey Key() => new(Id("id") ?? throw Missing("id", "a customer's id"), Id("resource"));

    /// <summary>The customer that is asked about, with the one question that is to be explained.</summary>
    public Customer Customer()
    {
        var key = Key();
        var feature = Id("feature");
        var usage = Usage();
        var values = Values();
        if (feature is null && (usage is not null || values is not null))
            throw Missing("feature", "the id of the feature or currency that usage or values are about");
        return new Customer(key, feature is null ? null : new EntitlementQuery(key, feature, RequestedUsage: usage, RequestedValues: values));
    }

    /// <summary>The log level that is asked for.</summary>
    public SetLogLevel Level()
    {
        const string accepted = "error, warn, info or debug";
        var text = Text("level") ?? throw Missing("level", accepted);
        return LogLevelOperation.Names.TryGetValue(text, out var level)
            ? new SetLogLevel(level, Number("minutes", 1, LogLevelOperation.MostMinutes))
            : throw Bad("level", text, accepted);
    }

    /// <summary>A whole number within bounds, or null where it is not named.</summary>
    public int? Number(string name, int lowest, int highest) => Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest ? number
        : throw Bad(name, text, $"{lowest} to {highest}");

    private double? Usage() => Text("usage") is not { } text ? null
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usage) && double.IsFinite(usage) ? usage
        : throw Bad("usage", text, "a number, 0 or above");

    private string[]? Values()
    {
        if (Text("values") is not { } text)
            return null;
        var values = text.Split(',');
        if (values.Length > MaxValues)
            throw new BadDiagnosticsException($"parameter values has {values.Length} values, expected up to {MaxValues}, with commas between them");
        return Array.ConvertAll(values, value => Bounded("values", value));
    }

    private string? Id(string name) => Text(name) is { } text ? Bounded(name, text) : null;

    private static string Bounded(string name, string text) => Encoding.UTF8.GetByteCount(text) <= MaxIdBytes
        ? text
        : throw new BadDiagnosticsException($"parameter {name} has {Encoding.UTF8.GetByteCount(text)} bytes, expected up to {MaxIdBytes}");

    private string? Text(string name) => _query[name] is [{ Length: > 0 } text] ? text : null;

    private static BadDiagnosticsException Bad(string name, string text, string accepted) =>
        new($"parameter {name} is '{Excerpt.Of(text)}', expected {accepted}");
}
