using System.Collections.Immutable;

namespace Sidecar.Emulator.Data;

/// <summary>All that the emulated cloud knows, immutable. The JSON form is described at <see cref="EmulatorDataReader"/>.</summary>
public sealed record EmulatorData
{
    /// <summary>Features by id.</summary>
    public ImmutableSortedDictionary<string, Feature> Features { get; init; } = Map<Feature>();

    /// <summary>Credit currencies by id.</summary>
    public ImmutableSortedDictionary<string, Currency> Currencies { get; init; } = Map<Currency>();

    /// <summary>Plans by id.</summary>
    public ImmutableSortedDictionary<string, Plan> Plans { get; init; } = Map<Plan>();

    /// <summary>Customers by id.</summary>
    public ImmutableSortedDictionary<string, Customer> Customers { get; init; } = Map<Customer>();

    /// <summary>An empty map in the order that all maps of this data have.</summary>
    public static ImmutableSortedDictionary<string, T> Map<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    /// <summary>Reads the JSON form; relative dates count from <paramref name="now"/>.</summary>
    /// <exception cref="EmulatorDataException">The text is not JSON, or not what the data looks like.</exception>
    public static EmulatorData Parse(string json, DateTimeOffset now) => EmulatorDataReader.ReadData(json, now);

    /// <summary>Reads a data file.</summary>
    /// <exception cref="EmulatorDataException">The file can't be read, or what it holds is wrong; the message names the file.</exception>
    public static EmulatorData Load(string file, DateTimeOffset now)
    {
        try
        {
            return Parse(File.ReadAllText(file), now);
        }
        catch (Exception wrong) when (wrong is EmulatorDataException or IOException or UnauthorizedAccessException)
        {
            throw new EmulatorDataException($"{file}: {wrong.Message}", wrong);
        }
    }

    /// <summary>The small software company that ships with the emulator.</summary>
    public static EmulatorData Demo(DateTimeOffset now) => Load(Path.Combine(AppContext.BaseDirectory, "demo-data.json"), now);
}

/// <summary>What a feature is.</summary>
public sealed record Feature
{
    /// <summary>The name that people see.</summary>
    public required string DisplayName { get; init; }

    /// <summary>A longer text.</summary>
    public string? Description { get; init; }

    /// <summary>Its type.</summary>
    public required FeatureType Type { get; init; }

    /// <summary>How its usage is counted; only a number has a meter.</summary>
    public Meter Meter { get; init; }

    /// <summary>The name of the events from which its usage is counted, one by one; none: its usage is reported.</summary>
    public string? EventName { get; init; }

    /// <summary>One unit.</summary>
    public string? Units { get; init; }

    /// <summary>Many units.</summary>
    public string? UnitsPlural { get; init; }

    /// <summary>How raw units become the ones that are shown.</summary>
    public UnitTransformation? UnitTransformation { get; init; }
}

/// <summary>A division of units, with its rounding (<c>UP</c> or <c>DOWN</c>).</summary>
public sealed record UnitTransformation(double Divide, string Round);

/// <summary>What a credit currency is.</summary>
public sealed record Currency
{
    /// <summary>The name that people see.</summary>
    public required string DisplayName { get; init; }

    /// <summary>A longer text.</summary>
    public string? Description { get; init; }

    /// <summary>One unit.</summary>
    public string? Units { get; init; }

    /// <summary>Many units.</summary>
    public string? UnitsPlural { get; init; }

    /// <summary>Free texts by key.</summary>
    public ImmutableSortedDictionary<string, string> MetaData { get; init; } = EmulatorData.Map<string>();
}

/// <summary>What a plan grants.</summary>
public sealed record Plan
{
    /// <summary>Grants by feature.</summary>
    public ImmutableSortedDictionary<string, Grant> Entitlements { get; init; } = EmulatorData.Map<Grant>();

    /// <summary>Credits by currency.</summary>
    public ImmutableSortedDictionary<string, CreditGrant> Credits { get; init; } = EmulatorData.Map<CreditGrant>();
}

/// <summary>
/// What is granted of one feature. In a plan it stands for itself; at a customer it overrides the plan's grant, field by field.
/// </summary>
public sealed record Grant
{
    /// <summary>The usage limit, or the value of a number without a meter.</summary>
    public double? Limit { get; init; }

    /// <summary>Whether there is no limit at all.</summary>
    public bool? Unlimited { get; init; }

    /// <summary>Whether usage may pass the limit.</summary>
    public bool? SoftLimit { get; init; }

    /// <summary>The values of an enum.</summary>
    public ImmutableArray<string>? EnumValues { get; init; }

    /// <summary>When the usage starts again from 0.</summary>
    public ResetPeriod? ResetPeriod { get; init; }

    /// <summary>What months, weeks and years are counted from; <c>SubscriptionStart</c> where nothing is said.</summary>
    public string? ResetAccordingTo { get; init; }

    /// <summary>When the grant ends.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>What a unit of usage costs in credits.</summary>
    public CreditRate? CreditRate { get; init; }

    /// <summary>A reason of its own to deny access.</summary>
    public string? AccessDeniedReason { get; init; }

    /// <summary>This grant with the fields of <paramref name="other"/> where it has them.</summary>
    public Grant OverriddenBy(Grant other) => new()
    {
        Limit = other.Limit ?? Limit,
        // A limit of one's own ends the plan's boundlessness.
        Unlimited = other.Unlimited ?? (other.Limit is null ? Unlimited : null),
        SoftLimit = other.SoftLimit ?? SoftLimit,
        EnumValues = other.EnumValues ?? EnumValues,
        ResetPeriod = other.ResetPeriod ?? ResetPeriod,
        // The words differ from period to period, so both come from the same side.
        ResetAccordingTo = other.ResetPeriod is null ? ResetAccordingTo : other.ResetAccordingTo,
        ValidUntil = other.ValidUntil ?? ValidUntil,
        CreditRate = other.CreditRate ?? CreditRate,
        AccessDeniedReason = other.AccessDeniedReason ?? AccessDeniedReason,
    };
}

/// <summary>What a unit of usage costs.</summary>
public sealed record CreditRate(double Amount, string CurrencyId);

/// <summary>Credits of one currency; at a customer it overrides the plan's, field by field.</summary>
public sealed record CreditGrant
{
    /// <summary>How many there are to use.</summary>
    public double? Amount { get; init; }

    /// <summary>Whether more may be used.</summary>
    public bool? SoftLimit { get; init; }

    /// <summary>After what time there are new ones; none: they are given once.</summary>
    public ResetPeriod? ResetPeriod { get; init; }

    /// <summary>When the grant ends.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>A reason of its own to deny access.</summary>
    public string? AccessDeniedReason { get; init; }

    /// <summary>These credits with the fields of <paramref name="other"/> where it has them.</summary>
    public CreditGrant OverriddenBy(CreditGrant other) => new()
    {
        Amount = other.Amount ?? Amount,
        SoftLimit = other.SoftLimit ?? SoftLimit,
        ResetPeriod = other.ResetPeriod ?? ResetPeriod,
        ValidUntil = other.ValidUntil ?? ValidUntil,
        AccessDeniedReason = other.AccessDeniedReason ?? AccessDeniedReason,
    };
}
