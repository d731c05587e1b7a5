using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using CreditEntitlement = Sidecar.Protocol.Entitlements.CreditEntitlement;
using Entitlement = Sidecar.Protocol.Entitlements.Entitlement;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>A state packs its entitlements: whatever they are, it says the same as they do, one by one.</summary>
public class PackingSpecs
{
    private static readonly DateTimeOffset[] Dates =
    [
        DateTimeOffset.MinValue, DateTimeOffset.MaxValue, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddTicks(-1),
        Given.Day(1), Given.Day(2), Given.Day(3).AddTicks(1), Given.Day(400), Given.Now,
        new DateTimeOffset(2026, 1, 2, 5, 0, 0, TimeSpan.FromHours(5)),
    ];

    private static readonly double[] Numbers =
        [0, -0.0, 1, -1, 0.1, 5e-324, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e15 + 0.5];

    private static readonly string[] Ids = ["a", "b", "c", "d", "ab", "Ä", new('x', 10_000)];

    [Property(Arbitrary = [typeof(Sets)], MaxTest = 500)]
    public void It_gives_back_what_it_was_made_of(Set set)
    {
        var (state, plain) = (set.State, set.Plain);

        state.AccessDeniedReason.Should().Be(set.Reason);
        state.Count.Should().Be(plain.Count);
        state.IsEmpty.Should().Be(plain.Count == 0);
        Same(state.All(), plain);
        Same(state.Features.ToArray(), plain.OfType<FeatureEntitlement>());
        Same(state.Credits.ToArray(), plain.OfType<CreditEntitlement>());
        foreach (var id in Ids.Append("none"))
        {
            Same(state.FindFeature(id), plain.OfType<FeatureEntitlement>().SingleOrDefault(e => e.Id == id));
            Same(state.FindCredit(id), plain.OfType<CreditEntitlement>().SingleOrDefault(e => e.Id == id));
        }
    }

    [Property(Arbitrary = [typeof(Sets)], MaxTest = 500)]
    public void Its_dates_are_those_of_its_entitlements(Set set, int after, int upTo)
    {
        var ends = set.Plain.Select(e => e.ValidUntil).OfType<DateTimeOffset>().ToList();

        set.State.UpdatedAt.Should().Be(set.Plain.Select(e => e.UpdatedAt).OfType<DateTimeOffset>().Append(DateTimeOffset.UnixEpoch).Max());
        set.State.ValidUntil.Should().Be(ends.Count == 0 ? null : ends.Min());
        var (first, last) = (Dates[(uint)after % Dates.Length], Dates[(uint)upTo % Dates.Length]);
        set.State.HasExpiryBetween(first, last).Should().Be(ends.Any(end => end > first && end <= last));
    }

    [Property(Arbitrary = [typeof(Sets)], MaxTest = 500)]
    public void Another_usage_replaces_that_usage_and_nothing_else(Set set, int which, Usage usage)
    {
        if (set.Plain.Count == 0)
            return;
        var changed = set.Plain[(int)((uint)which % set.Plain.Count)];
        var expected = set.Plain.Select(e => ReferenceEquals(e, changed) ? e with { Usage = usage } : e).ToList();

        var state = set.State.WithUsage(EntitlementReference.To(changed), usage);

        Same(state.All(), expected);
        Same(set.State.All(), set.Plain);
        state.IsSameSetAs(set.State).Should().BeTrue();
        (state.UpdatedAt, state.ValidUntil).Should().Be((set.State.UpdatedAt, set.State.ValidUntil));
        Same(set.State.WithUsages(e => Is(e, changed) ? usage : null).All(), expected);
        Same(state.WithUsage(EntitlementReference.To(changed), changed.Usage).All(), set.Plain);
    }

    [Property(Arbitrary = [typeof(Sets)], MaxTest = 500)]
    public void Two_say_the_same_where_all_their_entitlements_do_but_for_what_is_used(Set one, Set other, Usage usage)
    {
        foreach (var (mine, theirs) in new[] { (one, other), (one, one.Changed(other, usage)), (one, one with { Reason = other.Reason }) })
        {
            var isSame = mine.Reason == theirs.Reason && mine.Plain.Count == theirs.Plain.Count
                && mine.Plain.Zip(theirs.Plain).All(pair => SaySame(pair.First, pair.Second));

            mine.State.IsSameSetAs(theirs.State).Should().Be(isSame);
            theirs.State.IsSameSetAs(mine.State).Should().Be(isSame);
        }
    }

