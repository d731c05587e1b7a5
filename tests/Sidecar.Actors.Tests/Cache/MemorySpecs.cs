using System.Runtime.CompilerServices;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Actors.Cache;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;
using Xunit.Abstractions;
using CreditEntitlement = Sidecar.Protocol.Entitlements.CreditEntitlement;
using Entitlement = Sidecar.Protocol.Entitlements.Entitlement;

namespace Sidecar.Actors.Tests.Cache;

/// <summary>What customers really take in memory, and what the cache charges for them.</summary>
public sealed class MemorySpecs(ITestOutputHelper output)
{
    private const int PlanFeatures = 20;
    private const int PlanCounted = 8;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly FeatureDefinition[] Known = [.. Enumerable.Range(0, 100).Select(i => i % PlanFeatures < PlanCounted
        ? new FeatureDefinition(
            $"feature-{i}", FeatureType.Number, MeterType.Incremental, HasMeter: true, $"unit {i}", $"units {i}", $"Feature {i}")
        : new FeatureDefinition($"feature-{i}", i % 2 == 0 ? FeatureType.Boolean : FeatureType.Number, DisplayName: $"Feature {i}"))];

    // Each makes what is known of one customer.
    private static readonly Dictionary<string, Func<Random, int, IEnumerable<(EntryKey Key, EntitlementView View)>>> Kinds = new()
    {
        ["of one plan"] = (random, i) => [Own(i, Planned(random, PlanFeatures))],
        ["of one plan, with news since"] = (random, i) =>
            [(Own(i, Planned(random, PlanFeatures)).Key, ViewOf(Planned(random, PlanFeatures)) with { SetBegan = i + 7, SetNodeEpoch = 3 })],
        ["of plans of all sizes"] = (random, i) => [Own(i, Planned(random, i % 61))],
        ["of one plan but for one limit"] = (random, i) => [Own(i, Planned(random, PlanFeatures, ownLimit: i))],
        ["with limits of their own"] = (random, i) => [Own(i, Planned(random, PlanFeatures, limit: _ => random.NextDouble()))],
        ["with nothing in common"] = (random, i) => [Own(i, Of(random.Next(61), () => Anything(random)))],
        ["with credits"] = (random, i) => [Own(i, Of(random.Next(5), () => Credit(random)))],
        ["with long ids"] = (random, i) =>
        [
            (new EntryKey(Text(random, i % 50 == 0 ? 10_000 : 100)),
                ViewOf(Of(3, () => new FeatureEntitlement(new FeatureDefinition(Text(random, random.Next(2_000)), FeatureType.Boolean))))),
        ],
        ["with resources"] = (random, i) => Enumerable.Range(0, 1 + random.Next(6)).Select(
            r => (new EntryKey(Id(i), r == 0 ? null : $"resource-{r:x8}"), ViewOf(Planned(random, r == 0 ? PlanFeatures : 4)))),
        ["that nobody knows"] = (_, i) => [Own(i, EntitlementState.Create(AccessDeniedReason.CustomerNotFound, []))],
        ["with one entitlement"] = (random, i) => [Own(i, Planned(random, 1))],
        ["of every kind"] = (random, i) => Kinds!.Values.SkipLast(1).ElementAt(i % (Kinds.Count - 1))(random, i),
    };

