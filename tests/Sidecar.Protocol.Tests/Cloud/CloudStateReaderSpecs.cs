using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Xunit;
using CreditEntitlement = Sidecar.Protocol.Entitlements.CreditEntitlement;

namespace Sidecar.Protocol.Tests.Cloud;

/// <summary>The cloud's JSON, as tolerant as the upstream contract asks for.</summary>
public sealed class CloudStateReaderSpecs
{
    private const string Feature = """
        {
          "__typename": "FeatureEntitlement", "isGranted": true, "accessDeniedReason": null,
          "usageLimit": 1000, "hasUnlimitedUsage": false, "hasSoftLimit": true, "currentUsage": 25, "enumValues": null,
          "entitlementUpdatedAt": "2026-10-01T09:00:00.000Z", "usageUpdatedAt": "2026-10-02T10:00:00.000Z",
          "usagePeriodAnchor": "2026-01-31T00:00:00.000Z",
          "usagePeriodStart": "2026-09-30T00:00:00.000Z", "usagePeriodEnd": "2026-10-31T00:00:00.000Z",
          "resetPeriod": "MONTH",
          "resetPeriodConfiguration": { "__typename": "MonthlyResetPeriodConfig", "monthlyAccordingTo": "SubscriptionStart" },
          "feature": {
            "__typename": "EntitlementFeature", "refId": "feature-api-calls", "displayName": "API calls", "description": null,
            "featureType": "NUMBER", "meterType": "Incremental", "featureUnits": "call", "featureUnitsPlural": "calls",
            "unitTransformation": { "divide": 1000, "round": "UP" }
          },
          "creditRate": { "amount": 2, "currencyId": "cred-type-tokens" }, "validUntil": "2027-01-01T00:00:00Z"
        }
        """;

    private const string Credit = """
        {
          "__typename": "CreditEntitlement", "isGranted": true, "accessDeniedReason": "Revoked",
          "currency": {
            "currencyId": "cred-type-tokens", "displayName": "Tokens", "description": "Pays for calls", "unitSingular": "token",
            "unitPlural": "tokens", "additionalMetaData": { "k": "v", "n": 1.5, "l": [true, null], "o": { "x": "y" } }
          },
          "usageLimit": 500, "currentUsage": 120, "hasSoftLimit": false,
          "usageUpdatedAt": "2026-10-02T10:00:00.000Z", "entitlementUpdatedAt": "2026-10-01T09:00:00.000Z",
          "usagePeriodEnd": "2026-11-01T00:00:00.000Z", "validUntil": null
        }
        """;

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void Text_that_is_no_Unicode_costs_its_own_entitlement_alone(bool isBesideASoundOne, int left)
    {
        var broken = Credit.Replace("\"v\"", "\"\\ud800\"", StringComparison.Ordinal);
        var list = isBesideASoundOne ? broken + "," + Feature : broken;
        var json = "{\"data\": {\"entitlementsState\": {\"entitlementsV2\": [" + list + "]}}}";

        var body = CloudStateReader.Read(Encoding.UTF8.GetBytes(json));

        body.Unreadable.Should().Be(1);
        (body.State?.All().Count() ?? 0).Should().Be(left);
        (body.Fault is null).Should().Be(isBesideASoundOne);
    }

    [Fact]
    public void Whole_feature_entitlement_is_read()
    {
        var entitlement = FeatureOf(Feature);

        entitlement.Feature.Should().Be(new FeatureDefinition(
            "feature-api-calls", FeatureType.Number, MeterType.Incremental, HasMeter: true, "call", "calls", "API calls"));
        (entitlement.UsageLimit, entitlement.HasUnlimitedUsage, entitlement.HasSoftLimit).Should().Be((1000, false, true));
        entitlement.AccessDeniedReason.Should().BeNull();
        entitlement.ResetPeriod.Should().Be(EntitlementResetPeriod.Month);
        entitlement.UsagePeriodAnchor.Should().Be(Date("2026-01-31"));
        entitlement.UpdatedAt.Should().Be(Date("2026-10-01").AddHours(9));
        entitlement.ValidUntil.Should().Be(Date("2027-01-01"));
        entitlement.CreditRate.Should().Be(new CreditRate(2, "cred-type-tokens"));
        entitlement.Usage.Should().Be(new Usage(25, Date("2026-09-30"), Date("2026-10-31"), Date("2026-10-02").AddHours(10)));
    }

