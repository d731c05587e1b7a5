using System.Text;
using FluentAssertions;
using FsCheck.Xunit;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using Sidecar.Protocol.Tests.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;
using MeterType = Stigg.Sidecar.V1.MeterType;
using ProtoValue = Google.Protobuf.WellKnownTypes.Value;
using Struct = Google.Protobuf.WellKnownTypes.Struct;

namespace Sidecar.Protocol.Tests.Persistence;

/// <summary>What stands in the persistent cache: as written here, and by programs of both generations.</summary>
public class StoredEntrySpecs
{
    private const string Older = """
        {"feature-1": {
          "calculatedEntitlement": {
            "feature": {"id": "feature-1", "featureType": "NUMBER", "meterType": "Incremental", "units": "call", "unitsPlural": "calls"},
            "usageLimit": 1000, "hasUnlimitedUsage": false, "hasSoftLimit": true, "accessDeniedReason": "Revoked", "enumValues": [],
            "validUntil": 1790000009000, "creditRate": {"amount": 2, "currencyId": "tokens"}},
          "featureUsage": {
            "resetPeriod": "MONTH",
            "resetPeriodConfiguration": {"__typename": "MonthlyResetPeriodConfig", "monthlyAccordingTo": "SubscriptionStart"},
            "currentUsage": 0, "usagePeriodAnchor": 1790000001000, "usagePeriodStart": 1790000002000, "usagePeriodEnd": 1790000003000}}}
        """;

    private const string Newer = """
        {"FEATURE-some-id": {
          "calculatedEntitlement": {
            "type": "FEATURE",
            "feature": {"id": "feature-1", "displayName": "Calls", "featureType": "NUMBER", "meterType": "Incremental", "units": "call", "unitsPlural": "calls"},
            "usageLimit": 1000, "hasUnlimitedUsage": false, "hasSoftLimit": true, "accessDeniedReason": "Revoked", "enumValues": [],
            "validUntil": 1790000009000, "creditRate": {"amount": 2, "currencyId": "tokens"},
            "resetPeriod": "MONTH", "usagePeriodAnchor": 1790000001000,
            "resetPeriodConfiguration": {"__typename": "MonthlyResetPeriodConfig", "monthlyAccordingTo": "SubscriptionStart"}},
          "usageData": {"currentUsage": 0, "usagePeriodStart": 1790000002000, "usagePeriodEnd": 1790000003000}},
         "any": {
          "calculatedEntitlement": {
            "type": "CREDIT", "currency": {"currencyId": "tokens", "displayName": "Tokens", "additionalMetaData": {"k": "v"}},
            "usageLimit": 500, "hasSoftLimit": false},
          "usageData": {"currentUsage": 1}}}
        """;

    private static readonly EntryKeys Keys = EntryKeys.Of("p", new EntryKey("c"))!;

    [Property(MaxTest = 500, Arbitrary = [typeof(Generated)])]
    public void What_is_written_is_read_as_the_same(EntitlementState state)
    {
        var pairs = StoredEntryWriter.Write(Keys, state, StoredChange.All).ToDictionary(pair => pair.Key, Stored);

        var entry = StoredEntry.Read(pairs[Keys.Set], pairs[Keys.Metadata])!;
        var read = entry.WithUsages([.. entry.Tracked.Select(of => pairs[Keys.Usage(of)])])!;

        entry.Unreadable.Should().Be(0);
        read.IsSameSetAs(state).Should().BeTrue();
        read.UpdatedAt.Should().Be(state.UpdatedAt);
        read.All().Select(e => e.Usage).Should().Equal(state.All().Select(e => e.Usage));
    }

    [Property(MaxTest = 2_000, Arbitrary = [typeof(Generated)])]
    public void What_is_damaged_is_none_or_another_and_never_a_fault(EntitlementState state, int seed)
    {
        var random = new Random(seed);
        var signs = "\"\\{}[],:019-.eEntf"u8.ToArray();
        var pairs = StoredEntryWriter.Write(Keys, state, StoredChange.All).ToDictionary(pair => pair.Key, pair => Damaged(Stored(pair)));

        if (StoredEntry.Read(pairs[Keys.Set], pairs[Keys.Metadata]) is { } entry)
            entry.WithUsages([.. entry.Tracked.Select(of => pairs.GetValueOrDefault(Keys.Usage(of)))]);

        StoredValue Damaged(StoredValue value)
        {
            foreach (var bytes in (byte[][])[value.Json!, value.TimestampText!])
            {
                if (random.Next(3) == 0)
                    bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : signs[random.Next(signs.Length)];
            }

            return random.Next(20) > 0 ? value : value with { Json = value.Json![..random.Next(value.Json!.Length)] };
        }
    }

