using System.Collections.Concurrent;

namespace Sidecar.Protocol.Entitlements;

/// <summary>
/// Keeps one instance of what many customers have in common, so that it takes memory once and stays in the processor's cache. Changes
/// nothing but that: equal values are handed out for equal values.
/// </summary>
internal static class Shared
{
    /// <summary>The most that is kept of each kind; what comes later is not shared.</summary>
    public const int Capacity = 10_000;

    private static readonly ConcurrentDictionary<FeatureDefinition, FeatureDefinition> Features = new();

    private static readonly ConcurrentDictionary<ResetPeriodConfiguration, ResetPeriodConfiguration> ResetPeriodConfigurations = new();

    /// <summary>The one instance equal to a feature.</summary>
    public static FeatureDefinition Of(FeatureDefinition feature) => Of(Features, feature);

    /// <summary>The one instance equal to a reset period's configuration.</summary>
    public static ResetPeriodConfiguration Of(ResetPeriodConfiguration configuration) => Of(ResetPeriodConfigurations, configuration);

    private static T Of<T>(ConcurrentDictionary<T, T> known, T value)
        where T : notnull
    {
        if (known.TryGetValue(value, out var shared))
            return shared;
        return known.Count < Capacity ? known.GetOrAdd(value, value) : value;
    }
}
