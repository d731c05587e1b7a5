using Google.Protobuf.WellKnownTypes;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using CreditEntitlement = Sidecar.Protocol.Entitlements.CreditEntitlement;
using Entitlement = Sidecar.Protocol.Entitlements.Entitlement;

namespace Sidecar.Actors.Tests.Cache;

/// <summary>How what is charged grows with what is known.</summary>
public sealed partial class EntitlementCacheSpecs
{
    public static TheoryData<string> Strings => [.. Growing.Keys];

    // Each makes the same state but for one string.
    private static readonly Dictionary<string, Func<string, Entitlement>> Growing = new()
    {
        ["a feature's id"] = text => Feature(text),
        ["a unit's name"] = text => new FeatureEntitlement(new FeatureDefinition("f", FeatureType.Number, Units: text)),
        ["the plural of a unit's name"] = text => new FeatureEntitlement(new FeatureDefinition("f", FeatureType.Number, UnitsPlural: text)),
        ["an enum value"] = text => Feature("f") with { EnumValues = [text] },
        ["the currency of a rate"] = text => Feature("f") with { CreditRate = new CreditRate(1, text) },
        ["a currency's id"] = text => new CreditEntitlement(new CreditCurrency(text)),
        ["a currency's name"] = text => new CreditEntitlement(new CreditCurrency("c", text)),
        ["a currency's description"] = text => new CreditEntitlement(new CreditCurrency("c", Description: text)),
        ["a currency's unit"] = text => new CreditEntitlement(new CreditCurrency("c", UnitSingular: text)),
        ["the plural of a currency's unit"] = text => new CreditEntitlement(new CreditCurrency("c", UnitPlural: text)),
        ["a currency's free data"] = text => new CreditEntitlement(
            new CreditCurrency("c", AdditionalMetaData: new Struct { Fields = { ["key"] = Value.ForString(text) } })),
    };

    [Theory]
    [MemberData(nameof(Strings))]
    public void What_is_charged_grows_with_each_string(string what)
    {
        var small = SizeOf(KnownOf(Growing[what]("x")));
        var large = SizeOf(KnownOf(Growing[what](new string('x', 10_001))));

        (large - small).Should().BeGreaterThanOrEqualTo(2 * 10_000, $"{what} is kept in memory");
    }

    [Fact]
    public void What_is_charged_grows_with_each_entitlement()
    {
        var sizes = Enumerable.Range(0, 5)
            .Select(count => SizeOf(KnownOf([.. Enumerable.Range(0, count).Select(i => Feature($"f{i}"))])))
            .ToList();

        sizes.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
    }

    private static EntitlementState KnownOf(params Entitlement[] entitlements) => EntitlementState.Create(null, entitlements);

    private static FeatureEntitlement Feature(string id) => new(new FeatureDefinition(id, FeatureType.Boolean));

    private static long SizeOf(EntitlementState state) => Charges.Of(Own, States.ViewOf(state));
}