    [Fact]
    public void Text_that_is_no_unicode_can_t_be_read()
    {
        StoredEntry.Read(Value("{}", 1), NoText("""{"accessDeniedReason":"?"}""")).Should().BeNull();
        StoredEntry.Read(NoText("""{"a":{"calculatedEntitlement":{"feature":{"id":"?"}}}}"""), default)!.Unreadable.Should().Be(1);
        StoredEntry.Read(Value(Older, 1), default)!.WithUsages([NoText("""{"currentUsage":"?"}""")]).Should().BeNull();

        static StoredValue NoText(string json) => new([.. Encoding.UTF8.GetBytes(json).Select(b => b == '?' ? (byte)0xff : b)], "1"u8.ToArray());
    }

    [Fact]
    public void Older_generation_s_entry_is_read()
    {
        var entry = StoredEntry.Read(Value(Older, 1790000000000), default)!;
        entry.Tracked.Should().Equal(new EntitlementReference("feature-1", IsCredit: false));

        var state = entry.WithUsages([Value("""{"currentUsage":25,"usagePeriodStart":1790000004000,"nextResetDate":1790000005000}""", 1790000006000)])!;

        state.UpdatedAt.Should().Be(At(0));
        state.FindFeature("feature-1").Should().BeEquivalentTo(
            new FeatureEntitlement(new FeatureDefinition(
                "feature-1", Stigg.Sidecar.V1.FeatureType.Number, MeterType.Incremental, HasMeter: true, "call", "calls"))
            {
                UsageLimit = 1000,
                HasSoftLimit = true,
                AccessDeniedReason = AccessDeniedReason.Revoked,
                ValidUntil = At(9),
                CreditRate = new CreditRate(2, "tokens"),
                ResetPeriod = EntitlementResetPeriod.Month,
                ResetPeriodConfiguration = new ResetPeriodConfiguration("MonthlyResetPeriodConfig", "monthlyAccordingTo", "SubscriptionStart"),
                UsagePeriodAnchor = At(1),
                UpdatedAt = At(0),
                Usage = new Usage(25, At(4), At(5), At(6)),
            });
    }

    [Fact]
    public void Newer_generation_s_entry_is_read_whatever_its_names()
    {
        var entry = StoredEntry.Read(Value(Newer, 1790000000000), Value("""{"accessDeniedReason":"NoActiveSubscription"}""", 1790000000000))!;
        entry.Tracked.Should().Equal(new EntitlementReference("feature-1", IsCredit: false), new EntitlementReference("tokens", IsCredit: true));

        var state = entry.WithUsages([
            Value("""{"currentUsage":25,"usagePeriodStart":null,"usagePeriodEnd":null}""", 1790000006000),
            Value("""{"currentUsage":120.5,"usagePeriodEnd":1790000007000}""", 1790000008000)])!;

        state.AccessDeniedReason.Should().Be(AccessDeniedReason.NoActiveSubscription);
        state.FindFeature("feature-1")!.Feature.DisplayName.Should().Be("Calls");
        state.FindFeature("feature-1")!.Usage.Should().Be(new Usage(25, null, null, At(6)));
        state.FindFeature("feature-1")!.UsagePeriodAnchor.Should().Be(At(1));
        state.FindCredit("tokens")!.Usage.Should().Be(new Usage(120.5, null, At(7), At(8)));
        state.FindCredit("tokens")!.Currency.AdditionalMetaData!.Fields["k"].StringValue.Should().Be("v");
    }

