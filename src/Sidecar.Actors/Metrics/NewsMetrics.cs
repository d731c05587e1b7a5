using Sidecar.Actors.Updates;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Metrics;

/// <summary>Counts news by kind and by what became of it.</summary>
public sealed class NewsMetrics
{
    private static readonly NewsKind[] Kinds = Enum.GetValues<NewsKind>();
    private static readonly NewsOutcome[] Outcomes = Enum.GetValues<NewsOutcome>();
    private readonly StripedCounter[] _counts = [.. Kinds.SelectMany(_ => Outcomes).Select(_ => new StripedCounter())];

    /// <summary>Every kind and outcome, and how much news there was of it.</summary>
    public IEnumerable<(string Kind, string Outcome, StripedCounter Count)> All =>
        Kinds.SelectMany(kind => Outcomes.Select(outcome => (NameOf(kind), NameOf(outcome), this[kind, outcome])));

    /// <summary>The count of one kind and outcome.</summary>
    public StripedCounter this[NewsKind kind, NewsOutcome outcome] => _counts[((int)kind * Outcomes.Length) + (int)outcome];

    private static string NameOf(NewsKind kind) => kind switch
    {
        NewsKind.Entitlements => "entitlements",
        NewsKind.Usage => "usage",
        NewsKind.CreditUsage => "credit_usage",
        NewsKind.Package => "package",
        _ => "unknown",
    };

    private static string NameOf(NewsOutcome outcome) => outcome switch
    {
        NewsOutcome.Applied => "applied",
        NewsOutcome.Older => "older",
        NewsOutcome.NotHeld => "not_held",
        NewsOutcome.Unreadable => "unreadable",
        _ => "lost",
    };
}
