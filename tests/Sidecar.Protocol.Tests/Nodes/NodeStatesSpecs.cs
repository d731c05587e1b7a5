using FluentAssertions;
using FsCheck.Xunit;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Nodes;
using Sidecar.Protocol.Tests.Entitlements;
using Sidecar.Protocol.Tests.Persistence;
using Xunit;
using CreditEntitlement = Sidecar.Protocol.Entitlements.CreditEntitlement;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Protocol.Tests.Nodes;

/// <summary>A state that another node sent says the same there and here, whatever it holds.</summary>
public class NodeStatesSpecs
{
    private static readonly DateTimeOffset[] Instants = [Given.Day(1), Given.Now, Given.Day(400)];

    [Property(Arbitrary = [typeof(PackingSpecs.Sets)], MaxTest = 500)]
    public void A_state_comes_back_as_it_was_to_the_bit_and_to_the_tick(PackingSpecs.Set set)
    {
        var state = set.State;

        ExpectSame(Sent(state), state);
    }

    [Property(Arbitrary = [typeof(Generated)], MaxTest = 500)]
    public void A_state_as_the_cloud_makes_it_comes_back_as_it_was(EntitlementState state) => ExpectSame(Sent(state), state);

    [Fact]
    public void Null_and_empty_texts_are_different()
    {
        var state = Given.State(
            new FeatureEntitlement(new FeatureDefinition("a", Stigg.Sidecar.V1.FeatureType.Number, Units: "", UnitsPlural: null, DisplayName: "")),
            new CreditEntitlement(new CreditCurrency("c", "", "", null, "", new Struct())));

        var read = Sent(state);

        read.FindFeature("a")!.Feature.Should().Be(state.FindFeature("a")!.Feature);
        read.FindCredit("c")!.Currency.Should().Be(state.FindCredit("c")!.Currency);
    }

    [Fact]
    public void What_customers_have_in_common_is_the_instance_that_is_here_already()
    {
        var state = Given.State(
            Given.Metered(100, used: 1) with { ResetPeriodConfiguration = new ResetPeriodConfiguration(null, "monthlyAccordingTo", "Start") },
            Given.Credits(20));
        var another = state.WithUsage(new EntitlementReference(Given.FeatureId, IsCredit: false), Given.Used(7, day: 3));

        var read = Sent(another);

        read.SharedTerms.Instance.Should().BeSameAs(state.SharedTerms.Instance);
        Sent(state).SharedLayout.Instance.Should().BeSameAs(state.SharedLayout.Instance);
    }

    [Fact]
    public void A_feature_is_the_instance_that_the_clouds_readers_use()
    {
        const string Id = "ein Merkmal für alle";
        var body = $$$"""
            {"data": {"entitlementsState": {"entitlementsV2": [ {"feature": {"refId": "{{{Id}}}", "featureType": "BOOLEAN"} } ] } } }
            """;
        var fromCloud = CloudStateReader.Read(System.Text.Encoding.UTF8.GetBytes(body)).State!.FindFeature(Id)!.Feature;
        var told = new NodeFeature(new Wire.Feature { Id = Id, Type = Stigg.Sidecar.V1.FeatureType.Boolean });

        Shared.Feature(ref told).Should().BeSameAs(fromCloud);
        Shared.HashOf(new string('ü', 500)).Should().Be(Shared.HashOf(System.Text.Encoding.UTF8.GetBytes(new string('ü', 500))));
    }

    [Fact]
    public void Words_that_only_a_newer_release_knows_have_the_meaning_of_unknown_ones()
    {
        var told = new Wire.State { AccessDeniedReason = (Stigg.Sidecar.V1.AccessDeniedReason)99 };
        told.Entitlements.Add(new Wire.Entitlement
        {
            Feature = new Wire.Feature
            {
                Id = "a",
                Type = (Stigg.Sidecar.V1.FeatureType)99,
                Meter = (Stigg.Sidecar.V1.MeterType)99,
                HasMeter = true,
            },
            AccessDeniedReason = (Stigg.Sidecar.V1.AccessDeniedReason)98,
            ResetPeriod = (Stigg.Sidecar.V1.EntitlementResetPeriod)99,
        });
        told.Entitlements.Add(new Wire.Entitlement { UsageLimit = 1 });

        var read = Sent(told);

        read.AccessDeniedReason.Should().Be(Stigg.Sidecar.V1.AccessDeniedReason.Unknown);
        read.Count.Should().Be(1, "an entitlement to what is not known is passed over");
        var feature = read.FindFeature("a")!;
        feature.Kind.Should().Be(EntitlementKind.Unknown);
        feature.Feature.Should().Be(new FeatureDefinition("a", Stigg.Sidecar.V1.FeatureType.Unspecified, HasMeter: true));
        feature.AccessDeniedReason.Should().Be(Stigg.Sidecar.V1.AccessDeniedReason.Unknown);
        feature.ResetPeriod.Should().Be(Stigg.Sidecar.V1.EntitlementResetPeriod.Unspecified);
    }