    [Fact]
    public void What_is_written_is_byte_for_byte_this()
    {
        var metered = Given.Metered(1000) with
        {
            UpdatedAt = At(0),
            Usage = new Usage(25, At(1), null, At(2)),
            ResetPeriod = EntitlementResetPeriod.Month,
            UsagePeriodAnchor = At(3),
            ResetPeriodConfiguration = new ResetPeriodConfiguration("MonthlyResetPeriodConfig", "monthlyAccordingTo", "SubscriptionStart"),
        };
        var credits = Given.Credits(500) with { UpdatedAt = At(0), Usage = new Usage(120.5, null, At(4), At(5)) };

        var pairs = StoredEntryWriter.Write(Keys, Given.State(metered, credits), StoredChange.All);

        pairs.Select(pair => (pair.Key, Encoding.UTF8.GetString(pair.Value.Span), pair.Timestamp)).Should().Equal(
            ("p:c_c",
                """{"feature-1":{"calculatedEntitlement":{"type":"FEATURE","feature":{"id":"feature-1","displayName":"feature-1","featureType":"NUMBER","meterType":"Incremental","units":"call","unitsPlural":"calls"},"usageLimit":1000,"hasUnlimitedUsage":false,"hasSoftLimit":false,"enumValues":[],"usagePeriodAnchor":1790000003000,"resetPeriod":"MONTH","resetPeriodConfiguration":{"__typename":"MonthlyResetPeriodConfig","monthlyAccordingTo":"SubscriptionStart"}},"usageData":{"currentUsage":25,"usagePeriodStart":1790000001000,"usagePeriodEnd":null},"featureUsage":{"currentUsage":25,"usagePeriodStart":1790000001000,"usagePeriodEnd":null,"usagePeriodAnchor":1790000003000,"resetPeriod":"MONTH","resetPeriodConfiguration":{"__typename":"MonthlyResetPeriodConfig","monthlyAccordingTo":"SubscriptionStart"}}},"credit_currency-1":{"calculatedEntitlement":{"type":"CREDIT","currency":{"currencyId":"currency-1","displayName":"Tokens","description":null,"unitSingular":"token","unitPlural":"tokens"},"usageLimit":500,"hasUnlimitedUsage":false,"hasSoftLimit":false},"usageData":{"currentUsage":120.5,"usagePeriodStart":null,"usagePeriodEnd":1790000004000}}}""",
                1790000000000),
            ("p:c_c:metadata", """{"accessDeniedReason":null}""", 1790000000000),
            ("p:c_c:f_feature-1", """{"currentUsage":25,"usagePeriodStart":1790000001000,"usagePeriodEnd":null}""", 1790000002000),
            ("p:c_c:credit_currency-1", """{"currentUsage":120.5,"usagePeriodStart":null,"usagePeriodEnd":1790000004000}""", 1790000005000));
    }

    [Fact]
    public void Empty_set_has_the_date_0_and_always_wins()
    {
        var pairs = StoredEntryWriter.Write(Keys, Given.Refused(AccessDeniedReason.NoActiveSubscription), StoredChange.All);

        pairs.Should().HaveCount(2).And.OnlyContain(pair => pair.Timestamp == 0 && pair.AlwaysWins);
        Encoding.UTF8.GetString(pairs[0].Value.Span).Should().Be("{}");
        Encoding.UTF8.GetString(pairs[1].Value.Span).Should().Be("""{"accessDeniedReason":"NoActiveSubscription"}""");
        StoredEntry.Read(Stored(pairs[0]), Stored(pairs[1]))!.WithUsages([])!.AccessDeniedReason.Should().Be(AccessDeniedReason.NoActiveSubscription);
    }

    [Fact]
    public void Set_without_a_date_that_is_not_empty_has_the_date_0_and_does_not_always_win()
    {
        var state = Given.State(Given.Boolean("b") with { UpdatedAt = null });

        StoredEntryWriter.Write(Keys, state, StoredChange.All).Should().OnlyContain(pair => pair.Timestamp == 0 && !pair.AlwaysWins);
    }

    [Fact]
    public void Number_that_json_has_no_word_for_does_not_keep_an_entry_from_being_written()
    {
        var credits = Given.Credits(5);
        var data = new Struct { Fields = { ["k"] = ProtoValue.ForNumber(double.PositiveInfinity), ["l"] = ProtoValue.ForNumber(1) } };
        var state = Given.State(credits with { Currency = credits.Currency with { AdditionalMetaData = data } });

        Encoding.UTF8.GetString(StoredEntryWriter.Write(Keys, state, StoredChange.All)[0].Value.Span)
            .Should().Contain("""
                "additionalMetaData":{"k":null,"l":1}
                """.Trim());
    }

    [Fact]
    public void Usage_without_a_date_is_written_with_the_date_0_and_does_not_always_win()
    {
        var state = Given.State(Given.Metered(10) with { UpdatedAt = At(0), Usage = Usage.None });

        StoredEntryWriter.Write(Keys, state, StoredChange.All)[2].Should().Match<StoredPair>(pair => pair.Timestamp == 0 && !pair.AlwaysWins);
    }

    [Fact]
    public void Usage_alone_is_one_pair()
    {
        var state = Given.State(Given.Metered(10, used: 3), Given.Credits(5));

        StoredEntryWriter.Write(Keys, state, StoredChange.UsageOf(new EntitlementReference(Given.FeatureId, IsCredit: false)))
            .Should().ContainSingle().Which.Key.Should().Be("p:c_c:f_feature-1");
    }

