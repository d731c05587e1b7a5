using Google.Protobuf.WellKnownTypes;
using Sidecar.Actors.Cache;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using CreditEntitlement = Sidecar.Protocol.Entitlements.CreditEntitlement;
using Entitlement = Sidecar.Protocol.Entitlements.Entitlement;

namespace Sidecar.Actors.Tests.Cache;

public sealed class StateSizeSpecs
{
    private static readonly DateTimeOffset Date = DateTimeOffset.UnixEpoch;

    [Fact]
    public void It_is_within_a_factor_of_two_of_what_random_states_take()
    {
        var random = new Random(4711);
        var states = new EntitlementState[2_000];
        // The first ones warm up whatever keeps memory of its own.
        for (var i = 0; i < 50; i++)
            states[i] = RandomState(random, i);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < states.Length; i++)
            states[i] = RandomState(random, i);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        var estimated = states.Sum(StateSize.Of);
        GC.KeepAlive(states);

        estimated.Should().BeInRange(grown / 2, grown * 2);
    }

    [Fact]
    public void An_empty_state_takes_something() => StateSize.Of(StateOf()).Should().BePositive();

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
    public void It_grows_with_each_string(string what)
    {
        var small = StateSize.Of(StateOf(Growing[what]("x")));
        var large = StateSize.Of(StateOf(Growing[what](new string('x', 10_001))));

        (large - small).Should().BeGreaterThanOrEqualTo(2 * 10_000, $"{what} is kept in memory");
    }

    [Fact]
    public void It_grows_with_each_entitlement()
    {
        var sizes = Enumerable.Range(0, 5)
            .Select(count => StateSize.Of(StateOf([.. Enumerable.Range(0, count).Select(i => Feature($"f{i}"))])))
            .ToList();

        sizes.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("", 24)]
    [InlineData("a", 24)]
    [InlineData("ab", 32)]
    [InlineData("abcde", 32)]
    [InlineData("abcdef", 40)]
    public void A_string_takes_its_header_two_bytes_a_character_and_what_fills_it_up(string? text, long size) =>
        StateSize.Of(text).Should().Be(size);

    private static EntitlementState StateOf(params Entitlement[] entitlements) => EntitlementState.Create(null, entitlements);

    private static FeatureEntitlement Feature(string id) => new(new FeatureDefinition(id, FeatureType.Boolean));

    private static EntitlementState RandomState(Random random, int number)
    {
        var features = Enumerable.Range(0, random.Next(0, 30)).Select(i => RandomFeature(random, $"feature-{number}-{i}"));
        var credits = Enumerable.Range(0, random.Next(0, 4)).Select(i => RandomCredit(random, $"currency-{number}-{i}"));
        return EntitlementState.Create(null, features.Concat<Entitlement>(credits));
    }

    private static FeatureEntitlement RandomFeature(Random random, string id)
    {
        var isMetered = random.Next(2) == 0;
        return new FeatureEntitlement(new FeatureDefinition(
            id, FeatureType.Number, MeterType.Incremental, isMetered, isMetered ? Text(random, 10) : null, isMetered ? Text(random, 10) : null))
        {
            UsageLimit = random.Next(),
            UpdatedAt = Date,
            Usage = new Usage(random.Next(), Date, Date.AddDays(30), Date),
            EnumValues = random.Next(4) == 0 ? [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Text(random, 20))] : [],
            CreditRate = random.Next(5) == 0 ? new CreditRate(2, Text(random, 20)) : null,
            ResetPeriod = EntitlementResetPeriod.Month,
            UsagePeriodAnchor = Date,
        };
    }

    private static CreditEntitlement RandomCredit(Random random, string id) => new(new CreditCurrency(
        id, Text(random, 20), Text(random, 100), Text(random, 10), Text(random, 10), random.Next(2) == 0 ? null : RandomData(random)))
    {
        UsageLimit = random.Next(),
        UpdatedAt = Date,
        Usage = new Usage(random.Next(), null, null, Date),
    };

    private static Struct RandomData(Random random)
    {
        var data = new Struct();
        for (var i = 0; i < 5; i++)
            data.Fields[$"key-{i}"] = i % 2 == 0 ? Value.ForString(Text(random, 30)) : Value.ForNumber(random.Next());
        return data;
    }

    private static string Text(Random random, int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)random.Next('a', 'z'))]);
}
