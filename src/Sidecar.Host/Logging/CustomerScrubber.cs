using System.Text.RegularExpressions;

namespace Sidecar.Host.Logging;

/// <summary>
/// Takes customers' ids out of texts about actors: the actor of a customer has the customer's id in its path, and what goes wrong with it is
/// told with that path. A request of the diagnostics names one among its parameters.
/// </summary>
public static class CustomerScrubber
{
    /// <summary>What stands in an id's place.</summary>
    public const string Substitute = "*";

    /// <summary>A text without customers' ids.</summary>
    public static string Scrub(string text) => ScrubActors(text.Contains('=', StringComparison.Ordinal)
        ? Patterns.Parameter.Replace(text, "${before}" + Substitute)
        : text);

    private static string ScrubActors(string text) =>
        text.Contains("sharding", StringComparison.OrdinalIgnoreCase) || text.Contains("customers/", StringComparison.OrdinalIgnoreCase)
        || text.Contains("entity", StringComparison.OrdinalIgnoreCase)
            ? Patterns.Entity.Replace(Patterns.Path.Replace(text, "${before}" + Substitute), "${before}" + Substitute + "]")
            : text;

    // Of their own, so that a process in which nothing goes wrong need not build them.
    private static class Patterns
    {
        // What an id holds may come from anyone: no text may make the search slow.
        private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

        // .../sharding/customer/<shard>/<entity>, or in a process by itself /user/customers/<shard>/<entity>: what an id holds beyond letters,
        // digits and -._~ is percent-encoded there.
        public static readonly Regex Path = new(@"(?<before>/(sharding/customer(Proxy)?|user/customers)/[^/\s]+/)[^\s\[\]<>""'#,;)]+", Options);

        // ?id=..., as the framework tells of a request.
        public static readonly Regex Parameter = new(@"(?<before>[?&](id|resource|feature|values)=)[^\s&]*", Options);

        // The shards name an entity by its id alone, as it is: "entity [<id>]", "entity stopped [<id>]", "entityId [<id>]". It may hold
        // brackets and line ends itself.
        public static readonly Regex Entity = new(@"(?<before>[Ee]ntity( ?[Ii]d)?\b[^\[\]]*\[).*\]", Options | RegexOptions.Singleline);
    }
}
