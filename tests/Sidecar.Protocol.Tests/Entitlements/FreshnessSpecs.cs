using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sidecar.Protocol.Entitlements;
using Xunit;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

namespace Sidecar.Protocol.Tests.Entitlements;

public class FreshnessSpecs
{
    private const Freshness Fresh = Freshness.Fresh;
    private const Freshness Revalidate = Freshness.Revalidate;
    private const Freshness Suspect = Freshness.Suspect;
    private const Freshness Expired = Freshness.Expired;

    private static readonly FreshnessRules Rules = new();

    // The present, on the monotonic clock; views are read some seconds before it.
    private static readonly Moment Present = Given.Moment();

    private static readonly EntitlementState Known = Given.State(Given.Boolean());

    /// <summary>What the stream did, each relative to the present.</summary>
    public enum Stream
    {
        Off,
        UpForAnHour,
        UpFor30Seconds,
        DroppedNow,
        Dropped10SecondsAgo,
        Dropped60SecondsAgo,
    }

    [Theory]
    // Off: by age alone.
    [InlineData(Stream.Off, 0, 0, Fresh)]
    [InlineData(Stream.Off, 10, 0, Fresh)]
    [InlineData(Stream.Off, 10, 1, Revalidate)]
    [InlineData(Stream.Off, 60, 0, Revalidate)]
    [InlineData(Stream.Off, 60, 1, Suspect)]
    [InlineData(Stream.Off, 1000, 0, Suspect)]
    // Up: fresh at any age, where the read began under the present connection.
    [InlineData(Stream.UpForAnHour, 0, 0, Fresh)]
    [InlineData(Stream.UpForAnHour, 999, 0, Fresh)]
    [InlineData(Stream.UpFor30Seconds, 30, 0, Fresh)]
    [InlineData(Stream.UpFor30Seconds, 30, 1, Suspect)]
    [InlineData(Stream.UpFor30Seconds, 1000, 0, Suspect)]
    // Dropped: what the connection kept current ages from its last sign of life on.
    [InlineData(Stream.DroppedNow, 999, 0, Fresh)]
    [InlineData(Stream.DroppedNow, 0, 0, Fresh)]
    [InlineData(Stream.Dropped10SecondsAgo, 999, 0, Fresh)]
    [InlineData(Stream.Dropped60SecondsAgo, 999, 0, Revalidate)]
    // Read since it dropped: from the read on.
    [InlineData(Stream.Dropped60SecondsAgo, 10, 0, Fresh)]
    [InlineData(Stream.Dropped60SecondsAgo, 10, 1, Revalidate)]
    public void A_view_is_judged_by_the_stream_and_its_age(Stream stream, int age, int ticksMore, Freshness expected) =>
        Judge(ReadAgo(age, ticksMore), Of(stream)).Should().Be(expected);

    [Theory]
    [InlineData(10, 0, Fresh)]
    [InlineData(10, 1, Revalidate)]
    [InlineData(60, 0, Revalidate)]
    [InlineData(60, 1, Suspect)]
    public void After_a_drop_the_age_counts_from_the_last_sign_of_life(int seconds, int ticksMore, Freshness expected)
    {
        var lastSign = Present.Uptime - TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(ticksMore);
        var dropped = new StreamState(IsUp: false, UpSince: TimeSpan.FromSeconds(1), lastSign);

        Judge(ReadAgo(900), dropped).Should().Be(expected);
    }

    [Theory]
    [InlineData(50, Revalidate)]
    [InlineData(61, Suspect)]
    public void A_view_from_before_the_connection_that_dropped_ages_from_its_read_on(int age, Freshness expected) =>
        Judge(ReadAgo(age), new StreamState(IsUp: false, Ago(40), LastSignOfLife: Ago(1))).Should().Be(expected);

    [Theory]
    [InlineData(Stream.UpForAnHour, 0, Revalidate)]
    [InlineData(Stream.UpForAnHour, 900, Revalidate)]
    [InlineData(Stream.Off, 0, Revalidate)]
    [InlineData(Stream.Off, 60, Revalidate)]
    [InlineData(Stream.Off, 61, Suspect)]
    [InlineData(Stream.DroppedNow, 900, Revalidate)]
    [InlineData(Stream.UpFor30Seconds, 31, Suspect)]
    public void A_view_from_the_persistent_cache_that_is_not_confirmed_is_revalidated_at_best(Stream stream, int age, Freshness expected) =>
        Judge(ReadAgo(age) with { IsUnconfirmed = true }, Of(stream)).Should().Be(expected);

