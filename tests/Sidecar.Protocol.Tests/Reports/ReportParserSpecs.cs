using FluentAssertions;
using FsCheck.Xunit;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Protocol.Tests.Reports;

/// <summary>What is taken as a report, and what is refused before anything is sent.</summary>
public sealed class ReportParserSpecs
{
    private const string Fresh = "fresh-key";
    private static readonly string Longest = new('i', ReportParser.MaxIdBytes);
    private static readonly string TooLong = Longest + "i";

    [Fact]
    public void A_usage_is_taken_as_it_is_said()
    {
        var at = new DateTimeOffset(2026, 10, 2, 12, 0, 0, TimeSpan.Zero);
        var request = Usage();
        request.ResourceId = "r";
        request.UpdateBehavior = UsageUpdateBehavior.Set;
        request.Timestamp = Timestamp.FromDateTimeOffset(at);
        request.Dimensions.Add("b", new EventDimensionValue { NumberValue = 0 });
        request.Dimensions.Add("a", new EventDimensionValue { StringValue = "" });
        request.Dimensions.Add("c", new EventDimensionValue { BooleanValue = false });

        var report = ReportParser.Parse(request, "key", () => Fresh);

        report.Kind.Should().Be(ReportKind.Usage);
        var measurement = report.Measurements.Should().ContainSingle().Subject;
        (measurement.Key, measurement.FeatureId, measurement.Value).Should().Be((new EntryKey("c", "r"), "f", 3));
        (measurement.IsSet, measurement.At, measurement.IdempotencyKey).Should().Be((true, at, "key"));
        measurement.Dimensions.Select(d => d.Name).Should().Equal("a", "b", "c");
    }

    [Theory]
    [InlineData(UsageUpdateBehavior.Unspecified)]
    [InlineData(UsageUpdateBehavior.Delta)]
    [InlineData((UsageUpdateBehavior)77)]
    public void Any_behaviour_but_set_adds(UsageUpdateBehavior behavior)
    {
        var request = Usage();
        request.UpdateBehavior = behavior;

        ReportParser.Parse(request, "", () => Fresh).Measurements[0].IsSet.Should().BeFalse();
    }

    [Fact]
    public void What_is_present_but_empty_is_absent()
    {
        var request = Usage();
        request.ResourceId = "";
        request.Dimensions.Add("nothing", new EventDimensionValue());

        var measurement = ReportParser.Parse(request, "", () => Fresh).Measurements[0];

        measurement.Key.Should().Be(new EntryKey("c"));
        measurement.Dimensions.Should().BeEmpty();
        (measurement.At, measurement.IdempotencyKey).Should().Be((null, Fresh));
    }

    [Fact]
    public void Usages_in_bulk_have_the_callers_key_with_their_place_or_each_one_of_its_own()
    {
        var keys = 0;
        var request = new ReportUsageBulkRequest { Usages = { Usage(), Usage(), Usage() } };

        ReportParser.Parse(request, "key", () => Fresh).Measurements.Select(m => m.IdempotencyKey).Should().Equal("key-0", "key-1", "key-2");
        ReportParser.Parse(request, "", () => $"{keys++}").Measurements.Select(m => m.IdempotencyKey).Should().Equal("0", "1", "2");
    }

    [Fact]
    public void Events_are_taken_as_they_are_said()
    {
        var happened = Event();
        happened.Dimensions.Add("d", new EventDimensionValue { NumberValue = 1.5 });

        var report = ReportParser.Parse(new ReportEventsRequest { Events = { happened, Event("other") } });

        report.Events.Select(e => (e.Key, e.Name, e.IdempotencyKey)).Should()
            .Equal((new EntryKey("c"), "e", "k"), (new EntryKey("c"), "e", "other"));
        report.Events[0].Dimensions.Should().ContainSingle().Which.Value.NumberValue.Should().Be(1.5);
        report.IsRepeatable.Should().BeTrue();
    }

