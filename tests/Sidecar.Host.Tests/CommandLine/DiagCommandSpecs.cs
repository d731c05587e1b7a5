using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Actors.Diagnostics;
using Sidecar.Host.CommandLine;
using Sidecar.Host.CommandLine.Diagnosing;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

/// <summary>What <c>sidecar diag</c> asks for, and how it shows answers.</summary>
public sealed class DiagCommandSpecs : IDisposable
{
    private readonly Dictionary<string, string> _variables = [];
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);
    private readonly StringWriter _error = new(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("/diagnostics/summary", false, "summary")]
    [InlineData("/diagnostics/customer?id=a%20b%2F%26", false, "customer", "a b/&")]
    [InlineData("/diagnostics/customer?id=-x&resource=r&feature=f&usage=1&values=a%2Cb", false,
        "customer", "--resource", "r", "--feature", "f", "--usage", "1", "--values", "a,b", "--", "-x")]
    [InlineData("/diagnostics/cache?top=3", false, "cache", "--top", "3")]
    [InlineData("/diagnostics/customer/evict?id=c", true, "evict", "c")]
    [InlineData("/diagnostics/customer/reread?id=c&resource=r", true, "reread", "c", "--resource", "r")]
    [InlineData("/diagnostics/stream/reconnect", true, "reconnect")]
    [InlineData("/diagnostics/isolate?minutes=5", true, "isolate", "5")]
    [InlineData("/diagnostics/log-level?level=debug&minutes=1", true, "log-level", "debug", "--minutes", "1")]
    public void Each_word_asks_for_one_path(string path, bool isDone, params string[] arguments)
    {
        var request = DiagRequest.Parse(arguments);

        (request.PathAndQuery, request.IsDone).Should().Be((path, isDone));
    }

    [Theory]
    [InlineData("nothing is asked for, expected one of summary, customer")]
    [InlineData("there is no 'nope', expected one of", "nope")]
    [InlineData("customer needs a customer's id", "customer")]
    [InlineData("isolate needs a number of minutes", "isolate")]
    [InlineData("--top says nothing to shards", "shards", "--top", "1")]
    [InlineData("--usage and --values need --feature", "customer", "c", "--usage", "1")]
    [InlineData("unknown argument 'more'", "summary", "more")]
    [InlineData("--address is 'ftp://x', expected http://host:port", "summary", "--address", "ftp://x")]
    [InlineData("--address is 'http://x/path'", "summary", "--address", "http://x/path")]
    [InlineData("DIAGNOSTICS_PORT is no certain port", "summary")]
    public async Task What_is_not_understood_is_told_with_what_is_expected(string fault, params string[] arguments)
    {
        _variables["DIAGNOSTICS_PORT"] = "0";

        (await RunAsync(["diag", .. arguments])).Should().Be(64);

        _error.ToString().Should().Contain($"sidecar diag: {fault}");
    }

    [Fact]
    public async Task Token_that_can_not_be_used_is_told_and_not_shown()
    {
        _variables["DIAGNOSTICS_TOKEN"] = "secret";

        (await RunAsync(["diag", "summary"])).Should().Be(64);

        _error.ToString().Should().Contain("DIAGNOSTICS_TOKEN is (a secret), expected 16 to 1024").And.NotContain("'secret'");
    }

    [Fact]
    public void No_control_character_of_an_id_reaches_the_terminal()
    {
        var report = new CustomerReport(
            "a\u001b[31mb", "r\u0007", 1, "here", new NextReport("unknown", "w", "t"), null, null, ActorDescription.None, null,
            [new EntitlementReport("f\u001b]0;x\u0007", "boolean", "none", 0, null, null, null, null, true, [new StepReport("r\u001b", "f\r\n", "grants")])],
            0, null, ["x\u009b"]);

        var text = string.Join('\n', Lines("customer", report));

        text.Should().NotMatchRegex(@"[\p{Cc}-[\n]]").And.Contain("a [31mb");
    }

    [Fact]
    public void Customer_is_shown_as_a_table_for_people()
    {
        var at = new DateTimeOffset(2026, 11, 26, 18, 0, 0, TimeSpan.Zero);
        var report = new CustomerReport(
            "c", null, 7, "this process", new NextReport("suspect", "its lease is over", "a read first"),
            new ViewReport("edge", "stream", at, 90_000, at, null, true, null, true, false, false, new LeaseReport("akka://node", true, 500), 2, 300), null,
            new ActorDescription("reading", 3, 1, 0, 0, new EntryDescription(1, 240, false, false, false, 3, 0)),
            new FailureReport(at, "timeout", "no answer in time"),
            [
                new EntitlementReport("calls", "metered", "1000", 25, at, null, at, null, true, [new StepReport("limit", "25 used", "grants")]),
                new EntitlementReport("s", "boolean", "none", 0, null, null, null, null, false, [new StepReport("own", "denied", "denies")]),
            ],
            1, null, []);

        Lines("customer", report).Should().Equal(
            "customer 'c', shard 7 on this process",
            "",
            "trust      suspect: its lease is over",
            "next       a question gets a read first",
            "set        2 entitlements from edge, read 2026-11-26 18:00:00Z (1 min 30 s ago), last changed in the cloud 2026-11-26 18:00:00Z",
            "usage      last from stream",
            "marks      may be out of date",
            "lease      from akka://node, which is lost, 0.5 s left",
            "actor      reading; 3 questions wait, 1 entries, 0 saves under way, 0 crashes in a row; this entry: 1 reads (for 0.2 s), 3 questions, 0 reloads",
            "failure    2026-11-26 18:00:00Z timeout: no answer in time",
            "",
            "ENTITLEMENT  KIND     LIMIT  USED  USED AT               PERIOD END  ANSWER  DECIDED BY",
            "calls        metered  1000   25    2026-11-26 18:00:00Z  -           yes     limit: 25 used",
            "s            boolean  none   0     -                     -           no      own: denied",
            "and 1 more");
    }

    private static IEnumerable<string> Lines<T>(string word, T report)
    {
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(report, typeof(T), DiagnosticsJson.Default));
        return [.. DiagPage.Lines(word, json.RootElement)];
    }

    private Task<int> RunAsync(string[] arguments) => CommandLineFront.RunAsync(
        arguments, new CommandContext(_variables.GetValueOrDefault, _ => throw new FileNotFoundException(), () => _output, () => _error));
}