    [Theory]
    [InlineData(Stream.UpForAnHour, 0)]
    [InlineData(Stream.UpForAnHour, 900)]
    [InlineData(Stream.Off, 0)]
    [InlineData(Stream.Off, 61)]
    [InlineData(Stream.DroppedNow, 0)]
    public void A_view_from_before_an_invalidation_is_suspect(Stream stream, int age)
    {
        Judge(ReadAgo(age) with { IsInvalidated = true }, Of(stream)).Should().Be(Suspect, "the entry was dropped or reloaded");
        Judge(ReadAgo(age) with { NodeEpoch = 3 }, Of(stream), nodeEpoch: 4).Should().Be(Suspect, "a publish to all, another key");
        Judge(ReadAgo(age) with { IsInvalidated = true, IsUnconfirmed = true }, Of(stream)).Should().Be(Suspect);
    }

    [Fact]
    public void A_view_of_the_nodes_present_epoch_is_not_suspect() =>
        Judge(ReadAgo(0) with { NodeEpoch = 4 }, Of(Stream.UpForAnHour), nodeEpoch: 4).Should().Be(Fresh);

    [Theory]
    [InlineData(-1, Expired)]
    [InlineData(0, Expired)]
    [InlineData(1, Fresh)]
    public void A_view_expires_at_its_valid_until(long ticksAfterNow, Freshness expected) =>
        Judge(ReadAgo(0) with { State = ValidUntil(Present.Utc.AddTicks(ticksAfterNow)) }, Of(Stream.UpForAnHour)).Should().Be(expected);

    [Theory]
    [InlineData(Stream.UpForAnHour, 0)]
    [InlineData(Stream.UpFor30Seconds, 31)]
    [InlineData(Stream.Off, 0)]
    [InlineData(Stream.Off, 61)]
    [InlineData(Stream.DroppedNow, 0)]
    public void Expired_comes_before_all_else(Stream stream, int age)
    {
        var expired = ReadAgo(age) with { State = ValidUntil(Present.Utc) };

        Judge(expired, Of(stream)).Should().Be(Expired);
        Judge(expired with { IsInvalidated = true, IsUnconfirmed = true }, Of(stream), nodeEpoch: 9).Should().Be(Expired);
    }

    [Theory]
    [InlineData(-1, Expired)]
    [InlineData(0, Expired)]
    [InlineData(1, Fresh)]
    public void An_expiry_that_the_last_read_brought_again_is_overlooked_for_a_while(long ticksAfterNow, Freshness expected) =>
        Judge(
            ReadAgo(0) with { State = ValidUntil(Present.Utc), ServeExpiredUntil = Present.Uptime + TimeSpan.FromTicks(ticksAfterNow) },
            Of(Stream.UpForAnHour)).Should().Be(expected);

    [Theory]
    [InlineData(0, Fresh)]
    [InlineData(-1, Expired)]
    public void An_expiry_that_came_after_the_last_read_is_not_overlooked(long ticksBeforeTheNext, Freshness expected)
    {
        // Two ends: the read brought the first again, and the second has come by now.
        var twice = Given.State(
            Given.Boolean("a") with { ValidUntil = Present.Utc.AddSeconds(-9) },
            Given.Boolean("b") with { ValidUntil = Present.Utc.AddSeconds(-3) });
        var view = ReadAgo(0) with { State = twice, ServeExpiredUntil = Present.Uptime + TimeSpan.FromSeconds(5) };

        Judge(view with { ServedExpiriesUpTo = Present.Utc.AddSeconds(-3).AddTicks(ticksBeforeTheNext) }, Of(Stream.UpForAnHour))
            .Should().Be(expected);
    }

    [Fact]
    public void An_expiry_that_is_overlooked_hides_nothing_else()
    {
        var view = ReadAgo(0) with { State = ValidUntil(Present.Utc), ServeExpiredUntil = Present.Uptime + TimeSpan.FromSeconds(5) };

        Judge(view with { IsInvalidated = true }, Of(Stream.UpForAnHour)).Should().Be(Suspect);
        Judge(view with { IsUnconfirmed = true }, Of(Stream.UpForAnHour)).Should().Be(Revalidate);
        Judge(view with { ReadStartedAt = Ago(61) }, Of(Stream.Off)).Should().Be(Suspect);
    }

