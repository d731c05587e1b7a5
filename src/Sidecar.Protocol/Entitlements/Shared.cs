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

    /// <summary>The one instance equal to a feature.</summary>
    public static FeatureDefinition Of(FeatureDefinition feature)
    {
        if (Features.TryGetValue(feature, out var shared))
            return shared;
        return Features.Count < Capacity ? Features.GetOrAdd(feature, feature) : feature;
    }
}