    [Fact]
    public void Whole_credit_entitlement_is_read()
    {
        var credit = CreditOf(Credit);

        (credit.Currency.Id, credit.Currency.DisplayName, credit.Currency.Description).Should().Be(("cred-type-tokens", "Tokens", "Pays for calls"));
        (credit.Currency.UnitSingular, credit.Currency.UnitPlural).Should().Be(("token", "tokens"));
        credit.Currency.AdditionalMetaData!.Fields["k"].StringValue.Should().Be("v");
        credit.Currency.AdditionalMetaData.Fields["n"].NumberValue.Should().Be(1.5);
        credit.Currency.AdditionalMetaData.Fields["l"].ListValue.Values.Should().HaveCount(2);
        credit.Currency.AdditionalMetaData.Fields["o"].StructValue.Fields["x"].StringValue.Should().Be("y");
        credit.AccessDeniedReason.Should().Be(AccessDeniedReason.Revoked);
        (credit.UsageLimit, credit.Usage.Current, credit.Usage.PeriodEnd).Should().Be((500, 120, Date("2026-11-01")));
    }

    [Theory]
    [MemberData(nameof(NullableFields))]
    public void Nullable_field_may_be_null_or_absent(string entitlement, string path)
    {
        foreach (var isAbsent in (bool[])[true, false])
        {
            var json = JsonNode.Parse(entitlement)!.AsObject();
            var parent = path.Contains('.', StringComparison.Ordinal) ? json[path.Split('.')[0]]!.AsObject() : json;
            var field = path.Split('.')[^1];
            parent.ContainsKey(field).Should().BeTrue($"{field} stands in the whole form");
            if (isAbsent)
                parent.Remove(field);
            else
                parent[field] = null;

            var body = Read(Body(json.ToJsonString()));

            body.Fault.Should().BeNull();
            body.Unreadable.Should().Be(0);
            // Without a feature there is nothing to ask about.
            body.State!.All().Should().HaveCount(path is "feature" or "currency" ? 0 : 1);
        }
    }

    public static TheoryData<string, string> NullableFields()
    {
        var data = new TheoryData<string, string>();
        foreach (var field in (string[])
            [
                "accessDeniedReason", "creditRate", "currentUsage", "entitlementUpdatedAt", "enumValues", "feature", "hasSoftLimit",
                "hasUnlimitedUsage", "isGranted", "resetPeriod", "resetPeriodConfiguration", "usageLimit", "usagePeriodAnchor",
                "usagePeriodStart", "usagePeriodEnd", "usageUpdatedAt", "validUntil", "__typename", "feature.description",
                "feature.featureUnits", "feature.featureUnitsPlural", "feature.meterType", "feature.unitTransformation", "feature.featureType",
            ])
            data.Add(Feature, field);
        foreach (var field in (string[])
            [
                "accessDeniedReason", "usageLimit", "currentUsage", "hasSoftLimit", "usageUpdatedAt", "entitlementUpdatedAt",
                "usagePeriodEnd", "validUntil", "__typename", "currency", "currency.displayName", "currency.description",
                "currency.unitSingular", "currency.unitPlural", "currency.additionalMetaData",
            ])
            data.Add(Credit, field);
        return data;
    }

    [Theory]
    [InlineData("\"2026-10-02T10:00:00.000Z\"")]
    [InlineData("\"2026-10-02T12:00:00+02:00\"")]
    [InlineData("\"2026-10-02T10:00:00\"")]
    [InlineData("1790935200000")]
    [InlineData("\"1790935200000\"")]
    [InlineData("1790935200000.0")]
    public void Dates_are_read_in_every_form_in_use(string date) =>
        FeatureOf(With(Feature, "validUntil", date)).ValidUntil.Should().Be(Date("2026-10-02").AddHours(10));

    [Theory]
    [InlineData("\"soon\"")]
    [InlineData("\"\"")]
    [InlineData("1e300")]
    [InlineData("-1e300")]
    [InlineData("\"999999999999999999\"")]
    public void Date_that_is_none_counts_as_absent(string date) =>
        FeatureOf(With(Feature, "usageUpdatedAt", date)).Usage.UpdatedAt.Should().Be(Date("2026-10-01").AddHours(9));

    [Fact]
    public void Usage_without_any_date_is_as_old_as_can_be() =>
        FeatureOf(With(With(Feature, "usageUpdatedAt", "null"), "entitlementUpdatedAt", "null"))
            .Usage.UpdatedAt.Should().Be(DateTimeOffset.UnixEpoch);