    [Fact]
    public void Fields_that_only_a_newer_release_knows_are_ignored()
    {
        var state = Given.State(Given.Metered(100, used: 1));
        // Field 1000, a number.
        byte[] later = [0xC0, 0x3E, 0x2A];
        var entitlement = NodeStates.Write(state).Entitlements[0].ToByteArray();
        byte[] bytes = [.. NodeStates.Write(Given.State()).ToByteArray(), .. later, .. Delimited(field: 2, [.. later, .. entitlement])];

        ExpectSame(NodeStates.Read(NodeBytes.Read(Wire.State.Parser, bytes)), state);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3_155_378_976_000_000_000)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_date_outside_the_calendar_is_refused(long ticks)
    {
        var feature = new Wire.Feature { Id = "a" };
        Wire.Entitlement[] wrong =
        [
            new() { Feature = feature, UpdatedAt = ticks },
            new() { Feature = feature, ValidUntil = ticks },
            new() { Feature = feature, UsagePeriodAnchor = ticks },
            new() { Feature = feature, Usage = new Wire.Usage { UpdatedAt = ticks } },
            new() { Feature = feature, Usage = new Wire.Usage { PeriodStart = ticks } },
            new() { Feature = feature, Usage = new Wire.Usage { PeriodEnd = ticks } },
        ];

        foreach (var entitlement in wrong)
            Refused(entitlement).Message.Should().Contain("are no date");
    }

    [Fact]
    public void An_entitlement_without_an_id_is_refused()
    {
        Refused(new Wire.Entitlement { Feature = new Wire.Feature() }).Message.Should().Be("a feature's id is empty");
        Refused(new Wire.Entitlement { Currency = new Wire.Currency() }).Message.Should().Be("a currency's id is empty");
    }

    [Fact]
    public void Free_data_as_deep_as_a_document_of_the_cloud_comes_back_and_deeper_than_any_is_refused()
    {
        ExpectSame(Sent(WithData(depth: 64)), WithData(depth: 64));
        FluentActions.Invoking(() => Sent(WithData(depth: 100))).Should().Throw<InvalidDataException>();
    }

    [Property(Arbitrary = [typeof(Generated)], MaxTest = 50)]
    public void Bytes_that_end_early_are_a_state_or_refused_and_nothing_else(EntitlementState state)
    {
        var bytes = NodeStates.Write(state).ToByteArray();
        for (var length = 0; length < bytes.Length; length++)
            ReadOrRefuse(bytes[..length]);
    }

    [Property(Arbitrary = [typeof(Generated)], MaxTest = 300)]
    public void Bytes_that_are_changed_are_a_state_or_refused_and_nothing_else(EntitlementState state, int at, byte value)
    {
        var bytes = NodeStates.Write(state).ToByteArray();
        if (bytes.Length > 0)
            bytes[(uint)at % (uint)bytes.Length] = value;
        ReadOrRefuse(bytes);
    }

    [Property(MaxTest = 300)]
    public void Any_bytes_are_a_state_or_refused_and_nothing_else(byte[] bytes) => ReadOrRefuse(bytes);

    private static EntitlementState Sent(EntitlementState state) => Sent(NodeStates.Write(state));

    private static EntitlementState Sent(Wire.State told) => NodeStates.Read(NodeBytes.Read(Wire.State.Parser, told.ToByteArray()));

    private static InvalidDataException Refused(Wire.Entitlement entitlement)
    {
        var told = new Wire.State { Entitlements = { entitlement } };
        return FluentActions.Invoking(() => Sent(told)).Should().Throw<InvalidDataException>().Which;
    }

    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            _ = NodeStates.Read(NodeBytes.Read(Wire.State.Parser, bytes)).All().Count();
        }
        catch (InvalidDataException)
        {
            // Refused.
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("__typename")]
    [InlineData("dailyAccordingTo")]
    public void A_configuration_of_a_form_that_this_release_does_not_know_is_none(string field)
    {
        var told = NodeStates.Write(Given.State(
            Given.Metered(100, used: 1) with { ResetPeriodConfiguration = new ResetPeriodConfiguration(null, "monthlyAccordingTo", "Start") }));
        told.Entitlements[0].ResetPeriodConfiguration.Field = field;

        NodeStates.Read(told).FindFeature(Given.FeatureId)!.ResetPeriodConfiguration.Should().BeNull();
    }

    private static void ExpectSame(EntitlementState read, EntitlementState sent)
    {
        read.AccessDeniedReason.Should().Be(sent.AccessDeniedReason);
        (read.UpdatedAt, read.ValidUntil, read.IsUnknown).Should().Be((sent.UpdatedAt, sent.ValidUntil, sent.IsUnknown));
        PackingSpecs.Same(read.All(), sent.All());
        read.IsSameSetAs(sent).Should().BeTrue();
        sent.IsSameSetAs(read).Should().BeTrue();
        for (var i = 0; i < sent.Count; i++)
        {
            foreach (var now in Instants)
                PackingSpecs.Same(EntitlementEvaluator.Show(read, i, null, now), EntitlementEvaluator.Show(sent, i, null, now));
        }
    }

    private static EntitlementState WithData(int depth)
    {
        var data = new Struct();
        for (var level = 1; level < depth; level++)
            data = new Struct { Fields = { ["in"] = Value.ForStruct(data) } };
        return Given.State(new CreditEntitlement(new CreditCurrency("c", AdditionalMetaData: data)));
    }

    private static byte[] Delimited(int field, byte[] content)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        }

        return stream.ToArray();
    }
}
