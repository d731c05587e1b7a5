using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine.Diagnosing;

/// <summary>What is asked of the diagnostics.</summary>
/// <param name="Word">The word that asks for it.</param>
/// <param name="IsDone">Whether something is to be done.</param>
/// <param name="PathAndQuery">The path, with its parameters, encoded.</param>
/// <param name="IsJson">Whether the answer is wanted as it is.</param>
/// <param name="Address">Where the diagnostics are; null for this machine's.</param>
internal sealed record DiagRequest(string Word, bool IsDone, string PathAndQuery, bool IsJson, Uri? Address)
{
    private const string Resource = "--resource";
    private const string Feature = "--feature";
    private const string Usage = "--usage";
    private const string Values = "--values";
    private const string Top = "--top";
    private const string Minutes = "--minutes";
    private const string Json = "--json";
    private const string Place = "--address";

    private static readonly Form[] Forms =
    [
        new("summary", "summary"),
        new("customer", "customer", "id", Options: [(Resource, "resource"), (Feature, "feature"), (Usage, "usage"), (Values, "values")]),
        new("shards", "shards"),
        new("cluster", "cluster"),
        new("stream", "stream"),
        new("cache", "cache", Options: [(Top, "top")]),
        new("config", "config"),
        new("evict", "customer/evict", "id", IsDone: true),
        new("reread", "customer/reread", "id", [(Resource, "resource")], IsDone: true),
        new("reconnect", "stream/reconnect", IsDone: true),
        new("isolate", "isolate", "minutes", IsDone: true),
        new("log-level", "log-level", "level", [(Minutes, "minutes")], IsDone: true),
    ];

    /// <summary>The words that ask for something.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Forms.Select(form => form.Word)];

    /// <summary>The names that a value follows.</summary>
    public static IReadOnlyList<string> Valued { get; } = [Resource, Feature, Usage, Values, Top, Minutes, Place];

    /// <summary>The names that stand alone.</summary>
    public static IReadOnlyList<string> Flags { get; } = [Json];

    /// <summary>Reads arguments. What a value may be, the service tells.</summary>
    /// <exception cref="UsageException">They are not understood.</exception>
    public static DiagRequest Parse(IReadOnlyList<string> arguments)
    {
        var given = CommandArguments.Parse(arguments, Valued, Flags, mostPlaces: 2);
        if (given.Places.Count == 0)
            throw new UsageException($"nothing is asked for, expected one of {string.Join(", ", Words)}");
        var form = Array.Find(Forms, one => one.Word == given.Places[0])
            ?? throw new UsageException($"there is no '{Excerpt.Of(given.Places[0])}', expected one of {string.Join(", ", Words)}");
        var place = given.Places.Count > 1 ? given.Places[1] : null;
        if (form.Place is null && place is not null)
            throw UsageException.Unknown(place);
        if (form.Place is not null && string.IsNullOrEmpty(place))
            throw new UsageException($"{form.Word} needs {NameOf(form.Place)}");
        if (Valued.FirstOrDefault(name => name != Place && given.Text(name) is not null && form.Options.All(option => option.Name != name)) is { } idle)
            throw new UsageException($"{idle} says nothing to {form.Word}");
        if (form.Word == "customer" && given.Text(Feature) is null && (given.Text(Usage) ?? given.Text(Values)) is not null)
            throw new UsageException($"{Usage} and {Values} need {Feature}");

        var parameters = new List<string>();
        if (form.Place is { } parameter)
            parameters.Add($"{parameter}={Uri.EscapeDataString(place!)}");
        parameters.AddRange(form.Options
            .Where(option => given.Text(option.Name) is not null)
            .Select(option => $"{option.Parameter}={Uri.EscapeDataString(given.Text(option.Name)!)}"));
        return new DiagRequest(
            form.Word, form.IsDone, $"/diagnostics/{form.Path}{(parameters.Count > 0 ? "?" : "")}{string.Join('&', parameters)}", given.Has(Json), AddressOf(given));
    }

    private static string NameOf(string place) => place switch
    {
        "id" => "a customer's id",
        "minutes" => "a number of minutes",
        _ => "a level: error, warn, info or debug",
    };

    private static Uri? AddressOf(CommandArguments given)
    {
        if (given.Text(Place) is not { } text)
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri.PathAndQuery == "/" && uri.UserInfo.Length + uri.Fragment.Length == 0
                ? uri
                : throw new UsageException($"{Place} is '{Excerpt.Of(text)}', expected http://host:port");
    }

    private sealed record Form(string Word, string Path, string? Place = null, (string Name, string Parameter)[]? Options = null, bool IsDone = false)
    {
        public (string Name, string Parameter)[] Options { get; } = Options ?? [];
    }
}