    [Theory]
    [InlineData("BudgetExceeded", AccessDeniedReason.BudgetExceeded)]
    [InlineData("CustomerIsArchived", AccessDeniedReason.CustomerIsArchived)]
    [InlineData("CustomerNotFound", AccessDeniedReason.CustomerNotFound)]
    [InlineData("CustomerResourceNotFound", AccessDeniedReason.CustomerResourceNotFound)]
    [InlineData("EntitlementNotFound", AccessDeniedReason.EntitlementNotFound)]
    [InlineData("FeatureNotFound", AccessDeniedReason.FeatureNotFound)]
    [InlineData("FeatureTypeMismatch", AccessDeniedReason.FeatureTypeMismatch)]
    [InlineData("InsufficientCredits", AccessDeniedReason.InsufficientCredits)]
    [InlineData("NoActiveSubscription", AccessDeniedReason.NoActiveSubscription)]
    [InlineData("NoFeatureEntitlementInSubscription", AccessDeniedReason.NoFeatureEntitlementInSubscription)]
    [InlineData("RequestedUsageExceedingLimit", AccessDeniedReason.RequestedUsageExceedingLimit)]
    [InlineData("RequestedValuesMismatch", AccessDeniedReason.RequestedValuesMismatch)]
    [InlineData("Revoked", AccessDeniedReason.Revoked)]
    [InlineData("Unknown", AccessDeniedReason.Unknown)]
    [InlineData("SomethingNew", AccessDeniedReason.Unknown)]
    public void Words_for_reasons_are_known_and_a_new_one_still_denies(string word, AccessDeniedReason expected)
    {
        FeatureOf(With(Feature, "accessDeniedReason", $"\"{word}\"")).AccessDeniedReason.Should().Be(expected);
        Read($$"""{ "data": { "entitlementsState": { "accessDeniedReason": "{{word}}", "entitlementsV2": [] } } }""")
            .State!.AccessDeniedReason.Should().Be(expected);
    }

    [Theory]
    [InlineData("HOUR", EntitlementResetPeriod.Hour)]
    [InlineData("DAY", EntitlementResetPeriod.Day)]
    [InlineData("WEEK", EntitlementResetPeriod.Week)]
    [InlineData("MONTH", EntitlementResetPeriod.Month)]
    [InlineData("YEAR", EntitlementResetPeriod.Year)]
    [InlineData("DECADE", EntitlementResetPeriod.Unspecified)]
    public void Words_for_reset_periods_are_known(string word, EntitlementResetPeriod expected) =>
        FeatureOf(With(Feature, "resetPeriod", $"\"{word}\"")).ResetPeriod.Should().Be(expected);

    [Theory]
    [InlineData("\"None\"", MeterType.None, EntitlementKind.Numeric)]
    [InlineData("null", MeterType.Unspecified, EntitlementKind.Numeric)]
    [InlineData("\"Fluctuating\"", MeterType.Fluctuating, EntitlementKind.Metered)]
    [InlineData("\"Incremental\"", MeterType.Incremental, EntitlementKind.Metered)]
    [InlineData("\"Quantum\"", MeterType.Unspecified, EntitlementKind.Metered)]
    public void Words_for_meters_are_known_and_a_new_one_is_a_meter(string word, MeterType meter, EntitlementKind kind)
    {
        var json = JsonNode.Parse(Feature)!.AsObject();
        json["feature"]!["meterType"] = JsonNode.Parse(word);

        var feature = FeatureOf(json.ToJsonString()).Feature;

        (feature.Meter, feature.Kind).Should().Be((meter, kind));
    }

    [Fact]
    public void Fields_and_types_that_are_not_known_are_passed_over()
    {
        var body = Read(Body(
            With(Feature, "somethingNew", """{ "deep": [1, 2, { "er": true }] }"""), """{ "__typename": "BundleEntitlement", "bundle": {} }"""));

        body.State!.All().Should().ContainSingle();
        body.Unreadable.Should().Be(0);
    }

    [Theory]
    [InlineData("usageLimit", "{}")]
    [InlineData("usageLimit", "1e999")]
    [InlineData("hasSoftLimit", "\"maybe\"")]
    [InlineData("feature", "\"feature-api-calls\"")]
    [InlineData("enumValues", "\"eu\"")]
    [InlineData("validUntil", "[]")]
    public void Entitlement_of_a_wrong_form_costs_itself_alone_and_is_counted(string field, string value)
    {
        var body = Read(Body(With(Feature, field, value), Credit));

        body.State!.All().Should().ContainSingle().Which.Should().BeOfType<CreditEntitlement>();
        body.Unreadable.Should().Be(1);
    }

    [Fact]
    public void Body_without_one_readable_entitlement_is_a_failure_and_denies_nobody()
    {
        var body = Read(Body(With(Feature, "usageLimit", "{}")));

        body.State.Should().BeNull();
        body.Fault.Should().NotBeNull();
    }

