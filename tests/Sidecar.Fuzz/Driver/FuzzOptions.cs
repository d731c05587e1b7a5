using System.Globalization;

namespace Sidecar.Fuzz.Driver;

/// <summary>What the command line asks for.</summary>
internal sealed record FuzzOptions
{
    /// <summary>The word for all readers.</summary>
    public const string All = "all";

    /// <summary>How it is called.</summary>
    public const string Usage = "--target NAME|all (--executions N | --seconds S) [--seed N] [--keep] [--parallel N], or --target NAME --input FILE, or --list";

    private static readonly TimeSpan DefaultTime = TimeSpan.FromSeconds(10);

    /// <summary>The reader, or <see cref="All"/>.</summary>
    public string Target { get; init; } = All;

    /// <summary>How long each goes on.</summary>
    public FuzzBudget Budget { get; init; } = FuzzBudget.Of(DefaultTime);

    /// <summary>What determines the inputs.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Whether what was found goes into the corpus.</summary>
    public bool Keep { get; init; }

    /// <summary>How many readers are tried at once.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>The one input to try, or null.</summary>
    public string? Input { get; init; }

    /// <summary>Whether the readers are listed, and nothing else is done.</summary>
    public bool List { get; init; }

    /// <summary>Whether this process is the instrumented copy.</summary>
    public bool IsCopy { get; init; }

    /// <summary>Reads the command line; null where it makes no sense.</summary>
    public static FuzzOptions? Parse(IReadOnlyList<string> arguments)
    {
        var options = new FuzzOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            (options, var hasValue) = (arguments[i], value) switch
            {
                ("--keep", _) => (options with { Keep = true }, false),
                ("--list", _) => (options with { List = true }, false),
                ("--copy", _) => (options with { IsCopy = true }, false),
                ("--target", { } name) => (options with { Target = name }, true),
                ("--input", { } file) => (options with { Input = file }, true),
                ("--executions", { } text) when Number(text) is { } number => (options with { Budget = FuzzBudget.Of(number) }, true),
                ("--seconds", { } text) when Number(text) is { } number => (options with { Budget = FuzzBudget.Of(TimeSpan.FromSeconds(number)) }, true),
                ("--seed", { } text) when Number(text) is { } number => (options with { Seed = (ulong)number }, true),
                ("--parallel", { } text) when Number(text) is >= 1 and <= 64 and var number => (options with { Parallel = (int)number }, true),
                _ => (null!, false),
            };
            if (options is null)
                return null;
            if (hasValue)
                i++;
        }

        return options.Input is not null && options.Target == All ? null : options;
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue ? number : null;
}
