using System.Text.Json;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine.Diagnosing;

/// <summary>What is known of a customer, as lines for people.</summary>
internal static class DiagCustomerPage
{
    /// <summary>The lines.</summary>
    public static IEnumerable<string> Lines(JsonElement report)
    {
        var of = report.Text("resource") is not DiagWords.None and var resource ? $"resource '{resource}' of customer" : "customer";
        yield return $"{of} '{report.Text("customer")}', shard {report.Text("shard")} on {report.Text("owner")}";
        yield return "";
        var next = report.GetProperty("next");
        yield return DiagWords.Line("trust", $"{next.Text("trust")}: {next.Text("why")}");
        yield return DiagWords.Line("next", $"a question gets {next.Text("then")}");
        foreach (var line in View("", report.Part("view")).Concat(report.Part("customerView") is { } own ? View("customer's ", own) : []))
            yield return line;
        yield return DiagWords.Line("actor", Actor(report.GetProperty("actor")));
        yield return DiagWords.Line("failure", report.Failure("lastFailure"));
        if (report.List("resources").Any())
            yield return DiagWords.Line("resources", string.Join(", ", report.List("resources").Select(one => Excerpt.Of(one.GetString() ?? ""))));
        if (report.Part("question") is { } question)
        {
            foreach (var line in Question(question, isKnown: report.Part("view") is not null))
                yield return line;
            yield break;
        }

        if (!report.List("entitlements").Any())
            yield break;
        yield return "";
        foreach (var line in Entitlements(report))
            yield return line;
    }

    private static IEnumerable<string> View(string whose, JsonElement? view)
    {
        if (view is not { } of)
            yield break;
        yield return DiagWords.Line("set", $"{whose}{of.Text("entitlements")} entitlements from {of.Text("setOrigin")}, read {of.Date("readAt")} ({of.Duration("readAgeMs")} ago)"
            + (of.Date("setUpdatedAt") is not DiagWords.None and var date ? $", last changed in the cloud {date}" : "")
            + (of.Date("validUntil") is not DiagWords.None and var until ? $", valid until {until}" : ""));
        yield return DiagWords.Line("usage", $"{whose}last from {of.Text("usageOrigin")}");
        if (!of.Is("isKnownToCloud"))
            yield return DiagWords.Line("unknown", $"{whose}the cloud does not know it ({of.Text("accessDeniedReason")})");
        else if (of.Text("accessDeniedReason") is not DiagWords.None and var reason)
            yield return DiagWords.Line("denied", $"{whose}the cloud denies the whole: {reason}");
        string?[] marks =
        [
            of.Is("isInvalidated") ? "may be out of date" : null,
            of.Is("isUnconfirmed") ? "not confirmed by a read yet" : null,
            of.Is("isUndecided") ? "which of two sets is the later one is not decided yet" : null,
        ];
        if (marks.Any(mark => mark is not null))
            yield return DiagWords.Line("marks", whose + string.Join("; ", marks.Where(mark => mark is not null)));
        if (of.Part("lease") is { } lease)
        {
            yield return DiagWords.Line("lease", $"{whose}from {lease.Text("owner")}{(lease.Is("isOwnerLost") ? ", which is lost" : "")}, {lease.Duration("leftMs")} left");
        }
    }

    private static string Actor(JsonElement actor)
    {
        var state = actor.Text("state");
        if (actor.Number("entries") == 0)
            return state;
        var text = $"{state}; {actor.Text("waiting")} questions wait, {actor.Text("entries")} entries, {actor.Text("saves")} saves under way, {actor.Text("crashes")} crashes in a row";
        return actor.Part("entry") is not { } entry ? text
            : $"{text}; this entry: {entry.Text("reads")} reads{(entry.Duration("readForMs") is not DiagWords.None and var time ? $" (for {time})" : "")}"
                + $"{(entry.Is("isLoading") ? ", loading" : "")}{(entry.Is("isSaving") ? ", saving" : "")}, {entry.Text("waiting")} questions, {entry.Text("reloads")} reloads";
    }

    private static IEnumerable<string> Question(JsonElement question, bool isKnown)
    {
        yield return "";
        if (!isKnown)
            yield return "where nobody knows more than this process, the answer would be:";
        var requested = question.Text("requestedUsage") is not DiagWords.None and var usage ? $", {usage} requested" : "";
        var values = question.List("requestedValues").Any() ? $", {string.Join(", ", question.List("requestedValues").Select(one => Excerpt.Of(one.GetString() ?? "")))} requested" : "";
        yield return $"{question.Text("id")}{requested}{values}: {(question.Is("hasAccess") ? "yes" : "no")}"
            + (question.Text("accessDeniedReason") is not DiagWords.None and var reason ? $" ({reason})" : "")
            + (question.Is("isFallback") ? ", from a fallback" : "");
        var steps = question.List("steps").ToList();
        var width = steps.Count == 0 ? 0 : steps.Max(step => step.Text("rule").Length);
        foreach (var step in steps)
            yield return $"  {step.Text("rule").PadRight(width)}  {step.Text("finding")}{Outcome(step.Text("outcome"))}";
    }

    private static IEnumerable<string> Entitlements(JsonElement report)
    {
        var table = new DiagTable("ENTITLEMENT", "KIND", "LIMIT", "USED", "USED AT", "PERIOD END", "ANSWER", "DECIDED BY");
        foreach (var one in report.List("entitlements"))
        {
            var last = one.List("steps").LastOrDefault();
            table.Add(
                one.Text("id"), one.Text("kind"), one.Text("limit"), one.Text("used"), one.Date("usedAt"), one.Date("periodEnd"), one.Is("hasAccess") ? "yes" : "no",
                last.ValueKind == JsonValueKind.Object ? $"{last.Text("rule")}: {last.Text("finding")}" : DiagWords.None);
        }

        foreach (var line in table.Lines())
            yield return line;
        if (report.Number("entitlementsLeftOut") is > 0 and var more)
            yield return $"and {more} more";
    }

    private static string Outcome(string outcome) => outcome switch
    {
        "grants" => ": yes",
        "denies" => ": no",
        "fallsBack" => ": a fallback answers",
        _ => "",
    };
}
