using FluentAssertions;
using Google.Protobuf;
using Sidecar.Bench.Cloud;
using Sidecar.Bench.Load;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

/// <summary>What the load asks, and what it takes for right.</summary>
public sealed class CallSpecs
{
    [Fact]
    public void Question_is_the_message_behind_its_length_with_the_customers_own_id()
    {
        var call = Call.All[Call.Metered];
        var frame = new byte[call.Length];

        call.Write(1_234_567, frame).Should().Be(call.Length);

        frame[..5].Should().Equal(0, 0, 0, 0, (byte)(frame.Length - 5));
        GetMeteredEntitlementRequest.Parser.ParseFrom(frame[5..]).Should().Be(
            new GetMeteredEntitlementRequest { CustomerId = "customer-01234567", FeatureId = "usage-1", Options = new() { RequestedUsage = 1 } });
    }

    [Fact]
    public void Every_call_names_its_customer_in_the_first_field()
    {
        foreach (var call in Call.All)
        {
            var frame = new byte[call.Length];
            call.Write(99_999_999, frame);
            // The first field of every request, whatever its type.
            GetEntitlementsRequest.Parser.WithDiscardUnknownFields(true).ParseFrom(frame[5..]).CustomerId.Should().Be(Call.Id(99_999_999), call.Name);
            call.Path.Should().Be($"/stigg.sidecar.v1.SidecarService/{call.Method}");
        }
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(4_999)]
    [InlineData(7_919)]
    public void Mixed_order_asks_about_every_customer_in_every_way_before_it_begins_again(int customers)
    {
        var order = Order.Mixed(customers, first: 50);
        var all = (long)customers * Call.All.Count;

        var asked = Enumerable.Range(0, (int)all).Select(i => order(i)).ToHashSet();

        asked.Should().HaveCount((int)all);
        asked.Min(question => question.Customer).Should().Be(50);
        asked.Max(question => question.Customer).Should().Be(50 + customers - 1);
        order(all).Should().Be(order(0));
        Enumerable.Range(0, customers).Select(i => order(i).Call).Distinct().Should().HaveCount(Call.All.Count, "kinds are mixed all along");
    }

    [Fact]
    public void Body_fits_whole_in_parts_by_its_length_or_as_the_constant_one()
    {
        byte[][][] bodies = [[[1, 2, 3], [4]], [[5, 6, 7], [8]]];
        var exact = new Expectation(bodies);

        exact.Fits(new Question(3, 0), 0, [5, 6]).Should().BeTrue("customer 3 is of the second kind of two");
        exact.Fits(new Question(3, 0), 2, [7]).Should().BeTrue();
        exact.Fits(new Question(3, 0), 0, [5, 9]).Should().BeFalse();
        exact.Fits(new Question(3, 0), 2, [7, 8]).Should().BeFalse("it is too long");
        exact.Lengths().Fits(new Question(3, 0), 0, [0, 0, 0]).Should().BeTrue();
        exact.Lengths().Fits(new Question(3, 0), 0, [0, 0, 0, 0]).Should().BeFalse();
        exact.Constant().Of(new Question(3, 1)).Should().Equal(4);
        exact.Constant().Lengths().Of(new Question(3, 1)).Should().Equal(4);
    }

    [Fact]
    public void Reply_is_judged_by_the_data_of_the_cloud()
    {
        var call = Call.All[Call.Metered];
        GetMeteredEntitlementResponse Reply(double usage, bool isFallback = false, string feature = "usage-1") => new()
        {
            HasAccess = true,
            IsFallback = isFallback,
            Entitlement = new() { Feature = new() { Id = feature }, CurrentUsage = usage },
        };
        var usage = CloudData.UsageOf(7, "usage-1");

        Replies.Problem(call, 7, Reply(usage)).Should().BeNull();
        Replies.Problem(call, 7, Reply(usage + 1)).Should().Contain("expected");
        Replies.Problem(call, 7, Reply(usage, isFallback: true)).Should().Be("is a fallback");
        Replies.Problem(call, 7, Reply(usage, feature: "usage-2")).Should().Contain("usage-2");
        Replies.Problem(call, 7, new GetMeteredEntitlementResponse()).Should().Be("denies access");
        Replies.Problem(call, 7, (IMessage)new GetEntitlementsResponse()).Should().NotBeNull();
    }

    [Fact]
    public void Customers_have_twenty_entitlements_of_which_eight_have_usage_and_periods()
    {
        var data = CloudData.Of(CloudData.Kinds + 1, new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

        data.Customers.Should().HaveCount(CloudData.Kinds + 1);
        data.Plans.Values.Single().Entitlements.Should().HaveCount(CloudData.Entitlements);
        data.Customers[Call.Id(5)].Usage.Should().HaveCount(8);
        data.Customers[Call.Id(5)].Usage.Values.Should().OnlyContain(usage => usage.PeriodEnd > new DateTimeOffset(2026, 3, 15, 0, 0, 0, TimeSpan.Zero));
        data.Customers[Call.Id(5)].Usage.Should().NotBeEquivalentTo(data.Customers[Call.Id(6)].Usage);
        data.Customers[Call.Id(0)].Should().BeSameAs(data.Customers[Call.Id(CloudData.Kinds)]);
    }
}
