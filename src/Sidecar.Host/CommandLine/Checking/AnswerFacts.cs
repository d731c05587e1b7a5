using Grpc.Core;
using Sidecar.Host.Facade;

namespace Sidecar.Host.CommandLine.Checking;

/// <summary>What the service tells of one answer beside it, where it was asked to (docs/clients.md, "Where an answer came from").</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="Freshness">How far what it rests on can be trusted.</param>
/// <param name="AgeMs">The age of that, in milliseconds.</param>
/// <param name="Node">Who answered.</param>
internal sealed record AnswerFacts(string? Source, string? Freshness, string? AgeMs, string? Node)
{
    /// <summary>Reads them from an answer's trailers; a service that tells nothing leaves all of them null.</summary>
    public static AnswerFacts From(Metadata trailers) => new(
        trailers.GetValue(ExplainTrailers.Source),
        trailers.GetValue(ExplainTrailers.Freshness),
        trailers.GetValue(ExplainTrailers.AgeMs),
        trailers.GetValue(ExplainTrailers.Node));
}