    [Theory]
    [InlineData(Stream.UpForAnHour, 60, 0, Fresh)]
    [InlineData(Stream.UpForAnHour, 60, 1, Expired)]
    [InlineData(Stream.Off, 5, 0, Fresh)]
    [InlineData(Stream.Off, 5, 1, Expired)]
    [InlineData(Stream.UpFor30Seconds, 31, 0, Suspect)]
    [InlineData(Stream.DroppedNow, 30, 0, Fresh)]
    [InlineData(Stream.Dropped10SecondsAgo, 30, 0, Expired)]
    public void An_unknown_customer_is_taken_as_such_for_60_seconds_with_the_stream_up_and_5_with_it_down(
        Stream stream, int age, int ticksMore, Freshness expected)
    {
        foreach (var reason in new[] { AccessDeniedReason.CustomerNotFound, AccessDeniedReason.CustomerResourceNotFound })
            Judge(ReadAgo(age, ticksMore) with { State = Given.Refused(reason) }, Of(stream)).Should().Be(expected);
    }

    [Theory]
    [InlineData(61)]
    [InlineData(900)]
    public void An_unknown_customer_beyond_its_60_seconds_is_not_taken_as_such_again_because_the_stream_drops(int age)
    {
        var unknown = ReadAgo(age) with { State = Given.Refused(AccessDeniedReason.CustomerNotFound) };

        Judge(unknown, Of(Stream.UpForAnHour)).Should().Be(Expired);
        Judge(unknown, Of(Stream.DroppedNow)).Should().Be(Expired, "it is cached for 60 s with the stream up, and less with it down");
    }

    [Theory]
    [InlineData(AccessDeniedReason.CustomerIsArchived)]
    [InlineData(AccessDeniedReason.NoActiveSubscription)]
    [InlineData(null)]
    public void A_customer_without_entitlements_is_no_unknown_one(AccessDeniedReason? reason)
    {
        var empty = ReadAgo(900) with { State = EntitlementState.Create(reason, []) };

        Judge(empty, Of(Stream.UpForAnHour)).Should().Be(Fresh);
        Judge(empty with { ReadStartedAt = Ago(6) }, Of(Stream.Off)).Should().Be(Fresh);
    }

    [Theory]
    [InlineData(3, Stream.UpForAnHour, 3, Fresh)]
    [InlineData(3, Stream.UpForAnHour, 4, Expired)]
    [InlineData(3, Stream.Off, 4, Expired)]
    [InlineData(600, Stream.UpForAnHour, 600, Fresh)]
    [InlineData(600, Stream.Off, 6, Expired)]
    public void How_long_an_unknown_customer_is_taken_as_such_can_be_set_but_no_longer_than_5_seconds_without_a_stream(
        int maxAge, Stream stream, int age, Freshness expected)
    {
        var rules = new FreshnessRules { UnknownMaxAge = TimeSpan.FromSeconds(maxAge) };
        var view = ReadAgo(age) with { State = Given.Refused(AccessDeniedReason.CustomerNotFound) };

        rules.Judge(view, Present, Of(stream), nodeEpoch: 0).Should().Be(expected);
    }

    [Theory]
    [InlineData(2, Fresh)]
    [InlineData(3, Revalidate)]
    [InlineData(5, Revalidate)]
    [InlineData(6, Suspect)]
    public void The_ages_can_be_set(int age, Freshness expected)
    {
        var rules = new FreshnessRules { RevalidateAfter = TimeSpan.FromSeconds(2), MaxAge = TimeSpan.FromSeconds(5) };

        rules.Judge(ReadAgo(age), Present, StreamState.Off, nodeEpoch: 0).Should().Be(expected);
    }

    public static TheoryData<string, EntitlementView?, Freshness> CustomersOfAFreshResource() => new()
    {
        { "missing", null, Suspect },
        { "its set was replaced after the resource's read began", ReadAgo(0) with { ReadNumber = 8, SetNumber = 8 }, Suspect },
        { "its set is that of the same number", ReadAgo(0) with { ReadNumber = 7, SetNumber = 7 }, Fresh },
        { "its set is older", ReadAgo(0) with { ReadNumber = 3, SetNumber = 3 }, Fresh },
        { "it was read since, and its set is the same", ReadAgo(0) with { ReadNumber = 9, SetNumber = 3 }, Fresh },
    };

    [Theory]
    [MemberData(nameof(CustomersOfAFreshResource))]
    public void A_resource_is_read_again_when_its_customers_entry_is_missing_or_newer(
        string customerIs, EntitlementView? customer, Freshness expected)
    {
        var resource = ReadAgo(1) with { ReadNumber = 7, SetNumber = 7 };

        JudgeResource(resource, customer, Of(Stream.UpForAnHour)).Should().Be(expected, customerIs);
        JudgeResource(resource with { ReadStartedAt = Ago(11) }, customer, Of(Stream.Off))
            .Should().Be(expected == Fresh ? Revalidate : Suspect, customerIs);
        JudgeResource(resource with { State = ValidUntil(Present.Utc) }, customer, Of(Stream.UpForAnHour))
            .Should().Be(Expired, customerIs);
    }

