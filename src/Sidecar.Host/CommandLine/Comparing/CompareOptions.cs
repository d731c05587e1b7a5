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

    /// <summary>The names that a value follows.</summary>
    public static readonly string[] Valued = ["--against", "--service", "--customers", "--features", "--parallel", "--max-differences", "--ignore"];

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
        var given = CommandArguments.Parse(arguments, Valued, ["--json"]);
        return new CompareOptions
        {
            Against = given.Address("--against") ?? throw new UsageException("--against is missing: the service to compare with, as host:port"),
            CustomersFile = given.Text("--customers") is { Length: > 0 } file
                ? file
                : throw new UsageException("--customers is missing: a file with a customer a line, or - for standard input"),
            Service = given.Address("--service"),
            FeaturesFile = given.Text("--features"),
            Parallel = given.Number("--parallel", 1, MaxParallel) ?? DefaultParallel,
            MaxDifferences = given.Number("--max-differences", 0, MostDifferences) ?? DefaultMaxDifferences,
            Ignored = given.Text("--ignore") is { } names ? new(Names(names)) : IgnoredFields.None,
            IsJson = given.Has("--json"),
        };
    }

    private static string[] Names(string text)
    {
        var names = text.Split(',');
        return Array.TrueForAll(names, name => FieldName().IsMatch(name))
            ? names
            : throw new UsageException($"--ignore is '{Excerpt.Of(text)}', expected names of fields as in the proto, with commas between them");
    }

    [GeneratedRegex(@"^[a-z0-9_]+(\.[a-z0-9_]+)*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FieldName();
}
