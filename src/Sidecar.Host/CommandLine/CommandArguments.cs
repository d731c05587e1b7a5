using System.Globalization;
using System.Text.RegularExpressions;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine;

/// <summary>The arguments after a command's name: those with a name and a value, those with a name alone, and the others in their order.</summary>
internal sealed partial class CommandArguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _flags = new(StringComparer.Ordinal);
    private readonly List<string> _places = [];

    private CommandArguments()
    {
    }

    /// <summary>Those without a name.</summary>
    public IReadOnlyList<string> Places => _places;

    /// <summary>Takes arguments apart. Behind <c>--</c> none is a name any more.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="valued">The names that a value follows.</param>
    /// <param name="flags">The names that stand alone.</param>
    /// <param name="mostPlaces">How many there may be without a name.</param>
    /// <exception cref="UsageException">A name that is not known, is given twice or lacks its value; or one argument too many.</exception>
    public static CommandArguments Parse(
        IReadOnlyList<string> arguments, IReadOnlyList<string> valued, IReadOnlyList<string> flags, int mostPlaces = 0)
    {
        var parsed = new CommandArguments();
        var areNamesOver = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (!areNamesOver && argument == "--" && mostPlaces > 0)
                areNamesOver = true;
            else if (!areNamesOver && flags.Contains(argument, StringComparer.Ordinal))
                Once(argument, parsed._flags.Add(argument));
            else if (!areNamesOver && valued.Contains(argument, StringComparer.Ordinal))
                Once(argument, parsed._values.TryAdd(argument, ++i < arguments.Count ? arguments[i] : throw new UsageException($"{argument} needs a value")));
            else if (parsed._places.Count < mostPlaces && (areNamesOver || !argument.StartsWith('-')))
                parsed._places.Add(argument);
            else
                throw UsageException.Unknown(argument);
        }

        return parsed;
    }

    /// <summary>Whether a name that stands alone is there.</summary>
    public bool Has(string flag) => _flags.Contains(flag);

    /// <summary>The value of a name, or null.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>A value of the form host:port, or null where the name is not there.</summary>
    /// <exception cref="UsageException">It has another form.</exception>
    public string? Address(string name)
    {
        if (!_values.TryGetValue(name, out var text))
            return null;
        return HostAndPort().IsMatch(text) && Uri.TryCreate($"http://{text}", UriKind.Absolute, out var uri) && uri.Port > 0
            ? text
            : throw new UsageException($"{name} is '{Excerpt.Of(text)}', expected host:port");
    }

    /// <summary>A whole number, or null where the name is not there.</summary>
    /// <exception cref="UsageException">It is none, or lies outside the bounds.</exception>
    public int? Number(string name, int lowest, int highest)
    {
        if (!_values.TryGetValue(name, out var text))
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest
            ? number
            : throw new UsageException($"{name} is '{Excerpt.Of(text)}', expected {lowest} to {highest}");
    }

    private static void Once(string name, bool isFirst)
    {
        if (!isFirst)
            throw new UsageException($"{name} is given twice");
    }

    [GeneratedRegex(@"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HostAndPort();
}
