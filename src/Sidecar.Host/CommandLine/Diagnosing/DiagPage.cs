using System.Globalization;
using System.Text.Json;

namespace Sidecar.Host.CommandLine.Diagnosing;

/// <summary>Reports as lines for people.</summary>
internal static class DiagPage
{
    /// <summary>The lines of a report.</summary>
    /// <param name="word">What was asked for.</param>
    /// <param name="report">The report.</param>
    public static IEnumerable<string> Lines(string word, JsonElement report) => word switch
    {
        "summary" => Summary(report),
        "customer" => DiagCustomerPage.Lines(report),
        "shards" => Shards(report),
        "cluster" => Cluster(report),
        "stream" => Stream(report),
        "cache" => Cache(report),
        "config" => Config(report),
        _ => [report.GetProperty("outcome").GetString() is { } ? report.Text("outcome") : DiagWords.None],
    };

    private static IEnumerable<string> Summary(JsonElement report)
    {
        var cloud = report.GetProperty("cloud");
        if (report.Part("verdict") is { } verdict)
        {
            yield return verdict.Text("state").ToUpperInvariant();
            foreach (var cause in verdict.List("causes"))
                yield return $"  - {Protocol.Excerpt.Of(cause.GetString() ?? "", 600)}";
            yield return "";
        }

        yield return DiagWords.Line("up for", $"{DiagWords.Duration(TimeSpan.FromSeconds(report.Number("uptimeSeconds")))} (version {report.Text("version")})");
        var suspended = string.Join(", ", cloud.List("suspendedPaths").Select(path => path.GetString()));
        yield return DiagWords.Line("cloud", $"{cloud.Text("mode")}, key {cloud.Text("key")}{(suspended.Length > 0 ? $", reads suspended: {suspended}" : "")}"
            + $"; reads {cloud.Text("readsUnderWay")} under way, {cloud.Text("readsWaiting")} waiting; reports {cloud.Text("reportsUnderWay")} under way, {cloud.Text("reportsWaiting")} waiting");
        if (cloud.Number("isolatedForSeconds") is > 0 and var seconds)
            yield return DiagWords.Line("isolated", $"on purpose, for {DiagWords.Duration(TimeSpan.FromSeconds(seconds))} still; 'sidecar diag isolate 0' ends it");
        yield return DiagWords.Line("failure", cloud.Failure("lastFailure"));
        foreach (var line in Stream(report.GetProperty("stream")).Take(1))
            yield return line;
        if (report.Part("redis") is { } redis)
        {
            yield return DiagWords.Line("redis", $"{(redis.Is("isUp") ? "up" : "down")}{(redis.Text("trouble") is not DiagWords.None and var trouble ? $", {trouble}" : "")}"
                + $"{(redis.Is("areLoadsSuspended") ? ", loads suspended" : "")}{(redis.Is("areSavesSuspended") ? ", saves suspended" : "")}; {redis.Counts("operations")}");
        }

        foreach (var line in Cache(report.GetProperty("cache")))
            yield return line;
        var questions = report.GetProperty("questions");
        yield return DiagWords.Line("questions", $"{questions.Text("hits")} from memory, {questions.Text("misses")} beyond it"
            + (questions.Text("hitRatePercent") is not DiagWords.None and var rate ? $" ({rate} % hits)" : ""));
        if (report.Part("cluster") is { } cluster)
            yield return DiagWords.Line("cluster", $"{cluster.Text("phase")}, {cluster.List("members").Count()} members, {cluster.Text("shardsHere")} shards here");
    }

    private static IEnumerable<string> Stream(JsonElement report)
    {
        yield return DiagWords.Line("stream", report.Text("state")
            + (report.Duration("upForMs") is not DiagWords.None and var up ? $" for {up}" : "")
            + (report.Duration("lastMessageAgeMs") is not DiagWords.None and var age ? $", last message {age} ago" : "")
            + $"; {report.Text("messages")} messages, {report.Text("reconnects")} reconnects");
        yield return DiagWords.Line("tries", $"{report.Text("failuresInARow")} failed in a row");
        yield return DiagWords.Line("last end", report.Failure("lastFailure"));
        yield return DiagWords.Line("news", report.Counts("news"));
    }

    private static IEnumerable<string> Cache(JsonElement report)
    {
        var share = report.Number("maxBytes") is > 0 and var max ? (100d * report.Number("bytes") / max).ToString("0.#", CultureInfo.InvariantCulture) : "0";
        yield return DiagWords.Line("cache", $"{report.Size("bytes")} of {report.Size("maxBytes")} ({share} %); {report.Text("customers")} customers, "
            + $"{report.Text("entitlements")} entitlements, {report.Text("evictions")} evictions");
        if (report.Part("top") is null)
            yield break;
        yield return "";
        var table = new DiagTable("CUSTOMER", "SIZE", "ENTITLEMENTS", "RESOURCES", "USED");
        foreach (var one in report.List("top"))
            table.Add(one.Text("customer"), one.Size("bytes"), one.Text("entitlements"), one.Text("resources"), $"{one.Duration("usedAgoMs")} ago");
        foreach (var line in table.Lines())
            yield return line;
    }

    private static IEnumerable<string> Shards(JsonElement report)
    {
        yield return DiagWords.Line("shards", $"{report.Text("total")}, {report.Text("here")} of them here");
        if (report.Text("note") is not DiagWords.None and var note)
            yield return DiagWords.Line("note", note);
        yield return "";
        var table = new DiagTable("SHARD", "ACTORS", "CUSTOMERS", "HERE", "NODE");
        foreach (var shard in report.List("shards"))
            table.Add(shard.Text("shard"), shard.Text("actors"), shard.Text("customers"), shard.Text("isHere"), shard.Text("node"));
        foreach (var line in table.Lines())
            yield return line;
    }

    private static IEnumerable<string> Cluster(JsonElement report)
    {
        if (!report.Is("isEnabled"))
        {
            yield return "no cluster: this process is by itself";
            yield break;
        }

        yield return DiagWords.Line("node", $"{report.Text("self")}: {report.Text("phase")}");
        yield return DiagWords.Line("shards", $"{report.Text("shardsHere")} here");
        yield return DiagWords.Line("leases", $"{report.Text("leasesHeldByOthers")} held by others");
        yield return DiagWords.Line("restarts", report.Counts("restarts"));
        yield return "";
        var table = new DiagTable("STATUS", "SELF", "MEMBER");
        foreach (var member in report.List("members"))
            table.Add(member.Text("status"), member.Text("isSelf"), member.Text("address"));
        foreach (var line in table.Lines())
            yield return line;
    }

    private static IEnumerable<string> Config(JsonElement report)
    {
        foreach (var setting in report.List("settings"))
            yield return $"{setting.Text("name")} = {setting.Text("value")} ({setting.Text("source")})";
        foreach (var fault in report.List("faults"))
            yield return $"! {Protocol.Excerpt.Of(fault.GetString() ?? "", 600)}";
    }
}
