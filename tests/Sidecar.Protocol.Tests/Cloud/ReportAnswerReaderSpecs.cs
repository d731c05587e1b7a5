using System.Text;
using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;
using Xunit;

namespace Sidecar.Protocol.Tests.Cloud;

/// <summary>What an answer to a report says, and what that is to the entry that holds the usage.</summary>
public sealed class ReportAnswerReaderSpecs
{
    private static readonly EntryKey Key = new("c", "r");
    private static readonly UsageReport One = new([new Measurement(Key, "f", 1, "k")], IsBulk: false);
    private static readonly UsageReport Two = new(
        [new Measurement(new EntryKey("c"), "f", 1, "k-0"), new Measurement(new EntryKey("d"), "g", 1, "k-1")], IsBulk: true);

    private static readonly EventReport Events = new([new HappenedEvent(Key, "e", "k")]);

    [Fact]
    public void A_usage_is_read_with_its_period_and_its_credits()
    {
        var usage = Read(One, """
            {"data": {"reportUsage": {"id": "m", "featureId": "f", "customerId": "c", "resourceId": "r", "currentUsage": 26,
              "usagePeriodStart": "2026-10-01T00:00:00.000Z", "usagePeriodEnd": "2026-11-01T00:00:00.000Z", "nextResetDate": null,
              "timestamp": "2026-10-02T10:00:00.000Z",
              "credit": {"currencyId": "t", "currentUsage": 130, "usageLimit": 500, "usagePeriodEnd": "2026-11-01T00:00:00.000Z",
                "timestamp": "2026-10-02T10:00:00.001Z", "consumed": 10}}}}
            """).Usages!.Value.Should().ContainSingle().Subject;

        (usage.MeasurementId, usage.Key, usage.FeatureId, usage.CurrentUsage).Should().Be(("m", Key, "f", 26));
        usage.News(_ => Holding("t")).Should().Equal(
            new UsageSet(Key, new UsageNews(
                new EntitlementReference("f", IsCredit: false),
                new Usage(26, At("2026-10-01T00:00:00Z"), At("2026-11-01T00:00:00Z"), At("2026-10-02T10:00:00Z"), Reported: true))),
            new UsageSet(Key, new UsageNews(
                new EntitlementReference("t", IsCredit: true),
                new Usage(130, null, At("2026-11-01T00:00:00Z"), At("2026-10-02T10:00:00.001Z"), Reported: true))));
    }

    [Theory]
    [InlineData("""{"id": "m"}""")]
    [InlineData("""{"id": "m", "currentUsage": 26}""")]
    [InlineData("""{"id": "m", "currentUsage": 26, "timestamp": "soon"}""")]
    [InlineData("""{"id": "m", "currentUsage": null, "timestamp": "2026-10-02T10:00:00Z", "credit": null}""")]
    [InlineData("""{"id": "m", "currentUsage": {}, "timestamp": "2026-10-02T10:00:00Z"}""")]
    public void A_usage_without_a_count_or_a_date_is_acknowledged_and_says_that_something_changed(string usage) =>
        Read(One, """{"data": {"reportUsage": """ + usage + "}}").Usages!.Value.Should().ContainSingle()
            .Which.News(_ => null).Should().Equal(new EntryChanged(Key, NewsKind.Usage));

    [Theory]
    [InlineData("id", "17")]
    [InlineData("featureId", "{}")]
    [InlineData("usagePeriodStart", "[]")]
    [InlineData("usagePeriodEnd", "\"soon\"")]
    [InlineData("nextResetDate", "true")]
    [InlineData("credit", "\"none\"")]
    [InlineData("credit", """{"currencyId": 17, "currentUsage": 1}""")]
    public void A_field_that_can_t_be_read_is_left_out_alone(string name, string value)
    {
        var usage = Read(One, """{"data": {"reportUsage": {"currentUsage": "26", "timestamp": "2026-10-02T10:00:00Z", """ + $"\"{name}\": {value}}}}}}}")
            .Usages!.Value[0];

        usage.News(_ => null).Should().Equal(new UsageSet(Key, new UsageNews(
            new EntitlementReference("f", IsCredit: false), new Usage(26, null, null, At("2026-10-02T10:00:00Z"), Reported: true))));
    }

    [Theory]
    [InlineData("17")]
    [InlineData("[17]")]
    [InlineData("""[{"message": 17}]""")]
    [InlineData("""[{"message": "no", "extensions": {"code": 17}}]""")]
    public void Errors_of_an_unknown_form_are_errors_and_take_nothing_from_what_was_counted(string errors)
    {
        var body = """{"data": {"reportUsage": {"id": "m"}, "reportEvent": null}, "errors": """ + errors + "}";

        Read(One, body).Usages!.Value[0].MeasurementId.Should().Be("m");
        Read(Events, body).Should().Be(new ReportAnswer(null, new CloudError("no message", null)));
    }