    [Fact]
    public void Limits_themselves_are_within_the_limits()
    {
        var request = new ReportUsageBulkRequest();
        request.Usages.AddRange(Enumerable.Range(0, ReportParser.MaxUsages).Select(_ => Usage(Longest, Longest)));
        var events = new ReportEventsRequest();
        events.Events.AddRange(Enumerable.Range(0, ReportParser.MaxEvents).Select(_ => Event()));

        ReportParser.Parse(request, Longest, () => Fresh).Count.Should().Be(ReportParser.MaxUsages);
        ReportParser.Parse(events).Count.Should().Be(ReportParser.MaxEvents);
    }

    [Theory]
    [InlineData(-62_135_596_800, 0)]
    [InlineData(253_402_300_799, 999_999_999)]
    public void Instants_of_protobufs_range_are_taken(long seconds, int nanos)
    {
        var request = Usage();
        request.Timestamp = new Timestamp { Seconds = seconds, Nanos = nanos };

        ReportParser.Parse(request, "", () => Fresh).Measurements[0].At.Should().NotBeNull();
    }

    public static TheoryData<ReportUsageRequest, string> BadUsages => new()
    {
        { Usage(customerId: ""), "customer_id is empty, expected an id" },
        { Usage(customerId: TooLong), "customer_id is 1025 bytes long, expected at most 1024" },
        { Usage(customerId: new string('\u20ac', 342)), "customer_id is 1026 bytes long, expected at most 1024" },
        { Usage(featureId: ""), "feature_id is empty, expected an id" },
        { Usage(featureId: TooLong), "feature_id is 1025 bytes long, expected at most 1024" },
        { With(u => u.ResourceId = TooLong), "resource_id is 1025 bytes long, expected at most 1024" },
        { With(u => u.Value = double.NaN), "value is NaN, expected a finite number" },
        { With(u => u.Value = double.NegativeInfinity), "value is -Infinity, expected a finite number" },
        { With(u => u.Value = 0), "value is 0 and dimensions is empty, expected one of them, or update_behavior SET" },
        { With(u => u.Timestamp = new Timestamp { Seconds = -62_135_596_801 }), "timestamp is -62135596801 s and 0 ns since 1970, expected an instant of the years 1 to 9999" },
        { With(u => u.Timestamp = new Timestamp { Seconds = 253_402_300_800 }), "timestamp is 253402300800 s and 0 ns since 1970, expected an instant of the years 1 to 9999" },
        { With(u => u.Timestamp = new Timestamp { Nanos = -1 }), "timestamp is 0 s and -1 ns since 1970, expected an instant of the years 1 to 9999" },
        { With(u => u.Timestamp = new Timestamp { Nanos = 1_000_000_000 }), "timestamp is 0 s and 1000000000 ns since 1970, expected an instant of the years 1 to 9999" },
        { With(u => u.Dimensions.Add("d\n" + new string('x', 100), new EventDimensionValue { NumberValue = double.PositiveInfinity })), $"dimensions['d {new string('x', 38)}…'] is Infinity, expected a finite number" },
    };

    [Theory]
    [MemberData(nameof(BadUsages))]
    public void A_usage_that_makes_no_sense_is_refused_with_the_field_and_the_value(ReportUsageRequest request, string message)
    {
        Refused(() => ReportParser.Parse(request, "", () => Fresh)).Should().Be(message);

        var bulk = new ReportUsageBulkRequest { Usages = { Usage(), request } };
        Refused(() => ReportParser.Parse(bulk, "", () => Fresh)).Should().StartWith("usages[1]." + message[..4]);
    }

    [Fact]
    public void Nothing_may_be_set_to_nothing_and_added_with_a_dimension()
    {
        var set = With(u => (u.Value, u.UpdateBehavior) = (0, UsageUpdateBehavior.Set));
        var told = With(u => u.Value = 0);
        told.Dimensions.Add("d", new EventDimensionValue { BooleanValue = false });

        ReportParser.Parse(set, "", () => Fresh).Measurements[0].Value.Should().Be(0);
        ReportParser.Parse(told, "", () => Fresh).Measurements[0].Value.Should().Be(0);
    }

