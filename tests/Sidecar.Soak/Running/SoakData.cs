using System.Collections.Immutable;
using System.Globalization;
using Sidecar.Emulator.Data;

namespace Sidecar.Soak.Running;

/// <summary>The data of the emulated cloud: customers of one plan, some of whose numbers only ever grow, so that each answer can be judged.</summary>
internal static class SoakData
{
    /// <summary>A metered feature whose usage the cloud itself raises: the stream tells it.</summary>
    public const string Told = "feature-told";

    /// <summary>A metered feature whose usage is reported through the service.</summary>
    public const string Reported = "feature-reported";

    /// <summary>A metered feature whose usage comes from events that are reported through the service.</summary>
    public const string Counted = "feature-counted";

    /// <summary>The name of those events.</summary>
    public const string EventName = "soaked";

    /// <summary>A number that the cloud raises by giving the customer another set of entitlements.</summary>
    public const string Size = "feature-size";

    /// <summary>A feature that everybody has.</summary>
    public const string Flag = "feature-flag";

    private const string PlanId = "plan-soak";
    private const int More = 10;

    /// <summary>All data.</summary>
    public static EmulatorData Of(int known, int others, DateTimeOffset now)
    {
        var features = EmulatorData.Map<Feature>().ToBuilder();
        var grants = EmulatorData.Map<Grant>().ToBuilder();
        foreach (var id in (string[])[Told, Reported, Counted, .. Enumerable.Range(0, More).Select(Metered)])
        {
            features.Add(id, new Feature
            {
                DisplayName = id,
                Type = FeatureType.Number,
                Meter = Meter.Incremental,
                Units = "unit",
                UnitsPlural = "units",
                EventName = id == Counted ? EventName : null,
            });
            // The subscription began in the middle of a period: none ends in the course of a run.
            grants.Add(id, new Grant { Limit = 1_000_000_000, ResetPeriod = ResetPeriod.Year });
        }

        features.Add(Size, new Feature { DisplayName = "Size", Type = FeatureType.Number, Units = "unit", UnitsPlural = "units" });
        grants.Add(Size, new Grant { Limit = 1 });
        features.Add(Flag, new Feature { DisplayName = "Flag", Type = FeatureType.Boolean });
        grants.Add(Flag, new Grant());
        var customer = new Customer
        {
            Plan = PlanId,
            SubscribedAt = now.AddDays(-45),
            UpdatedAt = now.AddDays(-30),
            Usage = grants.Keys.Where(id => id is not (Size or Flag)).ToImmutableSortedDictionary(
                id => id, _ => new Usage { CurrentUsage = 1, UpdatedAt = now.AddDays(-1) }, StringComparer.Ordinal),
        };
        var customers = EmulatorData.Map<Customer>().ToBuilder();
        for (var i = 0; i < known; i++)
            customers.Add(Known(i), customer);
        for (var i = 0; i < others; i++)
            customers.Add(Other(i), customer);
        return new EmulatorData
        {
            Features = features.ToImmutable(),
            Plans = EmulatorData.Map<Plan>().Add(PlanId, new Plan { Entitlements = grants.ToImmutable() }),
            Customers = customers.ToImmutable(),
        };
    }

    /// <summary>A customer that is asked about all the time.</summary>
    public static string Known(int number) => string.Create(CultureInfo.InvariantCulture, $"known-{number:D6}");

    /// <summary>A customer that is asked about now and then.</summary>
    public static string Other(int number) => string.Create(CultureInfo.InvariantCulture, $"other-{number:D6}");

    private static string Metered(int number) => string.Create(CultureInfo.InvariantCulture, $"feature-metered-{number}");
}