    [Fact]
    public void Credits_without_a_date_say_that_something_changed() =>
        Read(One, """{"data": {"reportUsage": {"currentUsage": 1, "timestamp": 1790935200000, "credit": {"currencyId": "t", "currentUsage": 1}}}}""")
            .Usages!.Value[0].News(_ => Holding("t"))[1].Should().Be(new EntryChanged(Key, NewsKind.CreditUsage));

    [Theory]
    [InlineData("r", "r")]
    [InlineData("r, own", "r")]
    [InlineData("own", "own")]
    public void Credits_that_pay_for_a_resources_usage_are_the_resources_own_or_else_the_customers(string holders, string payer)
    {
        var holds = holders.Split(", ");

        Paid().News(key => Holding(holds.Contains(key.ResourceId ?? "own") ? "t" : "another"))[1..].Should().ContainSingle()
            .Which.Should().BeOfType<UsageSet>().Which.Key.Should().Be(payer == "own" ? Key.Customer : Key);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_nothing_known_tells_whose_credits_they_are_the_resource_keeps_them_and_the_customers_are_read(bool isResourceKnown) =>
        Paid().News(key => key == Key ? isResourceKnown ? Holding("another") : null : isResourceKnown ? null : Holding("t"))[1..].Should().Equal(
            Paid().Credit!.News(Key),
            new EntryChanged(Key.Customer, NewsKind.CreditUsage));

    [Theory]
    [InlineData("""[{"id": "1", "customerId": "c", "featureId": "f"}, {"id": "2", "customerId": "d", "featureId": "g"}]""", "1", "2", 0)]
    [InlineData("""[{"id": "2", "customerId": "d", "featureId": "g"}, {"id": "1", "customerId": "c", "featureId": "f"}]""", "1", "2", 0)]
    [InlineData("""[{"id": "1", "customerId": "c", "featureId": "f"}, {"id": "2", "customerId": 17}]""", "1", "", 0)]
    [InlineData("""[{"id": "1", "customerId": "c", "featureId": "f"}]""", "1", "", 1)]
    [InlineData("""[null, {"id": "2", "customerId": "d", "featureId": "g"}]""", "", "2", 1)]
    [InlineData("""[{"id": "1", "customerId": "c", "featureId": "f"}, 7, {"id": "3", "customerId": "x", "featureId": "g"}]""", "1", "", 1)]
    [InlineData("[null, null]", "", "", 2)]
    [InlineData("[]", "", "", 2)]
    public void Results_in_bulk_go_to_their_measurements_and_those_that_are_missing_are_counted(
        string results, string first, string second, int missing)
    {
        var answer = Read(Two, """{"data": {"reportUsageBulk": """ + results + "}}");

        answer.Usages!.Value.Select(u => u.MeasurementId).Should().Equal(first, second);
        answer.Usages!.Value.Select(u => u.Key.CustomerId).Should().Equal("c", "d");
        answer.Missing.Should().Be(missing);
    }

    [Fact]
    public void A_result_that_is_missing_says_that_something_changed_and_the_error_beside_it_is_told()
    {
        var answer = Read(Two, """
            {"data": {"reportUsageBulk": [null, {"id": "2", "customerId": "d", "featureId": "g", "currentUsage": 4, "timestamp": "2026-10-02T10:00:00Z"}]},
             "errors": [{"message": "no", "extensions": {"code": "FeatureNotFound"}}]}
            """);

        answer.Error.Should().Be(new CloudError("no", "FeatureNotFound"));
        answer.Usages!.Value[0].News(_ => null).Should().Equal(new EntryChanged(new EntryKey("c"), NewsKind.Usage));
        answer.Usages!.Value[1].News(_ => null).Should().ContainSingle().Which.Should().BeOfType<UsageSet>();
    }

    [Theory]
    [InlineData("""{"data": {"reportEvent": null}}""")]
    [InlineData("""{"data": {"reportEvent": "ok"}, "errors": []}""")]
    public void Events_are_acknowledged_by_an_answer_without_errors(string body) => Read(Events, body).Usages!.Value.Should().BeEmpty();

    [Theory]
    [InlineData("""{"errors": [{"message": "no", "extensions": {"code": "CustomerNotFound"}}]}""")]
    [InlineData("""{"data": null, "errors": [{"message": "no", "extensions": {"code": "CustomerNotFound"}}]}""")]
    [InlineData("""{"data": {"reportUsage": null, "reportEvent": null}, "errors": [{"message": "no", "extensions": {"code": "CustomerNotFound"}}]}""")]
    public void An_error_is_told_with_its_code_and_message(string body)
    {
        foreach (var report in new Report[] { One, Events })
            Read(report, body).Should().Be(new ReportAnswer(null, new CloudError("no", "CustomerNotFound")));
    }

    [Fact]
    public void A_usage_that_was_counted_is_acknowledged_whatever_goes_wrong_beside_it() =>
        Read(One, """{"data": {"reportUsage": {"id": "m"}}, "errors": [{"message": "no credits today"}]}""").Usages!.Value[0].MeasurementId.Should().Be("m");

    [Theory]
    [InlineData("")]
    [InlineData("<html/>")]
    [InlineData("null")]
    [InlineData("""{"data": null}""")]
    [InlineData("""{"data": {}}""")]
    [InlineData("""{"data": {"reportUsage": null}}""")]
    [InlineData("""{"data": {"reportUsage": {"id": "m"}""")]
    [InlineData("""{"data": {"reportUsageBulk": []}}""")]
    public void What_does_not_tell_what_became_of_it_is_no_acknowledgement(string body)
    {
        var answer = Read(One, body);

        (answer.Usages, answer.Error).Should().Be((null, null));
        answer.Fault.Should().NotBeNullOrEmpty();
    }

    [Property]
    public void No_body_is_too_strange(byte[] body)
    {
        foreach (var report in new Report[] { One, Two, Events })
            ReportAnswerReader.Read(report, body).Usages.Should().BeNull();
    }

    [Theory]
    [InlineData("Unauthenticated", ReportEnd.InvalidKey)]
    [InlineData("CustomerNotFound", ReportEnd.NotFound)]
    [InlineData("CustomerResourceNotFound", ReportEnd.NotFound)]
    [InlineData("FeatureNotFound", ReportEnd.NotFound)]
    [InlineData("BadUserInput", ReportEnd.BadInput)]
    [InlineData("RateLimitExceeded", ReportEnd.RateLimited)]
    [InlineData("CannotReportUsageForEntitlementWithMeterError", ReportEnd.Forbidden)]
    [InlineData("EntitlementLimitExceededError", ReportEnd.Forbidden)]
    [InlineData("EntitlementUsageOutOfRangeError", ReportEnd.BadInput)]
    [InlineData("UsageMeasurementDiffOutOfRangeError", ReportEnd.BadInput)]
    [InlineData("UnexpectedError", ReportEnd.Unclear)]
    [InlineData("SomethingNew", ReportEnd.Unclear)]
    [InlineData(null, ReportEnd.Unclear)]
    public void Each_code_has_its_meaning(string? code, ReportEnd end) => ReportEnds.OfCode(code).Should().Be(end);

    [Theory]
    [InlineData(200, null)]
    [InlineData(302, ReportEnd.Refused)]
    [InlineData(400, ReportEnd.BadInput)]
    [InlineData(401, ReportEnd.InvalidKey)]
    [InlineData(403, ReportEnd.Refused)]
    [InlineData(408, ReportEnd.Unclear)]
    [InlineData(429, ReportEnd.RateLimited)]
    [InlineData(500, ReportEnd.Unclear)]
    [InlineData(503, ReportEnd.Unclear)]
    public void So_has_each_status(int status, ReportEnd? end) => ReportEnds.OfStatus(status).Should().Be(end);

    private static ReportAnswer Read(Report report, string body) => ReportAnswerReader.Read(report, Encoding.UTF8.GetBytes(body));

    [Theory]
    [InlineData(true, "2026-10-02T11:00:00Z", true)]
    [InlineData(true, "2026-10-02T09:00:00Z", false)]
    [InlineData(false, "2026-10-02T11:00:00Z", false)]
    public void A_usage_that_its_caller_dated_before_the_known_one_is_read(bool isDated, string known, bool isRead)
    {
        var usage = new ReportedUsage("m", Key, "f") { CurrentUsage = 1, Timestamp = At("2026-10-02T10:00:00Z"), IsDatedByCaller = isDated };
        var feature = new FeatureEntitlement(new FeatureDefinition("f", Stigg.Sidecar.V1.FeatureType.Number)) { Usage = new Usage(5, null, null, At(known)) };

        usage.News(_ => EntitlementState.Create(null, [feature])).OfType<EntryChanged>().Any().Should().Be(isRead);
    }

    private static ReportedUsage Paid() => new("m", Key, "f")
    {
        CurrentUsage = 1,
        Timestamp = At("2026-10-02T10:00:00Z"),
        Credit = new ReportedCredit("t") { CurrentUsage = 2, Timestamp = At("2026-10-02T10:00:00Z") },
    };

    private static EntitlementState Holding(string currencyId) =>
        EntitlementState.Create(null, [new CreditEntitlement(new CreditCurrency(currencyId))]);

    private static DateTimeOffset At(string date) => DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture);
}
