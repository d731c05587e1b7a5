using System.Globalization;
using System.Text.RegularExpressions;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>What a comparison is asked for.</summary>
internal sealed partial record CompareOptions
{
    /// <summary>Default of <see cref="Parallel"/>.</summary>
    public const int DefaultParallel = 8;

    /// <summary>Default of <see cref="MaxDifferences"/>.</summary>
    public const int DefaultMaxDifferences = 100;

    private const int MaxParallel = 256;
    private const int MostDifferences = 1_000_000;

    /// <summary>Where ours is; null for this machine's.</summary>
    public string? Service { get; private init; }

    /// <summary>Where the other one is.</summary>
    public required string Against { get; init; }

    /// <summary>The file of customers; - for standard input.</summary>
    public required string CustomersFile { get; init; }

    /// <summary>The file of features; null for those that either side lists.</summary>
    public string? FeaturesFile { get; private init; }

    /// <summary>Customers that are asked about at once.</summary>
    public int Parallel { get; private init; } = DefaultParallel;

    /// <summary>Differences that are shown.</summary>
    public int MaxDifferences { get; private init; } = DefaultMaxDifferences;

    /// <summary>Fields that are not compared.</summary>
    public IgnoredFields Ignored { get; private init; } = IgnoredFields.None;

    /// <summary>Whether the answer is for programs.</summary>
    public bool IsJson { get; private init; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="UsageException">They are not understood.</exception>
    public static CompareOptions Parse(IReadOnlyList<string> arguments)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        var isJson = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--json" when isJson:
                    throw new UsageException("--json is given twice");
                case "--json":
                    isJson = true;
                    break;
                case "--against" or "--service" or "--customers" or "--features" or "--parallel" or "--max-differences" or "--ignore" when i + 1 == arguments.Count:
                    throw new UsageException($"{arguments[i]} needs a value");
                case "--against" or "--service" or "--customers" or "--features" or "--parallel" or "--max-differences" or "--ignore":
                    if (!given.TryAdd(arguments[i], arguments[i + 1]))
                        throw new UsageException($"{arguments[i]} is given twice");
                    i++;
                    break;
                default:
                    throw UsageException.Unknown(arguments[i]);
            }
        }

        return new CompareOptions
        {
            Against = Address(given, "--against") ?? throw new UsageException("--against is missing: the service to compare with, as host:port"),
            CustomersFile = given.GetValueOrDefault("--customers") is { Length: > 0 } file
                ? file
                : throw new UsageException("--customers is missing: a file with a customer a line, or - for standard input"),
            Service = Address(given, "--service"),
            FeaturesFile = given.GetValueOrDefault("--features"),
            Parallel = Number(given, "--parallel", DefaultParallel, 1, MaxParallel),
            MaxDifferences = Number(given, "--max-differences", DefaultMaxDifferences, 0, MostDifferences),
            Ignored = given.GetValueOrDefault("--ignore") is { } names ? new(Names(names)) : IgnoredFields.None,
            IsJson = isJson,
        };
    }

    private static string? Address(Dictionary<string, string> given, string name)
    {
        if (!given.TryGetValue(name, out var text))
            return null;
        return HostAndPort().IsMatch(text) && Uri.TryCreate($"http://{text}", UriKind.Absolute, out var uri) && uri.Port > 0
            ? text
            : throw new UsageException($"{name} is '{Excerpt.Of(text)}', expected host:port");
    }

    private static int Number(Dictionary<string, string> given, string name, int byDefault, int lowest, int highest)
    {
        if (!given.TryGetValue(name, out var text))
            return byDefault;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest
            ? number
            : throw new UsageException($"{name} is '{Excerpt.Of(text)}', expected {lowest} to {highest}");
    }

    private static string[] Names(string text)
    {
        var names = text.Split(',');
        return Array.TrueForAll(names, name => FieldName().IsMatch(name))
            ? names
            : throw new UsageException($"--ignore is '{Excerpt.Of(text)}', expected names of fields as in the proto, with commas between them");
    }

    [GeneratedRegex(@"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HostAndPort();

    [GeneratedRegex(@"^[a-z0-9_]+(\.[a-z0-9_]+)*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FieldName();
}
