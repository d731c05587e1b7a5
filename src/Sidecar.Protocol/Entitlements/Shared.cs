namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// Keeps one instance of what many customers have in common, so that it takes memory once and stays in the processor's cache. Changes
/// nothing but that: equal values are handed out for equal values.
/// </summary>
internal static class Shared
{
    /// <summary>The most that is shared of features, and of what is granted of them; what is beyond is not shared.</summary>
    public const int Capacity = 16_384;

    /// <summary>The most that is shared of whole sets.</summary>
    public const int SetCapacity = 4_096;

    private static readonly SharedTable<FeatureDefinition> Definitions = new(Capacity, static (one, other) => one == other);

    private static readonly SharedTable<ResetPeriodConfiguration> Configurations = new(SetCapacity, static (one, other) => one == other);

    private static readonly SharedTable<FeatureTerms> FeatureTermsKnown = new(Capacity, static (one, other) => one.IsExactly(other));

    private static readonly SharedTable<CreditTerms> CreditTermsKnown = new(SetCapacity, static (one, other) => one.IsExactly(other));

    private static readonly SharedTable<EntitlementTerms> Sets = new(SetCapacity, static (one, other) => one.IsExactly(other));

    private static readonly SharedTable<uint[]> Layouts = new(SetCapacity, static (one, other) => one.AsSpan().SequenceEqual(other));

    /// <summary>The one instance equal to a feature.</summary>
    public static FeatureDefinition Of(FeatureDefinition feature) => Definitions.Of(feature, feature.GetHashCode());

    /// <summary>The one instance equal to a reset period's configuration.</summary>
    public static ResetPeriodConfiguration Of(ResetPeriodConfiguration configuration) =>
        Configurations.Of(configuration, configuration.GetHashCode());

    /// <summary>The one instance equal to what is granted of a feature.</summary>
    public static FeatureTerms Of(FeatureTerms terms) => FeatureTermsKnown.Of(terms, terms.Hash);

    /// <summary>The one instance equal to what is granted of a currency.</summary>
    public static CreditTerms Of(CreditTerms terms) => CreditTermsKnown.Of(terms, terms.Hash);

    /// <summary>The one instance equal to what a whole set grants.</summary>
    public static EntitlementTerms Of(EntitlementTerms terms) => Sets.Of(terms, terms.Hash);

    /// <summary>The one instance equal to an order of own values.</summary>
    public static uint[] Of(uint[] layout)
    {
        var hash = new HashCode();
        foreach (var entry in layout)
            hash.Add(entry);
        return Layouts.Of(layout, hash.ToHashCode());
    }
}