    [Fact]
    public void Usage_under_another_usage_s_date_is_never_written()
    {
        var state = Given.State(new FeatureEntitlement(Given.Metered(1).Feature with { Id = "feature-1#timestamp" }));

        StoredEntryWriter.Write(Keys, state, StoredChange.All).Should().BeEmpty();
    }

    [Theory]
    [InlineData(null, "1", null, null)]
    [InlineData("", "1", null, null)]
    [InlineData("{}", null, null, null)]
    [InlineData("{}", "", null, null)]
    [InlineData("{}", "soon", null, null)]
    [InlineData("{}", "99999999999999999999", null, null)]
    [InlineData("{}", "9999999999999999", null, null)]
    [InlineData("[]", "1", null, null)]
    [InlineData("{", "1", null, null)]
    [InlineData("{}", "1", "{}", null)]
    [InlineData("{}", "1", "{", "1")]
    public void Entry_without_one_of_its_parts_is_none(string? set, string? setDate, string? metadata, string? metadataDate) =>
        StoredEntry.Read(new StoredValue(Bytes(set), Bytes(setDate)), new StoredValue(Bytes(metadata), Bytes(metadataDate))).Should().BeNull();

    [Theory]
    [InlineData(null, "1")]
    [InlineData("""{"currentUsage":1}""", null)]
    [InlineData("""{"currentUsage":"many"}""", "1")]
    [InlineData("null", "1")]
    [InlineData("{", "1")]
    public void Entry_without_one_of_its_usages_is_none(string? usage, string? date) =>
        StoredEntry.Read(Value(Older, 1), default)!.WithUsages([new StoredValue(Bytes(usage), Bytes(date))]).Should().BeNull();

    [Theory]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("""{"calculatedEntitlement":{}}""")]
    [InlineData("""{"calculatedEntitlement":{"feature":{"id":""}}}""")]
    [InlineData("""{"calculatedEntitlement":{"type":"CREDIT","feature":{"id":"f"}}}""")]
    [InlineData("""{"calculatedEntitlement":{"feature":{"id":"f"},"usageLimit":"much"}}""")]
    [InlineData("""{"calculatedEntitlement":{"feature":{"id":"\ud800"}}}""")]
    public void Entitlement_that_can_t_be_read_is_passed_over_and_counted(string entitlement)
    {
        var set = """{"a":ENTITLEMENT,"b":{"calculatedEntitlement":{"feature":{"id":"b","featureType":"BOOLEAN"}}}}"""
            .Replace("ENTITLEMENT", entitlement, StringComparison.Ordinal);
        var entry = StoredEntry.Read(Value(set, 1), default)!;

        entry.Unreadable.Should().Be(1);
        entry.WithUsages([])!.Features.ToArray().Should().ContainSingle().Which.Id.Should().Be("b");
    }

    [Fact]
    public void Reason_of_an_earlier_set_does_not_count()
    {
        var entry = StoredEntry.Read(Value("{}", 2), Value("""{"accessDeniedReason":"CustomerIsArchived"}""", 1))!;

        entry.WithUsages([])!.AccessDeniedReason.Should().BeNull();
    }

    [Fact]
    public void Change_between_two_states_is_what_differs()
    {
        var before = Given.State(Given.Metered(10, used: 1), Given.Credits(5, used: 2), Given.Boolean("b"));

        StoredChange.Between(null, before).Should().Be(StoredChange.All);
        StoredChange.Between(before, before).IsNone.Should().BeTrue();
        StoredChange.Between(before, before.WithUsage(Feature, Given.Used(2, day: 3))).Usages.Should().Equal(Feature);
        StoredChange.Between(before, Given.State(Given.Metered(11, used: 1))).IsAll.Should().BeTrue();
        StoredChange.UsageOf(Feature).And(StoredChange.UsageOf(Credit)).Usages.Should().BeEquivalentTo([Feature, Credit]);
        StoredChange.UsageOf(Feature).And(StoredChange.All).IsAll.Should().BeTrue();
        StoredChange.None.And(StoredChange.None).IsNone.Should().BeTrue();
    }

    private static readonly EntitlementReference Feature = new(Given.FeatureId, IsCredit: false);
    private static readonly EntitlementReference Credit = new(Given.CurrencyId, IsCredit: true);

    private static DateTimeOffset At(int seconds) => DateTimeOffset.FromUnixTimeMilliseconds(1790000000000 + (seconds * 1000L));

    private static StoredValue Value(string json, long timestamp) => new(Bytes(json), Bytes(FormattableString.Invariant($"{timestamp}")));

    private static StoredValue Stored(StoredPair pair) =>
        new(pair.Value.ToArray(), Bytes(FormattableString.Invariant($"{pair.Timestamp}")));

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}