    public static TheoryData<string> Customers => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Customers))]
    public void What_is_charged_for_customers_is_within_15_percent_of_what_they_take(string kind)
    {
        var (count, charged, taken) = Measure(kind);

        output.WriteLine($"{kind}: {taken / count} bytes a customer, {charged / count} charged");
        ((double)charged / taken).Should().BeInRange(0.85, 1.15, $"{taken / count} bytes are in use, {charged / count} charged");
    }

    [Fact]
    public void A_customer_of_20_entitlements_with_8_counted_costs_at_most_1100_bytes()
    {
        var (count, _, taken) = Measure("of one plan");

        output.WriteLine($"{taken / count} bytes a customer");
        (taken / count).Should().BeLessThanOrEqualTo(1_100);
    }

    // Again where something else has come or gone meanwhile: what an earlier spec has left takes its time to go.
    private static (int Count, long Charged, long Taken) Measure(string kind)
    {
        const int Tries = 5;
        for (var i = 1; ; i++)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var (count, charged, used) = Fill(kind);
            if (Math.Abs(GC.GetTotalMemory(forceFullCollection: true) - before) < (1 << 20) || i == Tries)
                return (count, charged, used - before);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (int Count, long Charged, long Used) Fill(string kind)
    {
        const long Enough = 32L << 20;
        var random = new Random(4711);
        var cache = new EntitlementCache(1L << 40);
        var count = 0;
        for (; cache.Bytes < Enough; count += 100)
            Publish(cache, Kinds[kind], random, count, 100);
        var used = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(cache);
        return (count, cache.Bytes, used);
    }

    private static void Publish(
        EntitlementCache cache, Func<Random, int, IEnumerable<(EntryKey Key, EntitlementView View)>> kind, Random random, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            foreach (var (key, view) in kind(random, i))
                cache.Publish(key, view, i).Should().BeTrue();
        }
    }

    private static (EntryKey Key, EntitlementView View) Own(int i, EntitlementState state) => (new EntryKey(Id(i)), ViewOf(state));

    private static EntitlementView ViewOf(EntitlementState state) => new(state, TimeSpan.FromSeconds(1), NodeEpoch: 1, ReadNumber: 2, SetNumber: 2);

    private static EntitlementState Of(int count, Func<Entitlement> one) =>
        EntitlementState.Create(null, Enumerable.Range(0, count).Select(_ => one()));

    private static string Id(int i) => $"customer-{i:x8}";

    // The plan's size is its name: those of one size are of one plan.
    private static EntitlementState Planned(Random random, int features, Func<int, double>? limit = null, int? ownLimit = null)
    {
        var periodStart = Start.AddMilliseconds(random.NextInt64(1L << 31));
        return EntitlementState.Create(null, Enumerable.Range(0, features).Select(i =>
        {
            var entitlement = new FeatureEntitlement(Known[i])
            {
                UsageLimit = limit?.Invoke(i) ?? (i == 0 ? ownLimit : null) ?? 1_000 + i,
                UpdatedAt = Start.AddMilliseconds(random.NextInt64(1L << 31)),
            };
            return Known[i].IsMetered
                ? entitlement with
                {
                    ResetPeriod = EntitlementResetPeriod.Month,
                    UsagePeriodAnchor = periodStart,
                    Usage = new Usage(random.Next(1, 1_000), periodStart, periodStart.AddMonths(1), Start.AddMilliseconds(random.NextInt64(1L << 31))),
                }
                : entitlement;
        }));
    }

    private static Entitlement Anything(Random random) => random.Next(10) == 0 ? Credit(random) : new FeatureEntitlement(new FeatureDefinition(
        Text(random, 20),
        FeatureType.Number,
        MeterType.Incremental,
        HasMeter: random.Next(2) == 0,
        Text(random, random.Next(10)),
        Text(random, random.Next(10)),
        Text(random, random.Next(40))))
    {
        UsageLimit = random.Next(),
        UpdatedAt = Start.AddMilliseconds(random.NextInt64(1L << 31)),
        Usage = new Usage(random.Next(), Start.AddDays(random.Next() % 99), Start.AddDays(130), Start),
        EnumValues = random.Next(4) == 0 ? [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Text(random, 20))] : [],
        CreditRate = random.Next(5) == 0 ? new CreditRate(2, Text(random, 20)) : null,
        ResetPeriod = EntitlementResetPeriod.Month,
        ResetPeriodConfiguration = random.Next(3) == 0
            ? new ResetPeriodConfiguration(Text(random, 20), "monthlyAccordingTo", Text(random, 10))
            : null,
        UsagePeriodAnchor = Start.AddDays(random.Next() % 99),
        ValidUntil = random.Next(5) == 0 ? Start.AddDays(500) : null,
    };

    private static CreditEntitlement Credit(Random random) => new(new CreditCurrency(
        Text(random, 20),
        Text(random, 20),
        Text(random, 100),
        Text(random, 10),
        Text(random, 10),
        random.Next(3) == 0 ? null : Data(random, depth: 0)))
    {
        UsageLimit = random.Next(),
        UpdatedAt = Start,
        Usage = new Usage(random.Next(), null, null, Start),
    };

    private static Struct Data(Random random, int depth)
    {
        var data = new Struct();
        for (var i = random.Next(9); i > 0; i--)
        {
            data.Fields[Text(random, 8)] = (random.Next(6) + (3 * depth)) switch
            {
                0 => Value.ForStruct(Data(random, depth + 1)),
                1 => Value.ForList([.. Enumerable.Range(0, random.Next(5)).Select(n => Value.ForNumber(n))]),
                2 => Value.ForBool(true),
                3 => Value.ForNumber(random.Next()),
                _ => Value.ForString(Text(random, 30)),
            };
        }

        return data;
    }

    private static string Text(Random random, int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)random.Next('a', 'z'))]);
}