    public static TheoryData<Event, string> BadEvents => new()
    {
        { Event(""), "events[1].idempotency_key is empty, expected an id" },
        { Event(TooLong), "events[1].idempotency_key is 1025 bytes long, expected at most 1024" },
        { new Event { EventName = "e", IdempotencyKey = "k" }, "events[1].customer_id is empty, expected an id" },
        { new Event { CustomerId = "c", IdempotencyKey = "k" }, "events[1].event_name is empty, expected an id" },
        { new Event { CustomerId = "c", EventName = TooLong, IdempotencyKey = "k" }, "events[1].event_name is 1025 bytes long, expected at most 1024" },
    };

    [Theory]
    [MemberData(nameof(BadEvents))]
    public void An_event_that_makes_no_sense_is_refused_with_its_place_and_the_field(Event happened, string message) =>
        Refused(() => ReportParser.Parse(new ReportEventsRequest { Events = { Event(), happened } })).Should().Be(message);

    [Fact]
    public void Too_many_and_none_are_refused()
    {
        var usages = new ReportUsageBulkRequest();
        usages.Usages.AddRange(Enumerable.Range(0, ReportParser.MaxUsages + 1).Select(_ => Usage()));
        var events = new ReportEventsRequest();
        events.Events.AddRange(Enumerable.Range(0, ReportParser.MaxEvents + 1).Select(_ => Event()));

        Refused(() => ReportParser.Parse(usages, "", () => Fresh)).Should().Be("usages has 101 elements, expected at most 100");
        Refused(() => ReportParser.Parse(new ReportUsageBulkRequest(), "", () => Fresh)).Should().Be("usages is empty, expected 1 to 100 elements");
        Refused(() => ReportParser.Parse(events)).Should().Be("events has 1001 elements, expected at most 1000");
        Refused(() => ReportParser.Parse(new ReportEventsRequest())).Should().Be("events is empty, expected 1 to 1000 elements");
        Refused(() => ReportParser.Parse(Usage(), TooLong, () => Fresh))
            .Should().Be("the metadata's idempotency-key is 1025 bytes long, expected at most 1024");
    }

    [Property]
    public void A_usage_is_taken_or_refused_in_a_status_messages_length(
        string? customer, string? resource, string? feature, double value, long seconds, int nanos, string? dimension, double number)
    {
        var request = new ReportUsageRequest
        {
            CustomerId = customer ?? "",
            ResourceId = resource ?? "",
            FeatureId = feature ?? "",
            Value = value,
            Timestamp = new Timestamp { Seconds = seconds, Nanos = nanos },
            Dimensions = { [dimension ?? ""] = new EventDimensionValue { NumberValue = number } },
        };

        try
        {
            var measurement = ReportParser.Parse(request, "", () => Fresh).Measurements[0];
            (measurement.Key.CustomerId, measurement.FeatureId, measurement.Value).Should().Be((customer!, feature!, value));
        }
        catch (ReportFormatException e)
        {
            System.Text.Encoding.UTF8.GetByteCount(e.Message).Should().BeLessThan(1024);
        }
    }

    private static ReportUsageRequest Usage(string customerId = "c", string featureId = "f") =>
        new() { CustomerId = customerId, FeatureId = featureId, Value = 3 };

    private static ReportUsageRequest With(Action<ReportUsageRequest> change)
    {
        var usage = Usage();
        change(usage);
        return usage;
    }

    private static Event Event(string key = "k") => new() { CustomerId = "c", EventName = "e", IdempotencyKey = key };

    private static string Refused(Func<object> parse) => parse.Should().Throw<ReportFormatException>().Which.Message;
}