    [Property(Arbitrary = [typeof(Sets)], MaxTest = 500)]
    public void It_answers_as_each_entitlement_would_alone(Set set, int when)
    {
        var now = Dates[2 + ((int)((uint)when % (Dates.Length - 2)))];
        var state = set.State;
        // Credits that a feature is paid with may stand beside it.
        var credits = set.Plain.OfType<CreditEntitlement>();
        for (var i = 0; i < set.Plain.Count; i++)
        {
            var plain = set.Plain[i];
            var alone = EntitlementState.Create(set.Reason, credits.Cast<Entitlement>().Append(plain));
            var query = Given.Ask(plain.Kind, usage: 1, values: ["v"]) with { Id = plain.Id };

            var answer = EntitlementEvaluator.Answer(state, null, query, null, now);

            Same(answer, EntitlementEvaluator.Answer(alone, null, query, null, now));
            var unasked = Given.Ask(plain.Kind) with { Id = plain.Id };
            Same(EntitlementEvaluator.Show(state, i, null, now), EntitlementEvaluator.Answer(state, null, unasked, null, now));
            ExpectOf(plain, answer, now);
        }
    }

    // What an answer takes from the entitlement as it is.
    private static void ExpectOf(Entitlement plain, in Answer answer, DateTimeOffset now)
    {
        if (plain is CreditEntitlement credit)
        {
            Bits(answer.CurrentUsage).Should().Be(Bits(credit.Usage.Current));
            answer.UsagePeriodEnd.Should().Be(credit.Usage.PeriodEnd);
            answer.Currency.Should().Be(credit.Currency);
            Bits(answer.Remaining).Should().Be(Bits(credit.Remaining));
            return;
        }

        var feature = (FeatureEntitlement)plain;
        answer.Feature.Should().Be(feature.Feature);
        if (plain.AccessDeniedReason is { } reason)
            answer.AccessDeniedReason.Should().Be(reason);
        if (answer.Kind == EntitlementKind.Enum)
            answer.EnumValues.Should().Equal(feature.EnumValues);
        if (answer.Kind != EntitlementKind.Metered)
            return;
        Bits(answer.UsageLimit).Should().Be(Bits(feature.UsageLimit));
        answer.UsagePeriodAnchor.Should().Be(feature.UsagePeriodAnchor);
        answer.ResetPeriod.Should().Be(feature.ResetPeriod);
        if (feature.Usage.PeriodEnd < now)
            return;
        Bits(answer.CurrentUsage).Should().Be(Bits(feature.Usage.Current));
        (answer.UsagePeriodStart, answer.UsagePeriodEnd).Should().Be((feature.Usage.PeriodStart, feature.Usage.PeriodEnd));
    }

    private static bool Is(Entitlement one, Entitlement other) => EntitlementReference.To(one) == EntitlementReference.To(other);

    private static bool SaySame(Entitlement one, Entitlement other) => (one, other) switch
    {
        (FeatureEntitlement x, FeatureEntitlement y) => x.EnumValues.SequenceEqual(y.EnumValues, StringComparer.Ordinal)
            && (x with { Usage = Usage.None, EnumValues = y.EnumValues }) == (y with { Usage = Usage.None }),
        (CreditEntitlement x, CreditEntitlement y) => (x with { Usage = Usage.None }) == (y with { Usage = Usage.None }),
        _ => false,
    };

    internal static void Same(IEnumerable<Entitlement> actual, IEnumerable<Entitlement> expected)
    {
        var (ours, theirs) = (actual.ToList(), expected.ToList());
        ours.Count.Should().Be(theirs.Count);
        foreach (var (one, other) in ours.Zip(theirs))
            Same(one, other);
    }

    // To the bit: a record's equality takes 0 for -0.
    private static void Same(Entitlement? one, Entitlement? other)
    {
        if (one is null || other is null)
        {
            one.Should().BeSameAs(other);
            return;
        }

        SaySame(one, other).Should().BeTrue();
        one.Usage.Should().Be(other.Usage);
        Bits(one.Usage.Current).Should().Be(Bits(other.Usage.Current));
        Bits(one.UsageLimit).Should().Be(Bits(other.UsageLimit));
        Bits((one as FeatureEntitlement)?.CreditRate?.Amount).Should().Be(Bits((other as FeatureEntitlement)?.CreditRate?.Amount));
    }

    internal static void Same(Answer one, Answer other)
    {
        one.EnumValues.Should().Equal(other.EnumValues);
        (one with { EnumValues = other.EnumValues }).Should().Be(other);
    }

    private static long? Bits(double? number) => number is { } value ? BitConverter.DoubleToInt64Bits(value) : null;

    /// <summary>A set as plain records, in the order of ids, and as a state.</summary>
    public sealed record Set(AccessDeniedReason? Reason, IReadOnlyList<Entitlement> Made)
    {
        public EntitlementState State => EntitlementState.Create(Reason, Made);

        public IReadOnlyList<Entitlement> Plain { get; } =
        [
            .. Made.OfType<FeatureEntitlement>().GroupBy(e => e.Id).Select(g => g.Last()).OrderBy(e => e.Id, StringComparer.Ordinal),
            .. Made.OfType<CreditEntitlement>().GroupBy(e => e.Id).Select(g => g.Last()).OrderBy(e => e.Id, StringComparer.Ordinal),
        ];

