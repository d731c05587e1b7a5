using System.Collections.Immutable;
using System.Globalization;
using Sidecar.Bench.Load;
using Sidecar.Emulator.Data;

namespace Sidecar.Bench.Cloud;

/// <summary>The data of the emulated cloud: customers of one plan with 20 entitlements, 8 of them metered with periods.</summary>
/// <remarks>
/// Their usage and its dates are their own; so many of them there are that nothing gains from two customers being alike, and few enough that
/// each reply can be known beforehand.
/// </remarks>
internal static class CloudData
{
    /// <summary>Kinds of customers; one is of the kind that its number leaves when divided by this.</summary>
    public const int Kinds = 256;

    /// <summary>Entitlements of each customer.</summary>
    public const int Entitlements = 20;

    /// <summary>The values of each enum.</summary>
    public static readonly ImmutableArray<string> EnumValues = ["eu-central", "eu-west", "us-east"];

    private const int Metered = 8;
    private const int Others = 4;
    private const string PlanId = "plan-bench";

    /// <summary>All data.</summary>
    /// <param name="customers">How many customers.</param>
    /// <param name="now">The present; the periods lie around it.</param>
    public static EmulatorData Of(int customers, DateTimeOffset now)
    {
        var features = EmulatorData.Map<Feature>().ToBuilder();
        var grants = EmulatorData.Map<Grant>().ToBuilder();
        for (var i = 0; i < Metered; i++)
        {
            features.Add(Usage(i), new Feature { DisplayName = $"Usage {i}", Type = FeatureType.Number, Meter = Meter.Incremental, Units = "unit", UnitsPlural = "units" });
            grants.Add(Usage(i), new Grant { Limit = 1000, ResetPeriod = i % 2 is 0 ? ResetPeriod.Month : ResetPeriod.Year });
        }

        for (var i = 0; i < Others; i++)
        {
            features.Add(Flag(i), new Feature { DisplayName = $"Flag {i}", Type = FeatureType.Boolean });
            grants.Add(Flag(i), new Grant());
            features.Add(Seats(i), new Feature { DisplayName = $"Seats {i}", Type = FeatureType.Number, Units = "seat", UnitsPlural = "seats" });
            grants.Add(Seats(i), new Grant { Limit = ValueOfSeats(i) });
            features.Add(Region(i), new Feature { DisplayName = $"Region {i}", Type = FeatureType.Enum });
            grants.Add(Region(i), new Grant { EnumValues = EnumValues });
        }

        var kinds = Enumerable.Range(0, Kinds).Select(kind => Kind(kind, now)).ToArray();
        var all = EmulatorData.Map<Customer>().ToBuilder();
        for (var i = 0; i < customers; i++)
            all.Add(Call.Id(i), kinds[i % Kinds]);
        return new EmulatorData
        {
            Features = features.ToImmutable(),
            Plans = EmulatorData.Map<Plan>().Add(PlanId, new Plan { Entitlements = grants.ToImmutable() }),
            Customers = all.ToImmutable(),
        };
    }

    /// <summary>The id of a metered feature.</summary>
    public static string Usage(int number) => Id("usage", number);

    /// <summary>The usage of a kind of customer.</summary>
    public static double UsageOf(int kind, string featureId) => 1 + (((kind * 37) + (NumberIn(featureId) * 101)) % 900);

    /// <summary>The value of a number without a meter.</summary>
    public static double ValueOfSeats(int number) => 10 + number;

    /// <summary>The number at the end of a feature's id.</summary>
    public static int NumberIn(string featureId) => int.Parse(featureId.Split('-')[1], CultureInfo.InvariantCulture);

    private static Customer Kind(int kind, DateTimeOffset now)
    {
        // Whole days, so that no period ends in the course of a run.
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        return new Customer
        {
            Plan = PlanId,
            SubscribedAt = today.AddDays(-40).AddMinutes(kind),
            UpdatedAt = today.AddDays(-30).AddSeconds(kind),
            Usage = Enumerable.Range(0, Metered).ToImmutableSortedDictionary(
                Usage,
                i => new Usage
                {
                    CurrentUsage = UsageOf(kind, Usage(i)),
                    UpdatedAt = today.AddDays(-1).AddSeconds((kind * Metered) + i),
                    PeriodAnchor = today.AddDays(-40).AddMinutes(kind),
                    PeriodStart = today.AddDays(-10).AddMinutes(kind),
                    PeriodEnd = today.AddDays(20).AddMinutes(kind),
                },
                StringComparer.Ordinal),
        };
    }

    private static string Flag(int number) => Id("flag", number);

    private static string Seats(int number) => Id("seats", number);

    private static string Region(int number) => Id("region", number);

    private static string Id(string what, int number) => string.Create(CultureInfo.InvariantCulture, $"{what}-{number}");
}