    [Property(Arbitrary = [typeof(Cases)], MaxTest = 3000)]
    public void While_nothing_happens_trust_never_rises(Case c, PositiveInt later, PositiveInt laterStill)
    {
        var (first, second) = (Given.Moment(later.Get / 2.0), Given.Moment((later.Get + laterStill.Get) / 2.0));

        (Rules.Judge(c.View, second, c.Stream, nodeEpoch: 1) >= Rules.Judge(c.View, first, c.Stream, nodeEpoch: 1))
            .Should().BeTrue();
        (Rules.Judge(c.View, c.Customer, second, c.Stream, nodeEpoch: 1) >= Rules.Judge(c.View, c.Customer, first, c.Stream, nodeEpoch: 1))
            .Should().BeTrue();
    }

    [Property(Arbitrary = [typeof(Cases)], MaxTest = 3000)]
    public void No_view_is_trusted_more_for_being_doubted(Case c)
    {
        var trust = Rules.Judge(c.View, Present, c.Stream, nodeEpoch: 1);

        foreach (var doubted in new[]
        {
            c.View with { IsInvalidated = true },
            c.View with { IsUnconfirmed = true },
            c.View with { NodeEpoch = 0 },
            c.View with { ReadStartedAt = c.View.ReadStartedAt - TimeSpan.FromSeconds(7) },
        })
        {
            (Rules.Judge(doubted, Present, c.Stream, nodeEpoch: 1) >= trust).Should().BeTrue($"{doubted}");
        }

        (Rules.Judge(c.View, c.Customer, Present, c.Stream, nodeEpoch: 1) >= trust).Should().BeTrue("a resource depends on its customer");
    }

    /// <summary>A view, its customer's if it is a resource's, and what the stream did up to the present.</summary>
    public sealed record Case(EntitlementView View, EntitlementView? Customer, StreamState Stream);

    public static class Cases
    {
        public static Arbitrary<Case> All()
        {
            var seconds = Gen.Frequency((3, Gen.Choose(0, 100)), (1, Gen.Choose(0, 1000)));
            var states =
                from kind in Gen.Choose(0, 3)
                from validFor in Gen.Choose(-20, 100)
                select kind switch
                {
                    0 => Given.Refused(AccessDeniedReason.CustomerNotFound),
                    1 => ValidUntil(Present.Utc.AddSeconds(validFor)),
                    _ => Known,
                };
            var views =
                from state in states
                from age in seconds
                from flags in Gen.Choose(0, 15)
                from number in Gen.Choose(1, 4)
                select new EntitlementView(state, Ago(age), NodeEpoch: flags < 12 ? 1 : 0, number, number)
                {
                    IsInvalidated = flags % 4 == 1,
                    IsUnconfirmed = flags % 4 >= 2,
                };
            var streams =
                from kind in Gen.Choose(0, 2)
                from up in seconds
                from heard in seconds
                select kind == 0 ? StreamState.Off : new StreamState(kind == 1, Ago(up), Ago(Math.Min(up, heard)));
            return Arb.From(
                from view in views
                from customer in views.OrNull()
                from stream in streams
                select new Case(view, customer, stream));
        }
    }

    private static EntitlementView ReadAgo(int seconds, int ticksMore = 0) => new(Known, Ago(seconds) - TimeSpan.FromTicks(ticksMore));

    private static TimeSpan Ago(int seconds) => Present.Uptime - TimeSpan.FromSeconds(seconds);

    private static EntitlementState ValidUntil(DateTimeOffset end) => Given.State(Given.Boolean() with { ValidUntil = end });

    private static StreamState Of(Stream stream) => stream switch
    {
        Stream.Off => StreamState.Off,
        Stream.UpForAnHour => new(IsUp: true, Ago(3600), Present.Uptime),
        Stream.UpFor30Seconds => new(IsUp: true, Ago(30), Present.Uptime),
        Stream.DroppedNow => new(IsUp: false, Ago(3600), Present.Uptime),
        Stream.Dropped10SecondsAgo => new(IsUp: false, Ago(3600), Ago(10)),
        _ => new(IsUp: false, Ago(3600), Ago(60)),
    };

    private static Freshness Judge(EntitlementView view, StreamState stream, long nodeEpoch = 0) =>
        Rules.Judge(view, Present, stream, nodeEpoch);

    private static Freshness JudgeResource(EntitlementView resource, EntitlementView? customer, StreamState stream) =>
        Rules.Judge(resource, customer, Present, stream, nodeEpoch: 0);
}
