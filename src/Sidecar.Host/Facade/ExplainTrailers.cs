using System.Globalization;
using Grpc.Core;
using Sidecar.Actors.Entries;
using Sidecar.Host.Connect;
using Sidecar.Host.Metrics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.Facade;

/// <summary>Trailers that say where an answer came from and how old it is, for a caller that asks with a header.</summary>
internal static class ExplainTrailers
{
    /// <summary>The header that asks.</summary>
    public const string Asked = "x-sidecar-explain";

    /// <summary>Its value that does.</summary>
    public const string Yes = "1";

    /// <summary>Where the answer came from: the word that the metric <c>sidecar_answers_total</c> has for it.</summary>
    public const string Source = "x-sidecar-source";

    /// <summary>Milliseconds since the read began that the entry in memory rests on; not there without an entry.</summary>
    public const string AgeMs = "x-sidecar-age-ms";

    /// <summary>How far the entry in memory can be trusted now.</summary>
    public const string Freshness = "x-sidecar-freshness";

    /// <summary>The host that answered.</summary>
    public const string Node = "x-sidecar-node";

    private const string NoFreshness = "none";

    private static readonly string[] FreshnessNames =
        Array.ConvertAll(Enum.GetValues<Freshness>(), freshness => freshness.ToString().ToLowerInvariant());

    private static readonly string NodeName = string.Concat(Environment.MachineName.Where(c => c is > ' ' and <= '~'));

    /// <summary>Whether a call over gRPC has that header; of an ordinary one, which has no header that the server does not know, this costs next to nothing.</summary>
    public static bool AreAskedFor(IHeaderDictionary headers) => headers.ContainsKey(Asked);

    /// <summary>Whether a call asks for them.</summary>
    public static bool AreAskedFor(ServerCallContext context) =>
        ((context as ConnectCallContext)?.Http ?? context.GetHttpContext()).Request.Headers[Asked] == Yes;

    /// <summary>Adds them.</summary>
    /// <param name="context">The call.</param>
    /// <param name="source">Where the answer came from.</param>
    /// <param name="facts">What memory has of the entry by now.</param>
    public static void Add(ServerCallContext context, AnswerSource source, EntryFacts? facts)
    {
        var trailers = context.ResponseTrailers;
        trailers.Add(Source, AnswerMetrics.NameOf(source));
        if (facts is { } known)
            trailers.Add(AgeMs, ((long)known.Age.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        trailers.Add(Freshness, facts is { } judged ? FreshnessNames[(int)judged.Freshness] : NoFreshness);
        trailers.Add(Node, NodeName);
    }
}
