using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Sidecar.Host.Connect;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests.Connect;

/// <summary>What is wrong with a message in JSON is told with its place.</summary>
public sealed class JsonFaultsSpecs
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    [Theory]
    [InlineData("""{"usages":[{"customerId":"a"},{"value":"many"}]}""", "usages[1].value is \"many\", expected a number")]
    [InlineData("""{"usages":[null]}""", "usages[0] is null, expected an object")]
    [InlineData("""{"usages":{}}""", "usages is an object, expected a list")]
    [InlineData("""{"usages":[{"timestamp":"yesterday"}]}""", "usages[0].timestamp is \"yesterday\", expected a time such as \"2026-01-31T12:00:00Z\"")]
    [InlineData("""{"usages":[{"dimensions":{"a b":{"numberValue":"x"}}}]}""", "usages[0].dimensions['a b'].numberValue is \"x\", expected a number")]
    [InlineData("""{"usages":[{"dimensions":[]}]}""", "usages[0].dimensions is a list, expected an object")]
    [InlineData("""{"usages":[{"dimensions":{"a":{"stringValue":"x","numberValue":1}}}]}""", "*two fields of which one alone may be there")]
    [InlineData("""{"usages":[}""", "the body can't be read as JSON: line 1, byte 12")]
    [InlineData("""{"usages":[{"customerId":{"a":1}}]}""", "usages[0].customerId is an object, expected a string")]
    public void Place_is_named(string text, string fault)
    {
        JsonFaults.TryParse(Parser, text, ReportUsageBulkRequest.Descriptor, out var told).Should().BeNull();

        told.Should().Match(fault);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"usages":5}""")]
    [InlineData("""{"usages":[{"\ud800":1,"value":"many"}]}""")]
    [InlineData("""{"usages":[{"dimensions":{"\ud800":{"numberValue":"x"}}}]}""")]
    public void Half_of_a_surrogate_pair_in_a_name_is_a_fault_like_any_other(string text)
    {
        JsonFaults.TryParse(Parser, text, ReportUsageBulkRequest.Descriptor, out var fault).Should().BeNull();

        fault.Should().Contain("half of a surrogate pair");
    }

    [Fact]
    public void What_is_not_known_is_passed_over_however_deep_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("{\"later\":", 5000)) + "1" + new string('}', 5000);

        JsonFaults.TryParse(Parser, text, ReportUsageBulkRequest.Descriptor, out _).Should().NotBeNull();
    }

    [Fact]
    public void Long_value_is_cut()
    {
        JsonFaults.TryParse(
            Parser, "{\"options\":{\"requestedUsage\":\"" + new string('x', 5000) + "\"}}", GetEntitlementRequest.Descriptor, out var fault).Should().BeNull();

        fault!.Length.Should().BeLessThan(300);
    }

    [Fact]
    public void Message_is_read()
    {
        JsonFaults.TryParse(Parser, """{"customerId":"a","resourceId":null}""", GetEntitlementRequest.Descriptor, out var fault)
            .Should().Be(new GetEntitlementRequest { CustomerId = "a" });

        fault.Should().BeNull();
    }

    [Fact]
    public void Every_message_of_the_service_is_read_empty()
    {
        foreach (MessageDescriptor type in SidecarService.Descriptor.Methods.Select(method => method.InputType))
            JsonFaults.TryParse(Parser, "{}", type, out _).Should().NotBeNull(type.Name);
    }
}