        // One of the entitlements is the other set's, where it has such a one; and the usage of all is another.
        public Set Changed(Set other, Usage usage) => new(Reason,
            [.. Plain.Select((e, i) => (i == 0 ? other.Plain.FirstOrDefault(o => Is(o, e)) ?? e : e) with { Usage = usage })]);

        public override string ToString() => $"{Reason}: {string.Join("\n", Made.Select(e => e.ToString()[..Math.Min(400, e.ToString().Length)]))}";
    }

    /// <summary>Random sets of all that a state can hold, and what may be used.</summary>
    public static class Sets
    {
        private static readonly Gen<DateTimeOffset?> Date =
            Gen.Frequency((2, Gen.Constant<DateTimeOffset?>(null)), (3, Gen.Elements(Dates).Select(d => (DateTimeOffset?)d)));

        private static readonly Gen<double?> Limit =
            Gen.Frequency((1, Gen.Constant<double?>(null)), (3, Gen.Elements(Numbers).Select(n => (double?)n)));

        private static readonly Gen<AccessDeniedReason?> Reason = Gen.Frequency(
            (3, Gen.Constant<AccessDeniedReason?>(null)),
            (1, Gen.Elements<AccessDeniedReason?>(AccessDeniedReason.CustomerNotFound, AccessDeniedReason.NoActiveSubscription)));

        private static readonly Gen<Usage> AnyUsage = Gen.Frequency(
            (2, Gen.Constant(Usage.None)),
            (5, from current in Gen.Elements(Numbers)
                from start in Date
                from end in Date
                from at in Gen.Elements(Dates)
                from reported in Gen.Elements(true, false)
                select new Usage(current, start, end, at, reported)));

        private static readonly Gen<FeatureEntitlement> Feature =
            from id in Gen.Elements(Ids)
            from type in Gen.Elements(FeatureType.Boolean, FeatureType.Number, FeatureType.Number, FeatureType.Enum, FeatureType.Unspecified)
            from hasMeter in Gen.Elements(true, false)
            from units in Gen.Elements(null, "", "call")
            from reason in Reason
            from limit in Limit
            from isSoft in Gen.Elements(true, false)
            from isUnlimited in Gen.Elements(true, false)
            from values in Gen.Elements<string[]>([], ["v"], ["v", "w"])
            from period in Gen.Elements<EntitlementResetPeriod?>(null, EntitlementResetPeriod.Month, EntitlementResetPeriod.Day)
            from configuration in Gen.Elements(null, new ResetPeriodConfiguration(null, "monthlyAccordingTo", "SubscriptionStart"))
            from anchor in Date
            from rate in Gen.Elements(null, new CreditRate(0, "a"), new CreditRate(-0.0, "a"), new CreditRate(2, "b"))
            from updatedAt in Date
            from validUntil in Date
            from usage in AnyUsage
            select new FeatureEntitlement(new FeatureDefinition(id, type, MeterType.Incremental, hasMeter, units))
            {
                AccessDeniedReason = reason,
                UsageLimit = limit,
                HasSoftLimit = isSoft,
                HasUnlimitedUsage = isUnlimited,
                EnumValues = [.. values],
                ResetPeriod = period,
                ResetPeriodConfiguration = configuration,
                UsagePeriodAnchor = anchor,
                CreditRate = rate,
                UpdatedAt = updatedAt,
                ValidUntil = validUntil,
                Usage = usage,
            };

        private static readonly Gen<CreditEntitlement> Credit =
            from id in Gen.Elements(Ids)
            from data in Gen.Elements<double?>([null, 0, -0.0, 1])
            from reason in Reason
            from limit in Limit
            from isSoft in Gen.Elements(true, false)
            from updatedAt in Date
            from validUntil in Date
            from usage in AnyUsage
            select new CreditEntitlement(new CreditCurrency(
                id, "C", AdditionalMetaData: data is { } n ? new Struct { Fields = { ["k"] = Value.ForNumber(n) } } : null))
            {
                AccessDeniedReason = reason,
                UsageLimit = limit,
                HasSoftLimit = isSoft,
                UpdatedAt = updatedAt,
                ValidUntil = validUntil,
                Usage = usage,
            };

        // Often with what customers of one plan have in common: one date, one anchor.
        public static Arbitrary<Set> All() => Arb.From(
            from reason in Reason
            from features in Feature.ListOf()
            from credits in Credit.ListOf()
            from isOneDate in Gen.Elements(true, false)
            from date in Date
            from isOneAnchor in Gen.Elements(true, false)
            from anchor in Date
            let dated = features.Select(f => f with
            {
                UpdatedAt = isOneDate ? date : f.UpdatedAt,
                UsagePeriodAnchor = isOneAnchor ? anchor : f.UsagePeriodAnchor,
            })
            select new Set(reason, [.. dated, .. credits.Select(c => isOneDate ? c with { UpdatedAt = date } : c)]));

        public static Arbitrary<Usage> Usages() => Arb.From(AnyUsage);
    }
}
