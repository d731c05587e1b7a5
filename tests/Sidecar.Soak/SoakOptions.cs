using System.Globalization;
using Sidecar.Soak.Running;

namespace Sidecar.Soak;

/// <summary>How long, and how hard.</summary>
internal sealed record SoakOptions
{
    /// <summary>The longest run.</summary>
    public const int MostMinutes = 7 * 24 * 60;

    /// <summary>The memory of the container that the service is to fit in.</summary>
    public const long ContainerBytes = 256L * 1024 * 1024;

    /// <summary>The program of the service; null: the one built beside this assembly.</summary>
    public string? Program { get; init; }

    /// <summary>What was typed, for the page.</summary>
    public string Command { get; init; } = "./soak";

    /// <summary>How long it runs, without the end.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>The part at the beginning in which memory may grow: caches fill, and the runtime compiles.</summary>
    public TimeSpan Settling => Duration / 2;

    /// <summary>Memory that is given back within this time is no growth.</summary>
    public TimeSpan GivenBackWithin { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Decides which faults come when.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A part of the names of the faults that come; null: all of them do.</summary>
    public string? Only { get; init; }

    /// <summary>The folder that gets the page and the chart; null: none.</summary>
    public string? PageFolder { get; init; }

    /// <summary>Customers that are asked about all the time.</summary>
    public int Known { get; init; } = 2_000;

    /// <summary>Customers that are asked about once in a long while: more than fit into the cache.</summary>
    public int Others { get; init; } = 100_000;

    /// <summary>The bound of the cache in bytes.</summary>
    public long CacheBytes { get; init; } = 8L * 1024 * 1024;

    /// <summary>Questions a second.</summary>
    public int QuestionsPerSecond { get; init; } = 300;

    /// <summary>Changes a second that the cloud makes by itself.</summary>
    public int ChangesPerSecond { get; init; } = 20;

    /// <summary>Reports a second that callers try to make.</summary>
    public int ReportsPerSecond { get; init; } = 12;

    /// <summary>The pause from a fault that has healed to the next one: at least this, at most three times as long.</summary>
    public TimeSpan Calm { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a fault lasts: at least this, at most six times as long.</summary>
    public TimeSpan Trouble { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long answers may be old after a fault has healed.</summary>
    public TimeSpan UntilCalm { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much later an answer that was old has to be right, once all is quiet.</summary>
    public TimeSpan UntilRight { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the process is looked at.</summary>
    public TimeSpan SampleEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">Something that is not an option, or a value that can't be one.</exception>
    public static SoakOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new SoakOptions();
        string? minutes = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "--seed" => options with { Seed = Number(Value(), name, 0, int.MaxValue) },
                "--only" => options with { Only = Fault.Named(Value()) },
                "--write" => options with { PageFolder = Value() },
                "--program" => options with { Program = Value() },
                "--command" => options with { Command = Value() },
                _ when name.StartsWith('-') => throw new FormatException($"\"{name}\" is no option, expected --seed, --only or --write"),
                _ when minutes is not null => throw new FormatException($"the duration is {minutes}, and \"{name}\" is one more number"),
                _ => options with { Duration = TimeSpan.FromMinutes(Number(minutes = name, "the duration in minutes", 1, MostMinutes)) },
            };

            string Value() => i + 1 < arguments.Count && arguments[++i] is { Length: > 0 } value
                ? value
                : throw new FormatException($"{name} needs a value");
        }

        return options;
    }

    private static int Number(string text, string what, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{what} must be a whole number from {least} to {most}, but is \"{text}\"");
}
