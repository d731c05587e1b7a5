using System.Globalization;
using Sidecar.Bench.Sections;

namespace Sidecar.Bench;

/// <summary>How to measure.</summary>
internal sealed record BenchOptions
{
    /// <summary>From so many pairs on it is a claim.</summary>
    public const int ClaimPairs = 7;

    // About twice what fits into 64 MiB.
    private const int LeastBoundCustomers = 200_000;

    /// <summary>The folder that holds what was published; set by the command, not by whoever calls it.</summary>
    public required string Programs { get; init; }

    /// <summary>What was typed, for the page; set by the command, too.</summary>
    public string Command { get; init; } = "./bench";

    /// <summary>How often each server is loaded: 3 give an idea, 7 a claim.</summary>
    public int Pairs { get; init; } = 3;

    /// <summary>How long each time, in seconds.</summary>
    public int Seconds { get; init; } = 1;

    /// <summary>How many customers.</summary>
    public int Customers { get; init; } = 100_000;

    /// <summary>Whether it is to be a look and no more.</summary>
    public bool IsShort { get; init; }

    /// <summary>Whether what comes of it is to be relied on: then the parts that take long take as long as they have to.</summary>
    public bool IsClaim => Pairs >= ClaimPairs;

    /// <summary>How many customers are asked about for the first time in one round of cold reads.</summary>
    public int ColdCustomers => IsClaim ? 20_000 : IsShort ? 5_000 : 10_000;

    /// <summary>How many customers are asked about where memory is bounded: at least so many that nearly half of them don't fit.</summary>
    public int BoundCustomers => Math.Max(Customers, LeastBoundCustomers);

    /// <summary>How often the service is started anew beside a filled Redis.</summary>
    public int Restarts => IsClaim ? 3 : 1;

    /// <summary>How long the service rests after a start until its memory is looked at, in seconds.</summary>
    public int RestSeconds => IsClaim ? 60 : 20;

    /// <summary>How long a soak takes, in minutes.</summary>
    public int Minutes { get; init; } = 20;

    /// <summary>The names of the parts that are measured; null: all but those that have to be named.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>Where the figures go as JSON.</summary>
    public string? JsonFile { get; init; }

    /// <summary>The folder that gets the page and the chart.</summary>
    public string? PageFolder { get; init; }

    /// <summary>Whether the Node server takes part.</summary>
    public bool Node { get; init; } = true;

    /// <summary>Whether a missed target is a failure.</summary>
    public bool Check { get; init; }

    /// <summary>Whether the options are read, and nothing else is done.</summary>
    public bool IsLook { get; init; }

    /// <summary>Whether a part is measured.</summary>
    public bool Has(string section) => Only?.Contains(section, StringComparer.Ordinal) ?? Section.Find(section)!.IsDefault;

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">Something that is not an option, or a value that can't be one.</exception>
    public static BenchOptions Read(IReadOnlyList<string> arguments)
    {
        // First, so that what is named besides holds wherever it stands.
        var options = arguments.Contains("--short", StringComparer.Ordinal)
            ? new BenchOptions { Programs = "", IsShort = true, Pairs = 1, Customers = 20_000, Minutes = 1 }
            : new BenchOptions { Programs = "" };
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "--short" => options,
                "--look" => options with { IsLook = true },
                "--no-node" => options with { Node = false },
                "--check" => options with { Check = true },
                "--pairs" => options with { Pairs = Whole(1, 1000) },
                "--seconds" => options with { Seconds = Whole(1, 60) },
                "--customers" => options with { Customers = Whole(5_000, 2_000_000) },
                "--minutes" => options with { Minutes = Whole(1, 24 * 60) },
                "--only" => options with { Only = Names() },
                "--json" => options with { JsonFile = Value() },
                "--write" => options with { PageFolder = Value() },
                "--programs" => options with { Programs = Value() },
                "--command" => options with { Command = Value() },
                _ => throw new FormatException($"can't use \"{name}\""),
            };

            string Value() => ++i < arguments.Count && arguments[i].Length > 0
                ? arguments[i]
                : throw new FormatException($"{name} needs a value");

            int Whole(int least, int most) =>
                int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                    ? number
                    : throw new FormatException($"{name} must be a whole number from {least} to {most}, but is \"{arguments[i]}\"");

            string[] Names()
            {
                var names = Value().Split(',');
                return names.FirstOrDefault(one => Section.Find(one) is null) is { } unknown
                    ? throw new FormatException(
                        $"{name} must be names of {string.Join(", ", Section.All.Select(section => section.Name))}, divided by commas, but has \"{unknown}\"")
                    : names;
            }
        }

        return options.Programs.Length > 0 ? options : throw new FormatException("--programs is missing; call ./bench");
    }
}
