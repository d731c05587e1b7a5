using System.Globalization;

namespace Sidecar.Bench;

/// <summary>How to measure.</summary>
internal sealed record BenchOptions
{
    /// <summary>The fewest pairs whose median says something.</summary>
    public const int MinPairs = 7;

    /// <summary>The folder that holds what was published; set by the command, not by whoever calls it.</summary>
    public required string Programs { get; init; }

    /// <summary>How often each server is loaded.</summary>
    public int Pairs { get; init; } = MinPairs;

    /// <summary>How long each time, in seconds.</summary>
    public int Seconds { get; init; } = 3;

    /// <summary>Where the figures go as JSON.</summary>
    public string? JsonFile { get; init; }

    /// <summary>Whether the Node server takes part.</summary>
    public bool Node { get; init; } = true;

    /// <summary>Whether a missed threshold is a failure.</summary>
    public bool Check { get; init; }

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">Something that is not an option, or a value that can't be one.</exception>
    public static BenchOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions { Programs = "" };
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "--no-node" => options with { Node = false },
                "--check" => options with { Check = true },
                "--pairs" => options with { Pairs = Whole(MinPairs, 1000) },
                "--seconds" => options with { Seconds = Whole(1, 60) },
                "--json" => options with { JsonFile = Value() },
                "--programs" => options with { Programs = Value() },
                _ => throw new FormatException($"can't use \"{name}\""),
            };

            string Value() => ++i < arguments.Count && arguments[i].Length > 0
                ? arguments[i]
                : throw new FormatException($"{name} needs a value");

            int Whole(int least, int most) =>
                int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                    ? number
                    : throw new FormatException($"{name} must be a whole number from {least} to {most}, but is \"{arguments[i]}\"");
        }

        return options.Programs.Length > 0 ? options : throw new FormatException("--programs is missing; call ./bench");
    }
}