    [Fact]
    public void Older_list_counts_only_where_the_newer_one_is_missing()
    {
        Read($$"""{ "data": { "entitlementsState": { "entitlements": [{{Feature}}] } } }""").State!.All().Should().ContainSingle();
        Read($$"""{ "data": { "entitlementsState": { "entitlements": [{{Feature}}], "entitlementsV2": [{{Credit}}] } } }""")
            .State!.All().Should().ContainSingle().Which.Should().BeOfType<CreditEntitlement>();
    }

    [Theory]
    [InlineData("""{ "errors": [{ "message": "boom", "extensions": { "code": "UnexpectedError", "traceId": "t" } }] }""", "boom", "UnexpectedError")]
    [InlineData("""{ "data": { "entitlementsState": { "entitlementsV2": [] } }, "errors": [{ "message": "boom" }] }""", "boom", null)]
    [InlineData("""{ "errors": [null] }""", "no message", null)]
    [InlineData("""{ "errors": [{ "message": "a" }, { "message": "key", "extensions": { "code": "Unauthenticated" } }] }""", "key", "Unauthenticated")]
    public void Body_with_errors_is_a_failure_whatever_else_it_holds(string json, string message, string? code)
    {
        var body = Read(json);

        body.State.Should().BeNull();
        body.Error.Should().Be(new CloudError(message, code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("""{ "data": null }""")]
    [InlineData("""{ "data": { "entitlementsState": null } }""")]
    [InlineData("""{ "data": { "entitlementsState": {} } }""")]
    [InlineData("""{ "data": { "entitlementsState": { "entitlementsV2": "none" } } }""")]
    [InlineData("""{ "data": { "entitlementsState": { "accessDeniedReason": 5 } } }""")]
    public void Body_of_another_form_is_a_failure(string json)
    {
        var body = Read(json);

        body.State.Should().BeNull();
        body.Fault.Should().NotBeNullOrEmpty();
    }

    [Fact]
    public void What_is_wrong_with_a_body_is_told_on_one_line_of_bounded_length()
    {
        var body = Read("{\"data\": n\n\t\u0001" + new string('x', 5000));

        body.Fault.Should().NotContainAny("\n", "\t", "\u0001").And.Subject.Length.Should().BeLessThan(1200);
    }

    [Fact]
    public void Empty_list_with_a_reason_is_a_state()
    {
        var state = Read("""{ "data": { "entitlementsState": { "accessDeniedReason": "CustomerNotFound", "entitlementsV2": [] } } }""").State!;

        (state.IsEmpty, state.IsUnknown).Should().Be((true, true));
    }

    [Fact]
    public void Byte_order_mark_is_passed_over() =>
        CloudStateReader.Read([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Body(Feature))]).State.Should().NotBeNull();

    [Fact]
    public void Texts_of_errors_are_cut() =>
        Read($$"""{ "errors": [{ "message": "{{new string('x', 5000)}}" }] }""").Error!.Message.Should().HaveLength(1024);

    [Property(MaxTest = 500)]
    public void Any_bytes_at_all_are_a_state_or_a_failure(byte[] body)
    {
        var read = CloudStateReader.Read(body);

        (read.State is null).Should().Be(read.Error is not null || read.Fault is not null);
    }

    [Property(MaxTest = 500)]
    public void Any_damage_to_a_good_body_is_a_state_or_a_failure(int position, byte damage)
    {
        var body = Encoding.UTF8.GetBytes(Body(Feature, Credit));
        body[(int)((uint)position % body.Length)] = damage;

        var read = CloudStateReader.Read(body);

        (read.State is null).Should().Be(read.Error is not null || read.Fault is not null);
    }

    private static DateTimeOffset Date(string day) => DateTimeOffset.Parse(day + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);

    private static string With(string entitlement, string field, string value)
    {
        // As text: a number that no double holds could not stand in a parsed node.
        var json = JsonNode.Parse(entitlement)!.AsObject();
        json.Remove(field);
        return json.ToJsonString()[..^1] + $", \"{field}\": {value} }}";
    }

    private static string Body(params string[] entitlements) =>
        $$"""{ "data": { "entitlementsState": { "accessDeniedReason": null, "entitlementsV2": [{{string.Join(", ", entitlements)}}] } } }""";

    private static CloudBody Read(string json) => CloudStateReader.Read(Encoding.UTF8.GetBytes(json));

    private static FeatureEntitlement FeatureOf(string entitlement) =>
        Read(Body(entitlement)).State!.All().Should().ContainSingle().Which.Should().BeOfType<FeatureEntitlement>().Subject;

    private static CreditEntitlement CreditOf(string entitlement) =>
        Read(Body(entitlement)).State!.All().Should().ContainSingle().Which.Should().BeOfType<CreditEntitlement>().Subject;
}
