using FluentAssertions;
using Sidecar.Emulator;
using Sidecar.Emulator.Data;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>What a data file may say.</summary>
public sealed class EmulatorDataSpecs
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Demo_data_shows_each_kind_of_entitlement()
    {
        var data = EmulatorData.Demo(Now);

        data.Plans.Keys.Should().Contain(["free", "pro", "enterprise"]);
        data.Features.Values.Select(feature => (feature.Type, feature.Meter)).Distinct().Should().HaveCount(5);
        data.Customers["customer-demo"].Usage["feature-api-calls"].CurrentUsage.Should().Be(25);
        data.Customers["customer-at-limit"].Usage["feature-api-calls"].CurrentUsage.Should().Be(1000);
        data.Customers.Values.Should().Contain(customer => customer.Archived).And.Contain(customer => customer.Resources.Count > 1);
    }

    [Theory]
    [InlineData("-45d", "2026-01-24T12:00:00Z")]
    [InlineData("+90s", "2026-03-10T12:01:30Z")]
    [InlineData("+2h", "2026-03-10T14:00:00Z")]
    [InlineData("-1m", "2026-03-10T11:59:00Z")]
    [InlineData("2026-01-02T03:04:05.678+01:00", "2026-01-02T02:04:05.678Z")]
    [InlineData("2026-01-02T03:04Z", "2026-01-02T03:04:00Z")]
    public void Dates_are_absolute_or_relative(string text, string expected)
    {
        var data = EmulatorData.Parse($$"""{"customers": {"c": {"subscribedAt": "{{text}}"} } }""", Now);

        data.Customers["c"].SubscribedAt.Should().Be(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("""{"plans": {"p": {"entitlements": {"f": {"limit": "x"}}}}}""", "$.plans.p.entitlements.f.limit: must be a number, but is \"x\"")]
    [InlineData("""{"plans": {"p q": {"entitlements": []}}}""", "$.plans[\"p q\"].entitlements: must be an object, but is []")]
    [InlineData("""{"plans": {"p": {"entitlements": {"f": {}}}}}""", "$.plans.p.entitlements.f: there is no feature \"f\"")]
    [InlineData("""{"features": {"f": {"type": "NUMBER"}}}""", "$.features.f: \"displayName\" is missing")]
    [InlineData("""{"features": {"f": {"displayName": "F", "type": "NUMERIC"}}}""", "$.features.f.type: must be one of BOOLEAN, ENUM, NUMBER, but is \"NUMERIC\"")]
    [InlineData("""{"features": {"f": {"displayName": "F", "type": "ENUM", "meter": "Incremental"}}}""", "$.features.f.meter: only a feature of type NUMBER has a meter")]
    [InlineData("""{"customers": {"c": {"subscribedAt": "2026-01-01"}}}""", "$.customers.c.subscribedAt: must be a date")]
    [InlineData("""{"customers": {"c": {"subscribedAt": "2026-01-01T00:00:00"}}}""", "$.customers.c.subscribedAt: must be a date")]
    [InlineData("""{"customers": {"c": {"plan": "p"}}}""", "$.customers.c.plan: there is no plan \"p\"")]
    [InlineData("""{"customers": {"c": {"resources": {"r": {"archived": true}}}}}""", "$.customers.c.resources.r.archived: unknown field")]
    [InlineData("""{"customers": {"c": {}, "c": {}}}""", "$.customers.c: stands twice")]
    [InlineData("""{"customers": {"": {}}}""", "$.customers[\"\"]: an id must not be empty")]
    [InlineData("""{"customer": {}}""", "$.customer: unknown field; known are features, currencies, plans, customers")]
    [InlineData("""{"currencies": {"t": {"displayName": "T", "metaData": {"a": 1}}}}""", "$.currencies.t.metaData.a: must be a text, but is 1")]
    [InlineData("""{"customers": {"\ud800": {}}}""", "$.customers: has a field whose name holds half")]
    [InlineData("""{"customers": {"c": {"plan": "\ud800"}}}""", "$.customers.c.plan: holds half")]
    [InlineData("{\"customers\": ", "not JSON")]
    [InlineData("", "not JSON")]
    public void What_is_wrong_is_told_with_its_path(string json, string problem) =>
        FluentActions.Invoking(() => EmulatorData.Parse(json, Now)).Should().Throw<EmulatorDataException>().WithMessage($"{problem}*");

    [Theory]
    [InlineData("\"s\": {\"limit\": 1}", "s.limit: only a feature of type NUMBER has this")]
    [InlineData("\"n\": {\"resetPeriod\": \"DAY\"}", "n.resetPeriod: only a feature with a meter has this")]
    [InlineData("\"n\": {\"enumValues\": [\"a\"]}", "n.enumValues: only a feature of type ENUM has this")]
    [InlineData("\"m\": {\"limit\": 1, \"unlimited\": true}", "m.limit: an unlimited grant has no limit")]
    [InlineData("\"m\": {\"resetPeriod\": \"DAY\", \"resetAccordingTo\": \"EveryMonday\"}", "m.resetAccordingTo: \"EveryMonday\" does not fit")]
    [InlineData("\"m\": {\"creditRate\": {\"amount\": 1, \"currencyId\": \"x\"}}", "m.creditRate.currencyId: there is no currency \"x\"")]
    [InlineData("\"m\": {\"accessDeniedReason\": \"Because\"}", "m.accessDeniedReason: must be one of")]
    public void Grant_fits_its_feature(string grant, string problem)
    {
        var json = $$"""
            {"features": {"s": {"displayName": "S", "type": "BOOLEAN"}, "n": {"displayName": "N", "type": "NUMBER"},
                          "m": {"displayName": "M", "type": "NUMBER", "meter": "Incremental"} },
             "plans": {"p": {"entitlements": { {{grant}} } } } }
            """;

        FluentActions.Invoking(() => EmulatorData.Parse(json, Now))
            .Should().Throw<EmulatorDataException>().WithMessage($"$.plans.p.entitlements.{problem}*");
    }

    [Fact]
    public async Task Data_file_that_cannot_be_used_is_named()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"customers": {"c": {"plan": 5}}}""");
        try
        {
            var start = () => CloudEmulator.StartAsync(new EmulatorOptions { DataFile = file }, CancellationToken.None);

            (await start.Should().ThrowAsync<EmulatorDataException>()).WithMessage($"{file}: $.customers.c.plan: must be a text*");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Missing_data_file_is_named()
    {
        var start = () => CloudEmulator.StartAsync(new EmulatorOptions { DataFile = "/nowhere/data.json" }, CancellationToken.None);

        (await start.Should().ThrowAsync<EmulatorDataException>()).WithMessage("*/nowhere/data.json*");
    }

    [Fact]
    public async Task Data_in_memory_is_checked_as_well()
    {
        var data = new EmulatorData { Customers = EmulatorData.Map<Customer>().Add("c", new Customer { Plan = "p" }) };
        var start = () => CloudEmulator.StartAsync(new EmulatorOptions { Data = data }, CancellationToken.None);

        (await start.Should().ThrowAsync<EmulatorDataException>()).WithMessage("$.customers.c.plan*");
    }
}
